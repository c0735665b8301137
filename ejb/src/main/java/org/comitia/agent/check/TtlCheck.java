package org.comitia.agent.check;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ScheduledFuture;
import java.util.function.LongSupplier;
import java.util.logging.Logger;
import org.comitia.state.CheckStatus;

/**
 * A check that others write: it turns critical when they have not for its TTL. Safe for any thread.
 */
public final class TtlCheck implements CheckRunner {
  private static final Logger LOG = Logger.getLogger("agent");

  private final CheckSpec spec;
  private final CheckSink sink;
  private final Timer timer;
  private final LongSupplier clock;
  private final int limit;
  private final long ttlNanos;
  private String lastOutput = "";
  private long deadline;
  private boolean running;
  private ScheduledFuture<?> armed;

  /**
   * @param sink is told when the time is over
   * @param limit bytes of output
   * @param clock monotonic nanoseconds
   */
  TtlCheck(CheckSpec spec, CheckSink sink, int limit, Timer timer, LongSupplier clock) {
    this.spec = spec;
    this.sink = sink;
    this.limit = limit;
    this.timer = timer;
    this.clock = clock;
    this.ttlNanos = spec.ttl().toNanos();
  }

  @Override
  public synchronized void start() {
    running = true;
    renew();
  }

  /**
   * A heartbeat: begins the TTL anew, also when it was over. Reports nothing: whoever brings the
   * heartbeat takes its status over by himself.
   *
   * @return the output as it is kept, cut to its limit
   */
  public synchronized String heartbeat(CheckStatus status, String output) {
    LOG.fine(() -> "Check status updated: check=" + spec.id() + " status=" + status.text());
    lastOutput = cut(output);
    if (running) {
      renew();
    }
    return lastOutput;
  }

  /** That the time is over counts until the next heartbeat. */
  @Override
  public synchronized boolean counts() {
    return clock.getAsLong() - deadline >= 0;
  }

  @Override
  public synchronized void close() {
    running = false;
    if (armed != null) {
      // A TTL may be a day: who registers anew each minute would leave them all.
      armed.cancel(false);
      armed = null;
    }
  }

  private void renew() {
    deadline = clock.getAsLong() + ttlNanos;
    arm(ttlNanos);
  }

  /** One timer at a time: heartbeats only move the deadline, however often they come. */
  private void arm(long nanos) {
    if (armed == null) {
      armed = timer.cancellable(nanos, this::look);
    }
  }

  private synchronized void look() {
    armed = null;
    if (!running) {
      return;
    }
    long left = deadline - clock.getAsLong();
    if (left > 0) {
      arm(left);
      return;
    }
    LOG.warning("Check missed TTL, is now critical: check=" + spec.id());
    String output =
        lastOutput.isEmpty()
            ? "TTL expired"
            : "TTL expired (last output before timeout follows): " + lastOutput;
    sink.update(spec.id(), CheckStatus.CRITICAL, output);
  }

  private String cut(String output) {
    byte[] bytes = output.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= limit) {
      return output;
    }
    return new String(bytes, 0, limit, StandardCharsets.UTF_8)
        + " ... (captured "
        + limit
        + " of "
        + bytes.length
        + " bytes)";
  }
}
