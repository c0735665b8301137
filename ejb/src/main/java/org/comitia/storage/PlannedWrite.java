package org.comitia.storage;

import java.util.ArrayList;
import java.util.List;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;
import org.hibernate.StatelessSession;

/**
 * Several {@link Persist}s, folded into what is left to do of them: at most one hard state, one
 * truncation, one base and one contiguous run of entries.
 */
final class PlannedWrite {
  private final LogBase storedBase;
  private final long storedIndex;
  private HardState hardState;
  private long truncateFrom = Long.MAX_VALUE;
  private LogBase base;
  private long lastIndex;
  private final List<Entry> entries = new ArrayList<>();

  private PlannedWrite(LogBase storedBase, long storedIndex) {
    this.storedBase = storedBase;
    this.storedIndex = storedIndex;
    this.base = storedBase;
    this.lastIndex = storedIndex;
  }

  /**
   * @param base what the stored log begins behind
   * @param lastIndex the last entry stored before, the base's index when there is none
   * @throws StoreException when entries do not follow each other without a gap, or when something
   *     at or before the base is to change
   */
  static PlannedWrite of(List<Persist> persists, LogBase base, long lastIndex)
      throws StoreException {
    PlannedWrite plan = new PlannedWrite(base, lastIndex);
    for (Persist persist : persists) {
      plan.add(persist);
    }
    return plan;
  }

  private void add(Persist persist) throws StoreException {
    if (persist.hardState() != null) {
      hardState = persist.hardState();
    }
    if (persist.truncateFrom() > 0) {
      truncate(persist.truncateFrom());
    }
    if (persist.base() != null) {
      begin(persist.base());
    }
    for (Entry entry : persist.entries()) {
      if (entry.index() != lastIndex + 1) {
        throw new StoreException(
            "entry " + entry.index() + " cannot be stored behind entry " + lastIndex);
      }
      entries.add(entry);
      lastIndex = entry.index();
    }
  }

  private void truncate(long from) throws StoreException {
    if (from <= base.index()) {
      throw new StoreException(
          "the log cannot be truncated from entry "
              + from
              + " on: it begins behind entry "
              + base.index());
    }
    while (!entries.isEmpty() && entries.get(entries.size() - 1).index() >= from) {
      entries.remove(entries.size() - 1);
    }
    if (from <= storedIndex) {
      truncateFrom = Math.min(truncateFrom, from);
    }
    lastIndex = Math.min(lastIndex, from - 1);
  }

  private void begin(LogBase next) throws StoreException {
    if (next.index() < base.index()) {
      throw new StoreException(
          "the log cannot begin behind entry "
              + next.index()
              + ": it begins behind entry "
              + base.index());
    }
    base = next;
    entries.removeIf(entry -> entry.index() <= next.index());
    lastIndex = Math.max(lastIndex, next.index());
  }

  /** What the log begins behind after this. */
  LogBase base() {
    return base;
  }

  /** The last entry's index after this, the base's when there is none. */
  long lastIndex() {
    return lastIndex;
  }

  boolean isEmpty() {
    return hardState == null && truncateFrom == Long.MAX_VALUE && entries.isEmpty() && !movesBase();
  }

  /** Whether the log begins elsewhere after this. The rows before that are left to be swept. */
  boolean movesBase() {
    return !base.equals(storedBase);
  }

  /** All of it but the base, which the store writes: its identity tells of it. */
  void carryOut(StatelessSession session) {
    if (hardState != null) {
      session.update(new HardStateRow(hardState));
    }
    if (truncateFrom <= storedIndex) {
      deleteFrom(session, truncateFrom);
    }
    int start = 0;
    while (start < entries.size()) {
      int end = rowEnd(start);
      session.insert(new LogBatchRow(entries.subList(start, end)));
      start = end;
    }
  }

  private int rowEnd(int start) {
    long bytes = 0;
    int end = start;
    while (end < entries.size() && end - start < JpaLogStore.ROW_ENTRIES) {
      bytes += entries.get(end).size();
      if (bytes > JpaLogStore.ROW_BYTES && end > start) {
        break;
      }
      end++;
    }
    return end;
  }

  /**
   * Deletes every row from {@code index} on, and keeps what of a row lies before it and behind the
   * base.
   */
  private void deleteFrom(StatelessSession session, long index) {
    List<LogBatchRow> cut =
        session
            .createSelectionQuery(
                "from LogBatch b where b.firstIndex < :index order by b.firstIndex desc",
                LogBatchRow.class)
            .setParameter("index", index)
            .setMaxResults(1)
            .list();
    session
        .createMutationQuery("delete from LogBatch b where b.firstIndex >= :index")
        .setParameter("index", index)
        .executeUpdate();
    for (LogBatchRow row : cut) {
      if (row.lastIndex() < index) {
        break; // ends right before the cut
      }
      session.delete(row);
      if (index - 1 > base.index()) {
        List<Entry> kept = Row.verified(row).entries().subList(0, (int) (index - row.firstIndex()));
        session.insert(new LogBatchRow(kept));
      }
    }
  }
}
