package org.comitia.web.http;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * The large answers that their clients have not taken yet: memory that clients hold, and therefore
 * bounded. An answer that many share counts once. Safe for any thread.
 */
final class Outgoing {
  /** Of this process: a quarter of its heap. */
  static final Outgoing ALL = new Outgoing(Runtime.getRuntime().maxMemory() / 4);

  private final long most;
  private final Map<byte[], Integer> readers = new IdentityHashMap<>();
  private long bytes;

  Outgoing(long most) {
    this.most = most;
  }

  /**
   * Counts an answer; each that was counted is given back by {@link #leave}. A single one is always
   * taken, however large.
   */
  synchronized boolean enter(byte[] answer) {
    Integer others = readers.get(answer);
    if (others == null) {
      if (bytes > 0 && bytes + answer.length > most) {
        return false;
      }
      bytes += answer.length;
    }
    readers.merge(answer, 1, Integer::sum);
    return true;
  }

  synchronized void leave(byte[] answer) {
    if (readers.compute(answer, (a, count) -> count == null || count == 1 ? null : count - 1)
        == null) {
      bytes -= answer.length;
    }
  }
}
