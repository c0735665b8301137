package org.comitia.storage;

import java.util.function.LongSupplier;
import org.comitia.cluster.Scrub;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Entry;
import org.hibernate.ScrollableResults;
import org.hibernate.StatelessSession;

/**
 * Looks through the log's database: its pages, the rows of which there is one, then the entries
 * behind the base, so many bytes a slice. What is truncated or cut between two slices is no damage.
 */
final class LogScrub implements Scrub {
  /** No further row is read in a slice once so many bytes are passed. */
  private static final int SLICE_BYTES = 512 << 10;

  private final Database database;
  private final LongSupplier baseIndex;
  private boolean begun;
  private long next;
  private long bytes;

  /**
   * @param baseIndex what the log begins behind, at this moment
   */
  LogScrub(Database database, LongSupplier baseIndex) {
    this.database = database;
    this.baseIndex = baseIndex;
  }

  @Override
  public boolean step() throws StoreException {
    if (!begun) {
      begun = true;
      database.requireIntegrity();
      database.scrubbing(LogScrub::single);
      return true;
    }
    return database.scrubbing(this::slice);
  }

  private static Void single(StatelessSession session) {
    LogReader.hardState(session);
    LogReader.base(session);
    for (RecordRow row : session.createSelectionQuery("from NamedRecord", RecordRow.class).list()) {
      Row.verified(row);
    }
    return null;
  }

  private boolean slice(StatelessSession session) {
    next = Math.max(next, LogReader.rowWith(session, baseIndex.getAsLong() + 1));
    long before = bytes;
    long term = 0;
    try (ScrollableResults<LogBatchRow> rows = LogReader.rows(session, next)) {
      boolean first = true;
      while (rows.next()) {
        LogBatchRow row = rows.get();
        if (!first && row.firstIndex() != next) {
          throw LogReader.gap(next, row);
        }
        for (Entry entry : Row.verified(row).entries()) {
          if (entry.term() < term) {
            throw LogReader.fallingTerm(row, entry, term);
          }
          term = entry.term();
          bytes += entry.size();
        }
        first = false;
        next = row.lastIndex() + 1;
        if (bytes - before >= SLICE_BYTES) {
          return true;
        }
      }
      return false;
    }
  }

  @Override
  public long bytes() {
    return bytes;
  }
}
