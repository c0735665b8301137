package org.comitia.consensus;

import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The core thread's mailbox. What others send is bounded and refused beyond; our own threads'
 * reports (a sync is done, entries are applied) always fit, because what they report about is
 * bounded itself.
 */
final class Inbox {
  /** Something for the core thread to do. */
  @FunctionalInterface
  interface Input {
    void run();
  }

  private final LinkedBlockingQueue<Input> queue = new LinkedBlockingQueue<>();
  private final int limit;

  Inbox(int limit) {
    this.limit = limit;
  }

  /** Returns false, and does nothing, when too much is waiting. */
  boolean offer(Input input) {
    return queue.size() < limit && queue.offer(input);
  }

  /** For reports of our own threads only. */
  void put(Input input) {
    queue.add(input);
  }

  /**
   * Waits at most {@code nanos} for the first input and takes all that are there, at most {@code
   * max}.
   */
  void drain(List<Input> into, int max, long nanos) throws InterruptedException {
    Input first = nanos > 0 ? queue.poll(nanos, TimeUnit.NANOSECONDS) : queue.poll();
    if (first != null) {
      into.add(first);
      queue.drainTo(into, max - 1);
    }
  }

  int size() {
    return queue.size();
  }
}
