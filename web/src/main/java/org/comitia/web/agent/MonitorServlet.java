package org.comitia.web.agent;

import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.comitia.agent.Agent;
import org.comitia.agent.Telemetry;
import org.comitia.config.LogLevel;
import org.comitia.log.LogStream;
import org.comitia.web.http.Call;
import org.comitia.web.http.FrontFilter;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Refusal;

/**
 * {@code /v1/agent/monitor}: streams log lines until the client goes. A servlet, since it writes
 * without blocking and without a thread of its own. A client that went without a word is noticed at
 * the next line only; so the number of streams is bounded, and a new one ends the oldest.
 */
@WebServlet(
    name = FrontFilter.MONITOR_SERVLET,
    urlPatterns = "/v1/agent/monitor",
    asyncSupported = true)
public class MonitorServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final int MAX_STREAMS = 32;

  private static final Map<String, LogLevel> LEVELS =
      Map.of(
          "TRACE", LogLevel.TRACE,
          "DEBUG", LogLevel.DEBUG,
          "INFO", LogLevel.INFO,
          "WARN", LogLevel.WARN,
          "ERR", LogLevel.ERROR,
          "ERROR", LogLevel.ERROR);

  @Inject transient Telemetry telemetry;
  @Inject transient Agent agent;

  private final transient Deque<MonitorStream> open = new ArrayDeque<>();
  private transient volatile boolean ended;

  @Override
  public void init() {
    agent.ending().thenRun(this::endAll);
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Call call = Call.of(request);
    String asked = call.query().get("loglevel");
    LogLevel level = LEVELS.get(asked.isEmpty() ? "INFO" : asked.toUpperCase(Locale.ROOT));
    if (level == null) {
      Outcomes.refused(call, Refusal.badRequest("Bad request: Unknown log level: " + asked))
          .writeTo(response);
      return;
    }
    response.setStatus(200);
    response.setContentType("text/plain; charset=utf-8");
    MonitorStream stream =
        opened(request, response, telemetry.monitor(level, call.query().has("logjson")));
    keep(stream);
    stream.begin();
    if (ended) { // looked at after it was kept: endAll() finds it, or this does
      stream.close();
    }
  }

  /**
   * @param lines taken before the client sees the head: whatever is logged from then on is in them
   */
  private MonitorStream opened(
      HttpServletRequest request, HttpServletResponse response, LogStream lines)
      throws IOException {
    try {
      response.flushBuffer(); // the client sees that it works before there is a line
      AsyncContext async = request.startAsync();
      async.setTimeout(0);
      return new MonitorStream(async, response.getOutputStream(), lines, this::closed);
    } catch (IOException | RuntimeException | Error e) {
      lines.close();
      throw e;
    }
  }

  private void keep(MonitorStream stream) {
    MonitorStream oldest = null;
    synchronized (open) {
      open.add(stream);
      if (open.size() > MAX_STREAMS) {
        oldest = open.remove();
      }
    }
    if (oldest != null) {
      oldest.close();
    }
  }

  private void closed(MonitorStream stream) {
    synchronized (open) {
      open.remove(stream);
    }
  }

  @Override
  public void destroy() {
    endAll();
  }

  private void endAll() {
    ended = true;
    List<MonitorStream> all;
    synchronized (open) {
      all = List.copyOf(open);
    }
    all.forEach(MonitorStream::close);
  }
}
