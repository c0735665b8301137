package org.comitia.consensus;

import java.time.Duration;
import org.comitia.raft.RaftCore;

/**
 * How much of the log stays behind what the saved tables hold: for followers that are a little
 * behind, who would need a whole snapshot otherwise.
 *
 * @param trailing so many entries stay ({@code raft_trailing_logs})
 * @param threshold so many at least are cut at a time ({@code raft_snapshot_threshold})
 * @param interval so long at least from one cut to the next ({@code raft_snapshot_interval}); not
 *     for a log of more than {@link #MOST_BYTES}
 */
public record LogKeeping(int trailing, int threshold, Duration interval) {
  /**
   * A log that has grown by more than this since this process's start, and since it was cut, is cut
   * however few entries that are: what it had before is not counted.
   */
  static final long MOST_BYTES = 128L << 20;

  /** And so much of it stays, entries or not. */
  static final long KEPT_BYTES = MOST_BYTES / 2;

  /** No more than this is kept for who fetches a snapshot. */
  static final long HELD_BYTES = 1L << 30;

  /**
   * Up to where the log is to be cut now.
   *
   * @param saved what the saved tables hold
   * @param held what somebody may go on from; it counts until the log has grown by {@link
   *     #HELD_BYTES} behind it
   * @param due whether the interval is over
   * @return not above the base: nothing is to be cut
   */
  long cutAt(RaftCore core, long saved, long held, boolean due) {
    long base = core.base().index();
    long byCount = saved - trailing;
    if (!due || byCount - base < threshold) {
      byCount = base;
    }
    long byBytes =
        core.indexWithBytesBehind(MOST_BYTES) > base ? core.indexWithBytesBehind(KEPT_BYTES) : base;
    long upTo = Math.min(saved, Math.max(byCount, byBytes));
    return core.indexWithBytesBehind(HELD_BYTES) > held ? upTo : Math.min(upTo, held);
  }
}
