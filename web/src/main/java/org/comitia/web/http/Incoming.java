package org.comitia.web.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bodies of the requests under way: memory that clients hold, and therefore bounded. Safe for
 * any thread.
 */
final class Incoming {
  /** Of this process: an eighth of its heap, since a write is kept once or twice more, encoded. */
  static final Incoming ALL = new Incoming(Runtime.getRuntime().maxMemory() / 8);

  private final long most;
  private final AtomicLong bytes = new AtomicLong();

  Incoming(long most) {
    this.most = most;
  }

  /** Counts so many more; false, and nothing is counted, when there would be too many. */
  boolean enter(int more) {
    if (bytes.addAndGet(more) > most) {
      bytes.addAndGet(-more);
      return false;
    }
    return true;
  }

  void leave(long given) {
    bytes.addAndGet(-given);
  }
}
