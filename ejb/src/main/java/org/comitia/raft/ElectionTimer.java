package org.comitia.raft;

import java.util.random.RandomGenerator;

/**
 * When to stop waiting for a leader (paper §5.2): a random time in [election timeout, twice that),
 * later where the disk is slow, never earlier.
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
  private double share;
  private long hastened;
  private long calmUntil;

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

  /**
   * @param voteNanos how long the disk takes for a vote. Servers whose votes take long must not
   *     campaign all at once, so their timeouts are spread over twice as much more
   */
  boolean expired(long voteNanos) {
    return elapsed >= Math.min(hastened, limit + (long) (2 * voteNanos * share));
  }

  void reset() {
    elapsed = 0;
    limit = electionNanos + random.nextLong(electionNanos);
    share = random.nextDouble();
    hastened = Long.MAX_VALUE;
    calmUntil = 0;
  }

  /** Expires after this time at the latest, and what a slow disk adds. */
  void expireWithin(long nanos) {
    limit = Math.min(limit, elapsed + nanos);
  }

  /** Expires after this time at the latest, however slow the disk was. */
  void hasten(long nanos) {
    if (elapsed >= calmUntil) {
      hastened = Math.min(hastened, elapsed + nanos);
    }
  }

  /** Somebody else has this server's pre-vote, and this time to write its own vote. */
  void calm(long nanos) {
    hastened = Long.MAX_VALUE;
    calmUntil = elapsed + nanos;
  }
}
