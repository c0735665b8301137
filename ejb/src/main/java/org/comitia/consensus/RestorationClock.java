package org.comitia.consensus;

import java.time.Duration;
import org.comitia.state.Restoring;

/**
 * How long the restoration that is under way stands still, on the leader's monotonic clock: while
 * there is one no tables are saved and no log is cut. Not thread-safe.
 */
final class RestorationClock {
  /** Whoever restores sends a part, or tries again, many times in this time. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();

  private Restoring.Progress seen;
  private long since;

  /** Its time begins anew. */
  void restart() {
    seen = null;
  }

  /**
   * Which one is to be given up.
   *
   * @param now what is under way; null for nothing
   * @return its id; null for none
   */
  String over(Restoring.Progress now, long nanos) {
    if (now == null || !now.equals(seen)) {
      seen = now;
      since = nanos;
    }
    return now != null && nanos - since >= PATIENCE_NANOS ? now.id() : null;
  }
}
