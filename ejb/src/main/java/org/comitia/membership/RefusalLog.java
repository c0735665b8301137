package org.comitia.membership;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.logging.Logger;
import org.comitia.log.OneLineAMinute;
import org.comitia.membership.Admission.Kind;
import org.comitia.membership.Admission.Refusal;

/**
 * Tells people who was refused: one line a minute for each kind of reason. By kind and not by text,
 * for the text holds what a stranger calls itself. Safe for any thread.
 */
final class RefusalLog {
  private static final Logger LOG = Logger.getLogger("serf");

  /** Who was refused so long ago may be gone. */
  private static final long LATELY_NANOS = Duration.ofMinutes(5).toNanos();

  private record Heard(String text, long nanos) {}

  private final LongSupplier clock;
  private final Map<Kind, OneLineAMinute> lines = new EnumMap<>(Kind.class);
  private long count;
  private volatile Heard successor;

  /**
   * @param clock nanoseconds
   */
  RefusalLog(LongSupplier clock) {
    this.clock = clock;
  }

  synchronized long count() {
    return count;
  }

  /** The newest refusal of a cluster that was recovered from ours; empty for none lately. */
  String successor() {
    Heard heard = successor;
    return heard != null && clock.getAsLong() - heard.nanos() < LATELY_NANOS ? heard.text() : "";
  }

  synchronized void say(Refusal refusal) {
    count++;
    if (refusal.kind() == Kind.SUCCESSOR) {
      successor = new Heard(refusal.text(), clock.getAsLong());
    }
    lines
        .computeIfAbsent(refusal.kind(), kind -> new OneLineAMinute(clock, LOG::severe))
        .say(() -> "COM2001: Refused: " + refusal.text());
  }
}
