package org.comitia.consensus;

import java.time.Duration;
import org.comitia.state.Restoring;
import org.comitia.wire.SnapshotChunks;

/**
 * How long the restoration that is under way stands still, and how long it takes, on the leader's
 * monotonic clock: while there is one no tables are saved, no log is cut, and nobody else restores.
 * Not thread-safe.
 */
final class RestorationClock {
  /** Whoever restores sends a part, or tries again, many times in this time. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();

  /** All of it has this time, and more for each part of the usual size that has come. */
  private static final long TOTAL_SECONDS = 600;

  /** Each is committed before the next one is sent: what a slow disk needs. */
  private static final long PART_SECONDS = 5;

  private static final long PART_BYTES = SnapshotChunks.TARGET_BYTES;

  private Restoring.Progress seen;
  private long since;
  private long begun;

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
    if (now == null || seen == null || !now.id().equals(seen.id())) {
      begun = nanos;
    }
    if (now == null || !now.equals(seen)) {
      seen = now;
      since = nanos;
    }
    boolean over =
        now != null && (nanos - since >= PATIENCE_NANOS || nanos - begun >= total(now.bytes()));
    return over ? now.id() : null;
  }

  private static long total(long bytes) {
    return Duration.ofSeconds(TOTAL_SECONDS + PART_SECONDS * (bytes / PART_BYTES)).toNanos();
  }
}
