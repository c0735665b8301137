package org.comitia.web.http;

/** How many lines may be logged: so many at once, and so many a second. Safe for any thread. */
final class LineBudget {
  private final int most;
  private final long nanosPerLine;
  private double left;
  private long atNanos;
  private boolean used;
  private long dropped;

  LineBudget(int most, int perSecond) {
    this.most = most;
    this.nanosPerLine = 1_000_000_000L / perSecond;
    this.left = most;
  }

  /**
   * Asks for a line.
   *
   * @return how many were not logged since the last that was; -1: this is not to be
   */
  synchronized long take(long nowNanos) {
    if (used) {
      left = Math.min(most, left + (double) (nowNanos - atNanos) / nanosPerLine);
    }
    used = true;
    atNanos = nowNanos;
    if (left < 1) {
      dropped++;
      return -1;
    }
    left--;
    long before = dropped;
    dropped = 0;
    return before;
  }
}
