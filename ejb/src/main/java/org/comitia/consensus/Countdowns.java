package org.comitia.consensus;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.pcollections.TreePMap;

/**
 * How long each row of a table still has, on one server's monotonic clock, which its owner hands
 * in. A row's time begins when it is first seen, so that it is never too short. Versions of the
 * table are looked through bit by bit: a round costs a bounded amount of work however large the
 * table is. Not thread-safe.
 *
 * @param <V> a row
 */
final class Countdowns<V> {
  /** How many rows a round looks at. */
  private static final int ROWS_A_ROUND = 4_096;

  private record End(long atNanos, String name) implements Comparable<End> {
    @Override
    public int compareTo(End other) {
      // Not Long.compare: nanoTime may overflow.
      long diff = atNanos - other.atNanos;
      return diff != 0 ? (diff < 0 ? -1 : 1) : name.compareTo(other.name);
    }
  }

  private record Running(long stamp, End end) {}

  private final ToLongFunction<V> stamp;
  private final ToLongFunction<V> nanos;
  private final TreeSet<End> ends = new TreeSet<>();
  private final TreeMap<String, Running> running = new TreeMap<>();
  private TreePMap<String, V> seen;
  private TreePMap<String, V> looking;
  private String lastRow;
  private String lastRunning;
  private boolean rowsDone;

  /**
   * @param stamp tells a row from an earlier one of the same name, whose time it does not inherit
   * @param nanos how long a row has; 0 and less: for ever
   */
  Countdowns(ToLongFunction<V> stamp, ToLongFunction<V> nanos) {
    this.stamp = stamp;
    this.nanos = nanos;
  }

  /** Forgets everything: whatever is seen from now on has all its time. */
  void restart() {
    ends.clear();
    running.clear();
    seen = null;
    looking = null;
  }

  /** One round: starts the time of rows that are new, drops that of rows that are gone. */
  void follow(TreePMap<String, V> rows, long now) {
    if (looking == null) {
      if (rows == seen) {
        return;
      }
      looking = rows;
      lastRow = null;
      lastRunning = null;
      rowsDone = false;
    }
    int budget = ROWS_A_ROUND;
    if (!rowsDone) {
      budget = lookAtRows(rows, now, budget);
    }
    if (rowsDone && budget > 0 && dropGone(rows, budget)) {
      seen = looking; // what changed meanwhile is another table: it is looked through next
      looking = null;
    }
  }

  private int lookAtRows(TreePMap<String, V> rows, long now, int budget) {
    int left = budget;
    TreePMap<String, V> rest = lastRow == null ? rows : rows.tailMap(lastRow, false);
    Iterator<Map.Entry<String, V>> all = rest.entrySet().iterator();
    while (all.hasNext() && left-- > 0) {
      Map.Entry<String, V> row = all.next();
      lastRow = row.getKey();
      Running known = running.get(lastRow);
      if (known == null || known.stamp != stamp.applyAsLong(row.getValue())) {
        restart(lastRow, row.getValue(), now);
      }
    }
    rowsDone = !all.hasNext();
    return Math.max(left, 0);
  }

  /** Whether the end was reached. */
  private boolean dropGone(TreePMap<String, V> rows, int budget) {
    int left = budget;
    Iterator<String> names =
        (lastRunning == null ? running : running.tailMap(lastRunning, false)).keySet().iterator();
    List<String> gone = new ArrayList<>();
    while (names.hasNext() && left-- > 0) {
      lastRunning = names.next();
      if (!rows.containsKey(lastRunning)) {
        gone.add(lastRunning);
      }
    }
    boolean end = !names.hasNext();
    gone.forEach(this::drop);
    return end;
  }

  /** The row has all its time again. */
  void restart(String name, V row, long now) {
    drop(name);
    long lasting = nanos.applyAsLong(row);
    if (lasting > 0) {
      End end = new End(now + lasting, name);
      running.put(name, new Running(stamp.applyAsLong(row), end));
      ends.add(end);
    }
  }

  private void drop(String name) {
    Running known = running.remove(name);
    if (known != null) {
      ends.remove(known.end);
    }
  }

  /** The rows whose time is over, with their stamps; those that ended first first. */
  Map<String, Long> over(long now, int max) {
    Map<String, Long> over = new LinkedHashMap<>();
    for (End end : ends) {
      if (end.atNanos - now > 0 || over.size() == max) {
        break;
      }
      over.put(end.name, running.get(end.name).stamp);
    }
    return over;
  }

  /** Whether this row's time is over. */
  boolean isOver(String name, long now) {
    Running known = running.get(name);
    return known != null && known.end.atNanos - now <= 0;
  }

  /** How many rows have their time running. */
  int size() {
    return running.size();
  }
}
