package org.comitia.storage;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.LogBase;
import org.comitia.raft.StoredLog;
import org.comitia.raft.TermRun;
import org.hibernate.ScrollMode;
import org.hibernate.ScrollableResults;
import org.hibernate.StatelessSession;
import org.hibernate.query.SelectionQuery;

/**
 * Reads the whole log behind its base once, row by row, and verifies it. Rows that hold nothing
 * behind the base are not looked at.
 */
final class LogReader {
  /** Each row may be a mebibyte. */
  private static final int PAGE = 16;

  private final StatelessSession session;
  private final long appliedIndex;
  private final long tailBytes;
  private final LogBase known;
  private final long end;
  private final List<TermRun> runs = new ArrayList<>();
  private final List<Entry> configurations = new ArrayList<>();
  private final Deque<Entry> tail = new ArrayDeque<>();
  private LogBase base;
  private long tailSize;
  private long lastIndex;
  private long lastTerm;

  LogReader(StatelessSession session, long appliedIndex, long tailBytes) {
    this(session, appliedIndex, tailBytes, LogBase.NONE, Long.MAX_VALUE);
  }

  /**
   * The same of a log that need not lead up to a point, since the saved tables do.
   *
   * @param known that point; whatever lies at or before it is not looked at
   * @param end the last entry that was surely written; {@code Long.MAX_VALUE} when nobody knows.
   *     When that is known to lie before {@code known}, a row that begins before it holds nothing
   *     else
   */
  LogReader(StatelessSession session, long appliedIndex, long tailBytes, LogBase known, long end) {
    this.session = session;
    this.appliedIndex = appliedIndex;
    this.tailBytes = tailBytes;
    this.known = known;
    this.end = end;
  }

  static HardState hardState(StatelessSession session) {
    HardStateRow state = session.get(HardStateRow.class, HardStateRow.ID);
    if (state == null) {
      throw new DamagedRowException("table " + HardStateRow.TABLE + " has lost its row");
    }
    return Row.verified(state).hardState();
  }

  /**
   * @throws DamagedRowException when a row is damaged or missing
   */
  StoredLog read() {
    HardState hardState = hardState(session);
    LogBase stored = base(session);
    base = known.index() > stored.index() ? known : stored;
    lastIndex = base.index();
    lastTerm = base.term();
    boolean nothingElse = known.index() > 0 && known.index() >= end;
    List<LogBatchRow> rows =
        page(session, nothingElse ? lastIndex + 1 : rowWith(session, lastIndex + 1));
    while (!rows.isEmpty()) {
      rows.forEach(this::add);
      rows = page(session, lastIndex + 1);
    }
    return new StoredLog(
        hardState,
        base,
        lastIndex,
        List.copyOf(runs),
        List.copyOf(configurations),
        appliedIndex,
        List.copyOf(tail));
  }

  /**
   * What the log begins behind.
   *
   * @throws DamagedRowException when the row is damaged or missing
   */
  static LogBase base(StatelessSession session) {
    LogBaseRow row = session.get(LogBaseRow.class, LogBaseRow.ID);
    if (row != null) {
      return Row.verified(row).base();
    }
    IdentityRow identity = session.get(IdentityRow.class, IdentityRow.ID);
    if (identity != null && identity.format() != IdentityRow.WHOLE_LOG) {
      throw new DamagedRowException("table " + LogBaseRow.TABLE + " has lost its row");
    }
    return LogBase.NONE;
  }

  /**
   * The first index of the row that holds the entry at {@code index} if there is one: of the last
   * row that begins at or before it. That index itself when no row does.
   */
  static long rowWith(StatelessSession session, long index) {
    Long first =
        session
            .createSelectionQuery(
                "select max(b.firstIndex) from LogBatch b where b.firstIndex <= :index", Long.class)
            .setParameter("index", index)
            .getSingleResult();
    return first == null ? index : first;
  }

  private static List<LogBatchRow> page(StatelessSession session, long firstIndex) {
    return from(session, firstIndex).setMaxResults(PAGE).list();
  }

  /** The rows from this one on, fetched one by one as they are asked for. */
  static ScrollableResults<LogBatchRow> rows(StatelessSession session, long firstIndex) {
    return from(session, firstIndex).setFetchSize(1).scroll(ScrollMode.FORWARD_ONLY);
  }

  private static SelectionQuery<LogBatchRow> from(StatelessSession session, long firstIndex) {
    return session
        .createSelectionQuery(
            "from LogBatch b where b.firstIndex >= :first order by b.firstIndex", LogBatchRow.class)
        .setParameter("first", firstIndex);
  }

  static DamagedRowException gap(long expected, LogBatchRow found) {
    return new DamagedRowException(
        found.describe() + " follows where entry " + expected + " should be: a row is missing");
  }

  static DamagedRowException fallingTerm(LogBatchRow row, Entry entry, long before) {
    return new DamagedRowException(
        row.describe() + ": term " + entry.term() + " behind term " + before);
  }

  private void add(LogBatchRow row) {
    // Also when it says that it ends at or before the base: if that is damaged, entries are lost.
    Row.verified(row);
    if (row.lastIndex() <= base.index()) {
      return;
    }
    boolean reachesOverBase = lastIndex == base.index() && row.firstIndex() <= lastIndex;
    if (row.firstIndex() != lastIndex + 1 && !reachesOverBase) {
      throw gap(lastIndex + 1, row);
    }
    for (Entry entry : row.entries()) {
      if (entry.index() > base.index()) {
        add(entry, row);
      }
    }
  }

  private void add(Entry entry, LogBatchRow row) {
    if (entry.term() < lastTerm) {
      throw fallingTerm(row, entry, lastTerm);
    }
    if (entry.term() != lastTerm || runs.isEmpty()) {
      runs.add(new TermRun(entry.index(), entry.term()));
    }
    if (entry.kind() == Entry.Kind.CONFIGURATION) {
      configurations.add(entry);
    }
    lastIndex = entry.index();
    lastTerm = entry.term();
    if (entry.index() > appliedIndex) {
      tail.addLast(entry);
      tailSize += entry.size();
      while (tailSize > tailBytes) {
        tailSize -= tail.removeFirst().size();
      }
    }
  }
}
