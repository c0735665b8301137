package org.comitia.raft;

import java.util.random.RandomGenerator;

/**
 * When to stop waiting for a leader (paper §5.2): a random time in [election timeout, twice that).
 *
 * <p>It counts at most two ticks a tick. A process that was frozen must first empty its inbox, and
 * give up leadership, before it may conclude anything from silence.
 */
final class ElectionTimer {
  private final RandomGenerator random;
  private final long electionNanos;
  private final long longestTick;
  private long lastTick;
  private long elapsed;
  private long limit;

  ElectionTimer(RaftOptions options, RandomGenerator random, long now) {
    this.random = random;
    this.electionNanos = options.electionNanos();
    // Ticks come every 10 to 20 ms at a heartbeat of 100 ms.
    this.longestTick = options.heartbeatNanos() * 2 / 5;
    this.lastTick = now;
    reset();
  }

  void tick(long now) {
    elapsed += Math.min(now - lastTick, longestTick);
    lastTick = now;
  }

  boolean expired() {
    return elapsed >= limit;
  }

  void reset() {
    elapsed = 0;
    limit = electionNanos + random.nextLong(electionNanos);
  }

  /** Expires after this time at the latest. */
  void expireWithin(long nanos) {
    limit = Math.min(limit, elapsed + nanos);
  }
}
