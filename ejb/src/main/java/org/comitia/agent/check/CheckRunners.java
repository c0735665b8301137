package org.comitia.agent.check;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import org.comitia.consensus.Cluster;

/**
 * Makes the runners of this agent's checks. All of them share one I/O thread, which begins with the
 * first check that needs it, and the node's executors: none holds a thread while it waits. Safe for
 * any thread.
 */
public final class CheckRunners implements AutoCloseable {
  /** Bytes of output that are kept when nobody says otherwise. */
  public static final int DEFAULT_OUTPUT_MAX_SIZE = 4096;

  /**
   * What checks are carried out with.
   *
   * @param nodeName this node's, as alias checks name it
   * @param outputMaxSize {@code check_output_max_size}, bytes
   */
  public record Parts(
      String nodeName,
      ScheduledExecutorService scheduled,
      Executor executor,
      ThreadFactory threads,
      Cluster cluster,
      LocalChecks local,
      int outputMaxSize) {}

  private final Parts parts;

  public CheckRunners(Parts parts) {
    this.parts = Objects.requireNonNull(parts, "parts");
  }

  /**
   * A runner, not started.
   *
   * @param spec without a {@link CheckSpec#problem()}
   * @return a {@link TtlCheck} for a TTL check
   */
  public CheckRunner runner(CheckSpec spec, CheckSink sink) {
    if (spec.isTtl()) {
      return new TtlCheck(spec, sink, limit(spec), parts.scheduled());
    }
    throw new IllegalArgumentException("checks of type " + spec.type() + " are not carried out");
  }

  private int limit(CheckSpec spec) {
    int limit = Math.max(1, parts.outputMaxSize());
    return spec.outputMaxSize() > 0 ? Math.min(limit, spec.outputMaxSize()) : limit;
  }

  /** Ends the I/O thread; what is under way reports nothing any more. */
  @Override
  public void close() {
    // nothing is open yet
  }
}
