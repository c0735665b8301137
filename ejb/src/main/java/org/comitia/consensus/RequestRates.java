package org.comitia.consensus;

import java.util.function.LongSupplier;
import java.util.logging.Logger;
import org.comitia.config.LimitSettings;
import org.comitia.config.LimitSettings.Mode;
import org.comitia.log.OneLineAMinute;
import org.comitia.metrics.Metrics;
import org.comitia.metrics.Series;

/**
 * How many requests a second an agent takes. A server counts those of its HTTP clients and those
 * that client agents send it, reads and writes apart ({@code limits.request_limits}); a client
 * agent what it sends for its HTTP clients ({@code limits.rpc_rate}). What servers pass on to each
 * other was counted where it came in. Not counted is what operators need while a cluster is
 * overloaded (leader, peers, autopilot, snapshots), nor are sessions' renewals: too many requests
 * end nobody's lock. Safe for any thread.
 */
public final class RequestRates {
  /** Consul's text. */
  public static final String EXCEEDED =
      "rate limit exceeded, try again later or against a different server";

  /** As Consul: so many seconds' worth may come at once. */
  private static final int BURST_SECONDS = 10;

  private static final Logger LOG = Logger.getLogger("consul");

  /** As many as come. */
  public static final RequestRates NONE = new RequestRates(null, null, false, System::nanoTime);

  private final TokenBucket reads;
  private final TokenBucket writes;
  private final boolean refuses;
  private final OneLineAMinute log;
  private static final Series EXCEEDING = Metrics.counter("rpc.rate_limit.exceeded");

  private RequestRates(TokenBucket reads, TokenBucket writes, boolean refuses, LongSupplier clock) {
    this.reads = reads;
    this.writes = writes;
    this.refuses = refuses;
    this.log = new OneLineAMinute(clock, LOG::warning);
  }

  /**
   * Those of a server.
   *
   * @param clock monotonic nanoseconds
   */
  public static RequestRates ofServer(LimitSettings limits, LongSupplier clock) {
    boolean counts = limits.requestLimits() != Mode.DISABLED;
    return new RequestRates(
        bucket(counts ? limits.readRate() : -1, clock),
        bucket(counts ? limits.writeRate() : -1, clock),
        limits.requestLimits() == Mode.ENFORCING,
        clock);
  }

  private static TokenBucket bucket(double rate, LongSupplier clock) {
    return rate < 0 ? null : new TokenBucket(rate, BURST_SECONDS * rate, clock);
  }

  /**
   * Those of a client agent.
   *
   * @param clock monotonic nanoseconds
   */
  public static RequestRates ofClient(LimitSettings limits, LongSupplier clock) {
    TokenBucket all =
        limits.rpcRate() < 0
            ? null
            : new TokenBucket(limits.rpcRate(), limits.rpcMaxBurst(), clock);
    return new RequestRates(all, all, true, clock);
  }

  /** Whether one more read may be carried out now. */
  public boolean takesRead() {
    return takes(reads, "read");
  }

  /** Whether one more write may be carried out now. */
  public boolean takesWrite() {
    return takes(writes, "write");
  }

  private boolean takes(TokenBucket bucket, String kind) {
    if (bucket == null || bucket.take()) {
      return true;
    }
    EXCEEDING.add(1);
    log.say(
        () ->
            "COM3120: more requests a second than limits allows: kind="
                + kind
                + (refuses ? ", refused" : ", carried out: limits.request_limits is permissive"));
    return !refuses;
  }
}
