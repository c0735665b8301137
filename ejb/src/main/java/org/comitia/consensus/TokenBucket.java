package org.comitia.consensus;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Lets through a rate, and a burst after a pause. It keeps one number, the time at which the bucket
 * will be full again (the generic cell rate algorithm, ITU-T I.371). Safe for any thread, without a
 * lock.
 */
final class TokenBucket {
  private final LongSupplier clock;
  private final long intervalNanos;
  private final long burstNanos;
  private final AtomicLong fullAt;

  /**
   * @param rate a second, above 0
   * @param burst how many may come at once; below 1 counts as 1
   * @param clock monotonic nanoseconds
   */
  TokenBucket(double rate, double burst, LongSupplier clock) {
    this.clock = clock;
    this.intervalNanos = Math.max(1, (long) (1e9 / rate));
    this.burstNanos = (long) (Math.max(1, burst) * intervalNanos);
    this.fullAt = new AtomicLong(clock.getAsLong());
  }

  /** Whether one more may go through; it is counted then. */
  boolean take() {
    while (true) {
      long now = clock.getAsLong();
      long known = fullAt.get();
      long from = known - now > 0 ? known : now;
      if (from + intervalNanos - now > burstNanos) {
        return false;
      }
      if (fullAt.compareAndSet(known, from + intervalNanos)) {
        return true;
      }
    }
  }
}
