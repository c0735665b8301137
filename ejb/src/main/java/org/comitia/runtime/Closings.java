package org.comitia.runtime;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What was started, to be closed in the reverse order. A start that takes longer than a stop waits
 * for it goes on beside the stop: what it still starts is closed at once. Safe for any thread.
 */
final class Closings {
  /** Closes one part. */
  interface Closing {
    void close() throws Exception;
  }

  private static final Logger LOG = Logger.getLogger("agent");

  private final Deque<Closing> parts = new ArrayDeque<>();
  private boolean closed;

  /** A part has started; this closes it, once. */
  void push(Closing closing) {
    synchronized (this) {
      if (!closed) {
        parts.push(closing);
        return;
      }
    }
    close(closing);
  }

  /** Closes all, each on the caller's thread. */
  void closeAll() {
    for (Closing next = next(); next != null; next = next()) {
      close(next);
    }
  }

  private synchronized Closing next() {
    closed = parts.isEmpty();
    return parts.poll();
  }

  private static void close(Closing closing) {
    try {
      closing.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      LOG.warning("stopping was interrupted; it goes on");
    } catch (Exception e) {
      LOG.log(
          Level.WARNING, "COM5017: a part did not stop cleanly, the others are stopped: " + e, e);
    }
  }
}
