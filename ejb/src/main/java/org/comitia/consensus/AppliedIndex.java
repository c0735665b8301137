package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/** How far the state is applied, and who waits for it to be. Safe for any thread. */
final class AppliedIndex {
  private record Waiter(long index, Consumer<Boolean> then) {}

  private final PriorityQueue<Waiter> waiters =
      new PriorityQueue<>((a, b) -> Long.compare(a.index, b.index));
  private volatile long index;
  private boolean stopped; // under the waiters' lock

  AppliedIndex(long index) {
    this.index = index;
  }

  long get() {
    return index;
  }

  /**
   * Tells as soon as {@code wanted} is applied, or that it never will be here: at once on this
   * thread, or later on another one.
   *
   * @param then gets whether it is applied; must return at once and not throw
   * @return ends the wait without a word; nothing when it is over
   */
  Runnable whenApplied(long wanted, Consumer<Boolean> then) {
    if (index < wanted) {
      synchronized (waiters) {
        if (index < wanted && !stopped) {
          Waiter waiter = new Waiter(wanted, then);
          waiters.add(waiter);
          return () -> forget(waiter);
        }
      }
    }
    then.accept(index >= wanted);
    return () -> {};
  }

  private void forget(Waiter waiter) {
    synchronized (waiters) {
      waiters.remove(waiter);
    }
  }

  /** How many wait. */
  int waiting() {
    synchronized (waiters) {
      return waiters.size();
    }
  }

  /** Nothing is applied any more: tells all who wait, and whoever comes later. */
  void stop() {
    List<Waiter> left;
    synchronized (waiters) {
      stopped = true;
      left = new ArrayList<>(waiters);
      waiters.clear();
    }
    left.forEach(waiter -> waiter.then.accept(false));
  }

  /** Apply thread only. */
  void advance(long applied) {
    List<Waiter> due = List.of();
    synchronized (waiters) {
      index = applied;
      if (!waiters.isEmpty() && waiters.peek().index <= applied) {
        due = new ArrayList<>();
        while (!waiters.isEmpty() && waiters.peek().index <= applied) {
          due.add(waiters.poll());
        }
      }
    }
    due.forEach(waiter -> waiter.then.accept(true));
  }
}
