package org.comitia.web.snapshot;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import org.comitia.agent.Agent;
import org.comitia.cluster.Cluster;
import org.comitia.config.DeployedSettings;
import org.comitia.config.InvalidSettingsException;
import org.comitia.config.Settings;
import org.comitia.files.DiskRoom;
import org.comitia.web.http.Answers;
import org.comitia.web.http.BodyThreads;
import org.comitia.web.http.Call;
import org.comitia.web.http.FrontFilter;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;
import org.comitia.web.http.RequestLog;

/**
 * {@code /v1/snapshot}: the whole state as it is at one moment, and an archive of one in its place.
 * A servlet, since its answer is made while the client takes it. Each that is under way holds a
 * version of the state, which may be an old one if its client is slow: so there are few at a time,
 * and none is sent for ever ({@link Places}).
 */
@WebServlet(
    name = FrontFilter.SNAPSHOT_SERVLET,
    urlPatterns = "/v1/snapshot",
    asyncSupported = true)
public class SnapshotServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final int LOOK_SECONDS = 5;
  private static final String TOO_MANY =
      "COM4042: as many snapshots as may be are being sent by this agent: ask again later";

  private final transient Places places = new Places();
  private transient Future<?> looking;
  private transient Restores restores;

  @Inject transient Answers answers;
  @Inject transient Cluster cluster;
  @Inject transient Agent agent;
  @Inject transient BodyThreads bodies;

  @Resource(lookup = "java:module/concurrent/waits")
  transient ManagedScheduledExecutorService timers;

  @Override
  public void init() {
    Path folder = null;
    DiskRoom room = null;
    long limit = 0;
    try {
      Settings settings = DeployedSettings.load();
      folder = settings.server() ? settings.dataDir().orElse(null) : null;
      // At the reserve itself a leader refuses writes; a large share cannot be doubled.
      LongUnaryOperator reserve =
          whole -> {
            long once = settings.diskReserve().applyAsLong(whole);
            return Math.max(once, Math.min(2 * once, whole / 2));
          };
      room = folder == null ? null : DiskRoom.of(folder, reserve);
      limit = settings.stateLimit(Runtime.getRuntime().maxMemory());
    } catch (InvalidSettingsException e) {
      // this node does not start, and says why
    }
    restores = new Restores(folder, room, limit, cluster, bodies, answers, System::nanoTime);
    restores.clean();
    looking =
        timers.scheduleWithFixedDelay(
            places::requirePace, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    agent.ending().thenRun(places::end);
  }

  @Override
  public void destroy() {
    looking.cancel(false);
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Call call = Call.of(request);
    try {
      answers.requireOurDatacenter(call.query().get("dc"));
      if (call.method().equals("PUT")) {
        restores.begin(call, request, response);
        return;
      }
      if (!places.take()) {
        throw new Refusal(429, TOO_MANY);
      }
    } catch (Refusal refusal) {
      Reply reply = Outcomes.refused(call, refusal);
      if (call.method().equals("PUT")) {
        reply.header("Connection", "close"); // its body was not read
      }
      (refusal.status() == 429 ? reply.retryLater() : reply).writeTo(response);
      return;
    }
    AsyncContext async;
    CompletionStage<Cluster.SnapshotAnswer> coming;
    try {
      async = request.startAsync();
      async.setTimeout(0); // the cluster bounds its answer, the stream how slowly it is taken
      coming = cluster.snapshot(call.caller(), call.query().has("stale"));
    } catch (RuntimeException | Error e) {
      places.giveBack();
      throw e;
    }
    coming.whenComplete( // on one of the engine's threads, which must go on
        (answer, problem) -> answers.execute(() -> begin(call, answer, problem, async, response)));
  }

  /** Makes the first bytes, which takes the longest and may fail, before anything is said. */
  private void begin(
      Call call,
      Cluster.SnapshotAnswer answer,
      Throwable problem,
      AsyncContext async,
      HttpServletResponse response) {
    Reply failed = null;
    byte[] first = null;
    try {
      if (problem != null) {
        failed = Outcomes.broken(call, problem);
      } else if (answer.failure() != null) {
        failed = Outcomes.failed(call, answer.failure(), answer.message());
      } else {
        first = answer.snapshot().next();
      }
    } catch (RuntimeException | Error e) { // no memory for it
      failed = Outcomes.broken(call, e);
    }
    if (failed != null) {
      places.giveBack();
      failed.sendTo(async, response, gone -> RequestLog.gone(call, gone));
      return;
    }
    SnapshotStream stream =
        new SnapshotStream(call, answer, first, async, places::leave, System::nanoTime);
    places.hold(stream);
    stream.begin(response);
    if (places.isEnded()) {
      stream.end();
    }
  }
}
