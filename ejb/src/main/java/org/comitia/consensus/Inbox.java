package org.comitia.consensus;

import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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

  /** What the frames that wait hold in memory together; the largest one holds a quarter of it. */
  static final long MAX_FRAME_BYTES = 64L * 1024 * 1024;

  private final LinkedBlockingQueue<Input> queue = new LinkedBlockingQueue<>();
  private final int limit;
  private final AtomicInteger frames = new AtomicInteger();
  private final AtomicLong frameBytes = new AtomicLong();
  private volatile boolean closed;

  Inbox(int limit) {
    this.limit = limit;
  }

  /** Returns false, and does nothing, when too much is waiting or nobody takes it any more. */
  boolean offer(Input input) {
    return queue.size() - frames.get() < limit && add(input);
  }

  /**
   * The same for other servers' frames, which have bounds of their own, one as large and one in
   * bytes: a flood of requests must not drop votes and heartbeats.
   *
   * @param bytes what it holds in memory, about
   */
  boolean offerFrame(Input input, long bytes) {
    Frame frame = new Frame(input, bytes);
    boolean fits =
        frames.incrementAndGet() <= limit & frameBytes.addAndGet(bytes) <= MAX_FRAME_BYTES;
    if (!fits || !add(frame)) {
      frame.gone();
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
    private final long bytes;

    private Frame(Input body, long bytes) {
      this.body = body;
      this.bytes = bytes;
    }

    private void gone() {
      frames.decrementAndGet();
      frameBytes.addAndGet(-bytes);
    }

    @Override
    public void run() {
      gone();
      body.run();
    }

    @Override
    public void refused(Failure failure, String why) {
      gone();
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
