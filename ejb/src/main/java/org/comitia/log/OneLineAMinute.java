package org.comitia.log;

import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Logs what may come often: the first line, then one a minute with the number of those that were
 * not told. Safe for any thread.
 */
public final class OneLineAMinute {
  private static final long PAUSE_NANOS = 60_000_000_000L;

  private final LongSupplier clock;
  private final Consumer<String> log;
  private boolean said;
  private long saidNanos;
  private long since;

  /**
   * @param clock nanoseconds
   */
  public OneLineAMinute(LongSupplier clock, Consumer<String> log) {
    this.clock = clock;
    this.log = log;
  }

  /**
   * @param line asked for only when it is told
   */
  public void say(Supplier<String> line) {
    say(line, log);
  }

  /**
   * The same, for a line that comes with more than its text.
   *
   * @param line asked for only when it is told
   * @param log takes this one line
   */
  public synchronized void say(Supplier<String> line, Consumer<String> log) {
    long now = clock.getAsLong();
    if (said && now - saidNanos < PAUSE_NANOS) {
      since++;
      return;
    }
    log.accept(since == 0 ? line.get() : line.get() + " (and " + since + " such before)");
    said = true;
    saidNanos = now;
    since = 0;
  }
}
