package org.comitia.storage;

import java.util.ArrayList;
import java.util.List;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.Persist;
import org.hibernate.StatelessSession;

/**
 * Several {@link Persist}s, folded into what is left to do of them: at most one hard state, one
 * truncation and one contiguous run of entries.
 */
final class PlannedWrite {
  private final long storedIndex;
  private HardState hardState;
  private long truncateFrom = Long.MAX_VALUE;
  private final List<Entry> entries = new ArrayList<>();

  private PlannedWrite(long storedIndex) {
    this.storedIndex = storedIndex;
  }

  /**
   * @param lastIndex the last entry stored before
   * @throws StoreException when entries do not follow each other without a gap
   */
  static PlannedWrite of(List<Persist> persists, long lastIndex) throws StoreException {
    PlannedWrite plan = new PlannedWrite(lastIndex);
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
    for (Entry entry : persist.entries()) {
      if (entry.index() != lastIndex() + 1) {
        throw new StoreException(
            "entry " + entry.index() + " cannot be stored behind entry " + lastIndex());
      }
      entries.add(entry);
    }
  }

  private void truncate(long from) {
    while (!entries.isEmpty() && entries.get(entries.size() - 1).index() >= from) {
      entries.remove(entries.size() - 1);
    }
    if (from <= storedIndex) {
      truncateFrom = Math.min(truncateFrom, from);
    }
  }

  boolean isEmpty() {
    return hardState == null && truncateFrom == Long.MAX_VALUE && entries.isEmpty();
  }

  /** The last entry's index after this. */
  long lastIndex() {
    return entries.isEmpty()
        ? Math.min(storedIndex, truncateFrom - 1)
        : entries.get(entries.size() - 1).index();
  }

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

  /** Deletes every row from {@code index} on, and keeps what of a row lies before it. */
  private static void deleteFrom(StatelessSession session, long index) {
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
      List<Entry> kept = Row.verified(row).entries().subList(0, (int) (index - row.firstIndex()));
      session.delete(row);
      session.insert(new LogBatchRow(kept));
    }
  }
}
