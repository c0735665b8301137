package org.comitia.it;

import java.time.Duration;
import java.util.function.Supplier;

/** Waits for conditions, bounded; the tests never sleep for a fixed time instead. */
public final class Await {
  private static final long PAUSE_MILLIS = 50;

  private Await() {}

  /** A condition that may also throw: a throw means "not yet". */
  public interface Condition {
    boolean holds() throws Exception;
  }

  /**
   * Returns as soon as the condition holds.
   *
   * @param what what is waited for, in words, for the message
   * @param onFailure adds evidence (log tails) to the message; called once, when time is up
   * @throws AssertionError when it does not hold within the limit
   */
  public static void until(
      String what, Duration limit, Supplier<String> onFailure, Condition condition) {
    long end = System.nanoTime() + limit.toNanos();
    String last = "";
    while (true) {
      try {
        if (condition.holds()) {
          return;
        }
        last = "";
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for: " + what, e);
      } catch (Exception e) {
        last = "; the last attempt threw " + e;
      }
      if (System.nanoTime() - end > 0) {
        throw new AssertionError(
            "not within "
                + limit.toSeconds()
                + " s: "
                + what
                + last
                + System.lineSeparator()
                + onFailure.get());
      }
      pause(PAUSE_MILLIS);
    }
  }

  /** Between two looks at a condition. */
  public static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
