package org.comitia.consensus;

import java.util.function.LongSupplier;
import java.util.logging.Logger;
import org.comitia.log.LogLine;
import org.comitia.log.OneLineAMinute;

/**
 * Tells people of entries of the log that others sent and this version cannot read, at most once a
 * minute, and remembers the newest for a while: without them this server stays behind. Safe for any
 * thread.
 */
final class UnreadableEntries {
  private static final Logger LOG = Logger.getLogger("raft");

  /** A leader sends them again and again. */
  private static final long LATELY_NANOS = 10_000_000_000L;

  private static final int EXCERPT = 512;

  private record Last(String text, long at) {}

  private final LongSupplier clock;
  private final OneLineAMinute lines;
  private volatile Last last;

  UnreadableEntries(LongSupplier clock) {
    this.clock = clock;
    this.lines = new OneLineAMinute(clock, LOG::warning);
  }

  /**
   * @param from the name of who sent it
   * @param why which entry, and what about it is not known
   */
  void came(String from, String why) {
    String text =
        "COM3031: this version cannot read an entry of the log, so this server stays behind: upgrade"
            + " it to the version that the other servers run: from="
            + from
            + " reason=\""
            + LogLine.excerpt(why, EXCERPT)
            + "\"";
    last = new Last(text, clock.getAsLong());
    lines.say(() -> text);
  }

  /** The newest of the last 10 s, in words; empty when there was none. */
  String lately() {
    Last now = last;
    return now != null && clock.getAsLong() - now.at() < LATELY_NANOS ? now.text() : "";
  }
}
