package org.comitia.consensus;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * After a start a server has what it saved last, up to half a second behind what it had shown
 * before. So that its index does not go backwards, stale reads wait until it has applied what a
 * leader has confirmed once; and two seconds at most, for in an outage they are what there is. Safe
 * for any thread.
 */
final class FirstContact {
  static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final LongSupplier clock;
  private final long untilNanos;
  private volatile boolean over;

  /**
   * @param clock nanoseconds; the limit runs from now on
   */
  FirstContact(LongSupplier clock) {
    this.clock = clock;
    this.untilNanos = clock.getAsLong() + LIMIT_NANOS;
  }

  boolean isAwaited() {
    if (!over && clock.getAsLong() - untilNanos >= 0) {
      over = true;
    }
    return !over;
  }

  /** A linearizable index was applied here: nothing that was shown before lies behind it. */
  void made() {
    over = true;
  }

  /** When it is awaited no more, monotonic. */
  long untilNanos() {
    return untilNanos;
  }
}
