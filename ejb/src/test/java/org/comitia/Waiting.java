package org.comitia;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for a condition, which tests do in place of a pause of fixed length. */
public final class Waiting {
  private static final long SECONDS = 30;

  private Waiting() {}

  /** Returns as soon as the condition holds; fails when it does not within 30 s. */
  public static void await(String what, BooleanSupplier condition) throws InterruptedException {
    await(SECONDS, () -> what, condition);
  }

  /**
   * The same with another limit.
   *
   * @param what asked for when the time is over, so that it can show what is there instead
   */
  public static void await(long seconds, Supplier<String> what, BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("did not happen within " + seconds + " s: " + what.get());
      }
      Thread.sleep(5);
    }
  }
}
