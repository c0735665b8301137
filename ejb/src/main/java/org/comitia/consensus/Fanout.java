package org.comitia.consensus;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Many answers at once, some to a task: few hops, a slow one delays few others, and a faulty one
 * keeps none waiting. Safe for any thread.
 */
final class Fanout {
  private static final Logger LOG = Logger.getLogger("consul");
  private static final int A_TASK = 16;

  private Fanout() {}

  /**
   * Returns at once.
   *
   * @param all must not change any more
   * @param each on the executor
   */
  static <T> void tell(List<T> all, Executor executor, Consumer<T> each) {
    for (int from = 0; from < all.size(); from += A_TASK) {
      List<T> some = all.subList(from, Math.min(all.size(), from + A_TASK));
      executor.execute(() -> some.forEach(one -> tell(one, each)));
    }
  }

  /** The same for one, on this thread. */
  static <T> void tell(T one, Consumer<T> each) {
    try {
      each.accept(one);
    } catch (RuntimeException | Error fault) { // the others of its task are to be told
      failed(fault);
    }
  }

  static void failed(Throwable fault) {
    LOG.log(Level.SEVERE, "COM3022: an answer failed: error=" + fault, fault);
  }
}
