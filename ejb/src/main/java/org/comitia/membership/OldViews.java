package org.comitia.membership;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jgroups.Address;
import org.jgroups.View;
import org.jgroups.ViewId;

/**
 * Which members of the own view still hold an older one. If both views hold this agent and the
 * member, heartbeats go on both ways and nobody is missed; nor is a merge for one who is in the own
 * view already. So the member would hold the old view for ever. Safe for any thread.
 */
final class OldViews {
  /**
   * Who says so twice, and at least this long apart, has missed the own view. A view that is under
   * way is there in less, and members tell which one they hold every 7 to 22 s ({@link
   * BoundedMergeInfo}).
   */
  static final long APART_NANOS = 5_000_000_000L;

  private record Seen(ViewId held, long nanos) {}

  private final LongSupplier clock;

  /** Since the own view is this one. */
  private ViewId since;

  private final Map<Address, Seen> seen = new HashMap<>();

  /**
   * @param clock nanoseconds
   */
  OldViews(LongSupplier clock) {
    this.clock = clock;
  }

  /**
   * Notes what a member says of the view that it holds. Whether it has missed the own one: it has
   * held this same older one for a while, and the own one has not changed meanwhile. After that it
   * is asked about anew.
   */
  synchronized boolean isMissed(View own, Address member, ViewId held) {
    if (!own.getViewId().equals(since)) {
      since = own.getViewId();
      seen.clear();
    }
    if (!own.containsMember(member) || held.compareToIDs(since) >= 0) {
      seen.remove(member);
      return false;
    }
    long now = clock.getAsLong();
    Seen before = seen.get(member);
    if (before == null || !before.held().equals(held)) {
      seen.put(member, new Seen(held, now));
      return false;
    }
    return now - before.nanos() >= APART_NANOS && seen.remove(member, before);
  }
}
