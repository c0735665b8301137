package org.comitia.membership;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.logging.Logger;
import org.comitia.membership.Admission.Kind;
import org.comitia.membership.Admission.Refusal;

/**
 * Tells people who was refused: one line a minute for each kind of reason, with the number of those
 * that were not told. By kind and not by text, for the text holds what a stranger calls itself.
 * Safe for any thread.
 */
final class RefusalLog {
  private static final Logger LOG = Logger.getLogger("serf");
  private static final long PAUSE_NANOS = 60_000_000_000L;

  private static final class Said {
    long atNanos;
    long since;
  }

  private final LongSupplier clock;
  private final Map<Kind, Said> said = new EnumMap<>(Kind.class);
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
    long now = clock.getAsLong();
    Said last = said.get(refusal.kind());
    if (last != null && now - last.atNanos < PAUSE_NANOS) {
      last.since++;
      return;
    }
    String more = last == null || last.since == 0 ? "" : " (and " + last.since + " such before)";
    Said next = new Said();
    next.atNanos = now;
    said.put(refusal.kind(), next);
    LOG.severe("COM2001: Refused: " + refusal.text() + more);
  }
}
