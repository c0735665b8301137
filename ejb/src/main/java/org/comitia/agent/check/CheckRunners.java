package org.comitia.agent.check;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;

/**
 * Makes the runners of this agent's checks. All of them share one I/O thread, which begins with the
 * first check that needs it, and the node's executors: none holds a thread while it waits. Safe for
 * any thread.
 */
public final class CheckRunners implements AutoCloseable {
  /**
   * What checks are carried out with.
   *
   * @param nodeName this node's, as alias checks name it
   * @param caller on whose behalf alias checks look at other nodes
   * @param outputMaxSize {@code check_output_max_size}, bytes
   */
  public record Parts(
      String nodeName,
      ScheduledExecutorService scheduled,
      Executor executor,
      ThreadFactory threads,
      Cluster cluster,
      LocalChecks local,
      Supplier<Caller> caller,
      int outputMaxSize) {}

  private static final Logger LOG = Logger.getLogger("agent");
  private static final long MIN_INTERVAL_NANOS = 1_000_000_000L;
  private static final long TIMEOUT_NANOS = 10_000_000_000L;
  private static final long SCRIPT_TIMEOUT_NANOS = 30_000_000_000L;

  /** Name lookups and starts of processes that may hold a thread of the executor at a time. */
  private static final int BLOCKING_WIDTH = 4;

  private final Parts parts;
  private final Timer timer;
  private final Executor blocking;
  private final CheckNetwork network;

  public CheckRunners(Parts parts) {
    this.parts = Objects.requireNonNull(parts, "parts");
    this.timer = new Timer(parts.scheduled());
    this.blocking = new BlockingLane(parts.executor(), BLOCKING_WIDTH);
    this.network = new CheckNetwork(parts.threads(), blocking);
  }

  /**
   * A runner, not started.
   *
   * @param spec without a {@link CheckSpec#problem()}; whether a script is allowed is the caller's
   *     to say
   * @return a {@link TtlCheck} for a TTL check
   */
  public CheckRunner runner(CheckSpec spec, CheckSink sink) {
    if (spec.isTtl()) {
      return new TtlCheck(spec, sink, limit(spec), timer, System::nanoTime);
    } else if (spec.isAlias()) {
      return new AliasCheck(spec, sink, parts, limit(spec), timer);
    }
    return new IntervalCheck(probe(spec), new StatusCounter(spec, sink), timer, interval(spec));
  }

  private Probe probe(CheckSpec spec) {
    long timeout = timeout(spec);
    return switch (spec.type()) {
      case "http" -> new HttpProbe(spec, limit(spec), network, timer, timeout);
      case "tcp" -> new TcpProbe(spec.tcp(), network, timer, timeout);
      case "udp" -> new UdpProbe(spec.udp(), blocking, timer, timeout);
      case "grpc" ->
          new GrpcProbe(
              spec.grpc(), http2Tls(spec, spec.grpcUseTls()), limit(spec), network, timer, timeout);
      case "h2ping" ->
          new H2PingProbe(
              spec.h2ping(), http2Tls(spec, spec.h2pingUseTls()), network, timer, timeout);
      case "script" -> new ScriptProbe(spec, limit(spec), blocking, timer, timeout);
      default -> throw new IllegalArgumentException("check " + spec.id() + " has no way to check");
    };
  }

  private static Tls http2Tls(CheckSpec spec, boolean on) {
    return on ? new Tls(spec.tlsServerName(), spec.tlsSkipVerify(), "h2") : null;
  }

  private static long interval(CheckSpec spec) {
    if (spec.interval().toNanos() < MIN_INTERVAL_NANOS) {
      LOG.warning("check has interval below minimum: check=" + spec.id() + " minimum_interval=1s");
      return MIN_INTERVAL_NANOS;
    }
    return spec.interval().toNanos();
  }

  private static long timeout(CheckSpec spec) {
    if (spec.timeout().isZero() || spec.timeout().isNegative()) {
      return spec.isScript() ? SCRIPT_TIMEOUT_NANOS : TIMEOUT_NANOS;
    }
    return spec.timeout().toNanos();
  }

  private int limit(CheckSpec spec) {
    int limit = Math.max(1, parts.outputMaxSize());
    return spec.outputMaxSize() > 0 ? Math.min(limit, spec.outputMaxSize()) : limit;
  }

  /** Ends the I/O thread; what is under way reports nothing any more. Blocks for a moment. */
  @Override
  public void close() {
    network.close();
  }
}
