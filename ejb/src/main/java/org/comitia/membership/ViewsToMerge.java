package org.comitia.membership;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jgroups.Address;
import org.jgroups.View;

/**
 * Views that are to be merged with the own one, by who speaks for them, for the second or so that
 * they are worth something: after that whoever is still apart has told again. The newest {@link
 * #MAX} are kept. Safe for any thread.
 */
final class ViewsToMerge {
  static final int MAX = 512;

  /** An agent tells of those it has met in a join, and of its own. */
  static final int MAX_AT_ONCE = Joining.MAX_JOIN + 1;

  /**
   * Places that are learned from views that somebody tells of at once; of those of hosts met all
   * are. The leader refuses a group in which it does not find somebody ({@link WholeGroups}).
   */
  static final int MAX_PLACES = 512;

  private static final long FRESH_NANOS = 1_500_000_000L;

  private record Told(View view, long nanos) {}

  private final Map<Address, Told> told = new LinkedHashMap<>();

  /** More than {@link #MAX_AT_ONCE} are of no agent, and ignored. */
  synchronized void add(Map<Address, View> views) {
    if (views.size() > MAX_AT_ONCE) {
      return;
    }
    long now = System.nanoTime();
    views.forEach(
        (speaker, view) -> {
          told.remove(speaker);
          told.put(speaker, new Told(view, now));
        });
    Iterator<Address> eldest = told.keySet().iterator();
    while (told.size() > MAX) {
      eldest.next();
      eldest.remove();
    }
  }

  /** Takes out all that are fresh and that the own view does not hold already. */
  synchronized Map<Address, View> take(View own) {
    long now = System.nanoTime();
    Map<Address, View> views = new HashMap<>();
    for (Iterator<Map.Entry<Address, Told>> all = told.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<Address, Told> entry = all.next();
      all.remove();
      Told one = entry.getValue();
      if (now - one.nanos() < FRESH_NANOS
          && !own.getMembers().containsAll(one.view().getMembers())) {
        views.put(entry.getKey(), one.view());
      }
    }
    return views;
  }
}
