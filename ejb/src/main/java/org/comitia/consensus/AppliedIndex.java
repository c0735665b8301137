package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/** How far the state is applied, and who waits for it to be. Safe for any thread. */
final class AppliedIndex {
  private record Waiter(long index, Runnable then) {}

  private final PriorityQueue<Waiter> waiters =
      new PriorityQueue<>((a, b) -> Long.compare(a.index, b.index));
  private volatile long index;

  AppliedIndex(long index) {
    this.index = index;
  }

  long get() {
    return index;
  }

  /**
   * Runs {@code then} as soon as {@code wanted} is applied: at once on this thread, or later on the
   * apply thread.
   */
  void whenApplied(long wanted, Runnable then) {
    if (index < wanted) {
      synchronized (waiters) {
        if (index < wanted) {
          waiters.add(new Waiter(wanted, then));
          return;
        }
      }
    }
    then.run();
  }

  /** Apply thread only. */
  void advance(long applied) {
    List<Runnable> due = List.of();
    synchronized (waiters) {
      index = applied;
      if (!waiters.isEmpty() && waiters.peek().index <= applied) {
        due = new ArrayList<>();
        while (!waiters.isEmpty() && waiters.peek().index <= applied) {
          due.add(waiters.poll().then);
        }
      }
    }
    due.forEach(Runnable::run);
  }
}
