package org.comitia.membership;

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

  private final LongSupplier clock;
  private final Map<Kind, OneLineAMinute> lines = new EnumMap<>(Kind.class);
  private long count;

  /**
   * @param clock nanoseconds
   */
  RefusalLog(LongSupplier clock) {
    this.clock = clock;
  }

  synchronized long count() {
    return count;
  }

  synchronized void say(Refusal refusal) {
    count++;
    lines
        .computeIfAbsent(refusal.kind(), kind -> new OneLineAMinute(clock, LOG::severe))
        .say(() -> "COM2001: Refused: " + refusal.text());
  }
}
