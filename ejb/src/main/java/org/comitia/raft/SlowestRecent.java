package org.comitia.raft;

/**
 * The longest of the durations that were measured lately: in this window of time or the one before.
 * What is older is forgotten, so that one bad moment does not count for long.
 */
final class SlowestRecent {
  /** So many in a row that were short say that the bad moment is over. */
  private static final int LAST = 32;

  private final long window;
  private final long most;
  private long since;
  private long current;
  private long previous;

  /** The last ones, in a ring. */
  private final long[] last = new long[LAST];

  private int next;

  /**
   * @param window how long a duration is remembered at least; twice that at most
   * @param most a longer one counts as this long
   */
  SlowestRecent(long window, long most) {
    this.window = window;
    this.most = most;
  }

  void add(long nanos, long now) {
    turn(now);
    last[next] = nanos;
    next = (next + 1) % LAST;
    current = Math.max(current, Math.min(nanos, most));
  }

  /** 0 when nothing was measured lately. */
  long get(long now) {
    turn(now);
    return Math.max(current, previous);
  }

  /** The longest of the last 32, if it was measured lately. */
  long ofLast(long now) {
    long longest = 0;
    for (long nanos : last) {
      longest = Math.max(longest, nanos);
    }
    return Math.min(longest, get(now));
  }

  private void turn(long now) {
    if (now - since < window) {
      return;
    }
    previous = now - since < 2 * window ? current : 0;
    current = 0;
    since = now;
  }
}
