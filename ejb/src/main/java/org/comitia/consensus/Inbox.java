package org.comitia.consensus;

import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.comitia.cluster.Failure;

/**
 * What waits for the core. What others send is bounded and refused beyond; our own threads' reports
 * (a sync is done, entries are applied) always fit, because what they report about is bounded
 * itself.
 */
final class Inbox {
  /** Something to be done with the core; run by whoever steps it. */
  @FunctionalInterface
  interface Input {
    void run();

    /** It will not be run, or not to its end. */
    default void refused(Failure failure, String why) {}
  }

  private final LinkedBlockingQueue<Input> queue = new LinkedBlockingQueue<>();
  private final int limit;
  private final AtomicInteger frames = new AtomicInteger();
  private volatile boolean closed;

  Inbox(int limit) {
    this.limit = limit;
  }

  /** Returns false, and does nothing, when too much is waiting or nobody takes it any more. */
  boolean offer(Input input) {
    return queue.size() - frames.get() < limit && add(input);
  }

  /**
   * The same for other servers' frames, which have a bound of their own, as large: a flood of
   * requests must not drop votes and heartbeats.
   */
  boolean offerFrame(Input input) {
    if (frames.incrementAndGet() > limit || !add(new Frame(input))) {
      frames.decrementAndGet();
      return false;
    }
    return true;
  }

  private boolean add(Input input) {
    if (closed) {
      return false;
    }
    queue.add(input);
    return !(closed && queue.remove(input)); // if it is gone, close() has refused it
  }

  private final class Frame implements Input {
    private final Input body;

    private Frame(Input body) {
      this.body = body;
    }

    @Override
    public void run() {
      frames.decrementAndGet();
      body.run();
    }

    @Override
    public void refused(Failure failure, String why) {
      frames.decrementAndGet();
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** For reports of our own threads only; dropped when nobody takes them any more. */
  void put(Input input) {
    if (!closed) {
      queue.add(input);
    }
  }

  /** Nobody takes anything any more: refuses what is waiting. */
  void close(String why) {
    closed = true;
    for (Input input = queue.poll(); input != null; input = queue.poll()) {
      input.refused(Failure.UNAVAILABLE, why);
    }
  }

  /** Takes all that are there, at most {@code max}; does not wait. */
  void drain(List<Input> into, int max) {
    queue.drainTo(into, max);
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  int size() {
    return queue.size();
  }
}
