package org.comitia.simulation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.comitia.raft.Entry;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;

/** The log on a simulated disk, or as it will be there: entries behind a base, by index. */
final class DiskLog {
  private LogBase base = LogBase.NONE;
  private final ArrayList<Entry> entries = new ArrayList<>();

  LogBase base() {
    return base;
  }

  /** The base's index when there is no entry behind it. */
  long lastIndex() {
    return base.index() + entries.size();
  }

  /** All that are behind the base. */
  List<Entry> entries() {
    return Collections.unmodifiableList(entries);
  }

  /** All from this index on that are behind the base. */
  List<Entry> from(long index) {
    int start = (int) Math.max(0, index - base.index() - 1);
    return start < entries.size() ? entries().subList(start, entries.size()) : List.of();
  }

  Entry get(long index) {
    if (index <= base.index() || index > lastIndex()) {
      throw new Violation(
          "nobody asks for an entry that is not in the log",
          "entry " + index + " of those after " + base.index() + " up to " + lastIndex());
    }
    return entries.get((int) (index - base.index()) - 1);
  }

  /** The term at an index from the base to the last; -1 outside. */
  long termAt(long index) {
    if (index == base.index()) {
      return base.term();
    }
    return index < base.index() || index > lastIndex() ? -1 : get(index).term();
  }

  /** Whether nothing speaks against this log having had an entry of this term there. */
  boolean agrees(long index, long term) {
    return index < base.index() || termAt(index) == term;
  }

  /**
   * Whether the other log has the same entries up to this index, as far as both still have them.
   */
  boolean agrees(DiskLog other, long upTo) {
    long from = Math.max(base.index(), other.base.index());
    if (lastIndex() < upTo || other.lastIndex() < upTo) {
      return false;
    }
    for (long i = from + 1; i <= upTo; i++) {
      if (!get(i).equals(other.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** What the store does with it, in the store's order. */
  void apply(Persist persist) {
    if (persist.truncateFrom() > 0) {
      if (persist.truncateFrom() <= base.index()) {
        throw new Violation(
            "what a log has forgotten is not replaced",
            "truncated from " + persist.truncateFrom() + ", it begins after " + base.index());
      }
      cut(persist.truncateFrom() - 1);
    }
    if (persist.base() != null) {
      begin(persist.base());
    }
    for (Entry entry : persist.entries()) {
      if (entry.index() != lastIndex() + 1) {
        throw new Violation("log has no holes", "entry " + entry + " after entry " + lastIndex());
      }
      entries.add(entry);
    }
  }

  private void begin(LogBase next) {
    if (next.index() < base.index()) {
      throw new Violation(
          "what a log has forgotten does not come back",
          "it is to begin after " + next.index() + ", it begins after " + base.index());
    }
    long gone = Math.min(next.index() - base.index(), entries.size());
    entries.subList(0, (int) gone).clear();
    base = next;
  }

  /** Forgets what is behind this index. */
  void cut(long lastKept) {
    while (!entries.isEmpty() && lastIndex() > lastKept) {
      entries.remove(entries.size() - 1);
    }
  }

  void copy(DiskLog other) {
    base = other.base;
    entries.clear();
    entries.addAll(other.entries);
  }
}
