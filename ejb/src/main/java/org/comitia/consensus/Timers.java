package org.comitia.consensus;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Many deadlines, few of which ever pass: cheap to set, really gone when cancelled. Whoever owns it
 * calls {@link #run} periodically on a managed thread; precision is that period. Safe for any
 * thread.
 */
final class Timers {
  private record Due(long atNanos, long number) implements Comparable<Due> {
    @Override
    public int compareTo(Due o) {
      // Not Long.compare: nanoTime may overflow.
      long diff = atNanos - o.atNanos;
      return diff != 0 ? (diff < 0 ? -1 : 1) : Long.compare(number, o.number);
    }
  }

  /** Takes the deadline away; it may be passing at this moment. */
  interface Timer {
    void cancel();
  }

  private final ConcurrentSkipListMap<Due, Runnable> dues = new ConcurrentSkipListMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final LongSupplier clock;

  Timers() {
    this(System::nanoTime);
  }

  /**
   * @param clock monotonic nanoseconds
   */
  Timers(LongSupplier clock) {
    this.clock = clock;
  }

  /** The time that the deadlines are of. */
  long now() {
    return clock.getAsLong();
  }

  /**
   * @param then must not block; runs on the thread that calls {@link #run}
   */
  Timer at(long atNanos, Runnable then) {
    Due due = new Due(atNanos, numbers.incrementAndGet());
    dues.put(due, then);
    return () -> dues.remove(due);
  }

  /** Runs what is due by {@code now}. */
  void run(long now) {
    Map.Entry<Due, Runnable> first = dues.firstEntry();
    while (first != null && now - first.getKey().atNanos >= 0) {
      if (dues.remove(first.getKey(), first.getValue())) {
        first.getValue().run();
      }
      first = dues.firstEntry();
    }
  }
}
