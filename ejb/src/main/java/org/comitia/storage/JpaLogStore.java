package org.comitia.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.comitia.cluster.Durability;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.Scrub;
import org.comitia.cluster.StoreDisk;
import org.comitia.cluster.StoreException;
import org.comitia.files.DiskRoom;
import org.comitia.files.DurableFiles;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;
import org.comitia.raft.StoredLog;
import org.hibernate.ScrollableResults;
import org.hibernate.StatelessSession;

/**
 * The log in a database of its own: entries that are written together lie in one row, because a
 * row's cost is the same for one entry and for sixty-four (docs/design/storage.md). One transaction
 * and one sync a {@link #write}.
 */
final class JpaLogStore implements LogStore {
  private static final Logger LOG = Logger.getLogger("agent.store");

  /** Bounds of one row; a larger batch becomes several rows of the same transaction. */
  static final int ROW_ENTRIES = 1024;

  static final int ROW_BYTES = 1 << 20;

  /**
   * Bounds of what one {@link #sweep} deletes: no more rows, and none once so many bytes are
   * passed.
   */
  static final int SWEEP_ROWS = 250;

  static final int SWEEP_BYTES = 256 << 10;

  private static final List<String> TABLES =
      List.of(
          "CREATE TABLE IF NOT EXISTS log_batches (first_index NUMBER PRIMARY KEY,"
              + " last_index NUMBER NOT NULL, last_term NUMBER NOT NULL,"
              + " entries BYTES NOT NULL, checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS log_base (id NUMBER PRIMARY KEY, base_index NUMBER NOT NULL,"
              + " base_term NUMBER NOT NULL, configuration BYTES NOT NULL,"
              + " configuration_index NUMBER NOT NULL, checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS hard_state (id NUMBER PRIMARY KEY, term NUMBER NOT NULL,"
              + " vote_node TEXT, vote_incarnation TEXT, checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS records (name TEXT PRIMARY KEY, value BYTES NOT NULL,"
              + " checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS store_identity (id NUMBER PRIMARY KEY,"
              + " format_version NUMBER NOT NULL, incarnation TEXT NOT NULL,"
              + " checksum NUMBER NOT NULL)");

  private final Path directory;
  private final DiskRoom room;
  private final StoreLock lock;
  private final Database database;
  private final WalWatch wal;
  private UUID incarnation;
  private volatile LogBase base = LogBase.NONE;
  private volatile long lastIndex;

  /** Whether {@link #lastIndex} is more than what an unverified row says. */
  private boolean lastIsKnown;

  /** Whether rows may be left that hold nothing behind the base. */
  private boolean unswept = true;

  private volatile StoreException failure;
  private volatile boolean closed;

  private JpaLogStore(Path directory, DiskRoom room, StoreLock lock, Database database) {
    this.directory = directory;
    this.room = room;
    this.lock = lock;
    this.database = database;
    this.wal = new WalWatch(directory.resolve(Unit.LOG.fileName() + "-wal"), System::nanoTime);
  }

  /** Creates the directory if need be, locks it, opens the database. */
  static JpaLogStore open(DataSource dataSource, Path directory, DiskRoom room)
      throws StoreException {
    try {
      DurableFiles.createDirectories(directory);
    } catch (IOException e) {
      throw new StoreException("cannot create " + directory + ": " + e, e);
    }
    StoreLock lock = StoreLock.acquire(directory);
    Database database = null;
    try {
      database = Database.open(Unit.LOG, dataSource, directory, TABLES);
      JpaLogStore store = new JpaLogStore(directory, room, lock, database);
      store.identify();
      DurableFiles.syncDirectory(directory);
      return store;
    } catch (StoreException | IOException | RuntimeException e) {
      if (database != null) {
        database.close();
      }
      lock.close();
      if (e instanceof StoreException failed) {
        throw failed;
      }
      throw new StoreException("cannot open the log in " + directory + ": " + e, e);
    }
  }

  /** Finds the store's identity, or mints one when there is nothing in it yet. */
  private void identify() throws StoreException {
    incarnation =
        database.transaction(
            session -> {
              IdentityRow row = session.get(IdentityRow.class, IdentityRow.ID);
              if (row == null) {
                refuseUnlessEmpty(session);
                row = new IdentityRow(UUID.randomUUID(), IdentityRow.WHOLE_LOG);
                session.insert(row);
                session.insert(new HardStateRow(HardState.INITIAL));
              }
              return verified(row);
            });
    base = database.transaction(LogReader::base);
    lastIndex = Math.max(base.index(), database.transaction(JpaLogStore::lastStoredIndex));
  }

  private static UUID verified(IdentityRow row) {
    Row.verified(row);
    if (row.format() > IdentityRow.FORMAT) {
      throw new DamagedRowException(
          "COM1016: written by a newer version (format "
              + row.format()
              + ", this one knows up to "
              + IdentityRow.FORMAT
              + "): start that version again");
    }
    return row.incarnation();
  }

  private void requireSameIdentity(StatelessSession session) {
    IdentityRow row = session.get(IdentityRow.class, IdentityRow.ID);
    if (row == null || !verified(row).equals(incarnation)) {
      throw new DamagedRowException("the store was replaced while it was in use");
    }
  }

  private static void refuseUnlessEmpty(StatelessSession session) {
    if (lastStoredIndex(session) > 0
        || session.get(LogBaseRow.class, LogBaseRow.ID) != null
        || session.get(HardStateRow.class, HardStateRow.ID) != null
        || !session.createSelectionQuery("from NamedRecord", RecordRow.class).list().isEmpty()) {
      throw new DamagedRowException(
          "table " + IdentityRow.TABLE + " has lost its row while others still have theirs");
    }
  }

  private static long lastStoredIndex(StatelessSession session) {
    List<Long> last =
        session
            .createSelectionQuery(
                "select b.lastIndex from LogBatch b order by b.firstIndex desc", Long.class)
            .setMaxResults(1)
            .list();
    return last.isEmpty() ? 0 : last.get(0);
  }

  @Override
  public UUID incarnation() {
    return incarnation;
  }

  @Override
  public Map<String, byte[]> records() throws StoreException {
    return database.transaction(
        session -> {
          Map<String, byte[]> records = new HashMap<>();
          for (RecordRow row :
              session.createSelectionQuery("from NamedRecord", RecordRow.class).list()) {
            records.put(Row.verified(row).name(), row.value());
          }
          return records;
        });
  }

  @Override
  public StoredLog load(long appliedIndex, long tailBytes) throws StoreException {
    requireUsable();
    StoredLog log =
        database.transaction(session -> new LogReader(session, appliedIndex, tailBytes).read());
    take(log);
    return log;
  }

  private void take(StoredLog log) {
    base = log.base();
    lastIndex = log.lastIndex();
    lastIsKnown = true;
  }

  @Override
  public void write(List<Persist> persists, Map<String, byte[]> records) throws StoreException {
    requireUsable();
    PlannedWrite plan = PlannedWrite.of(persists, base, lastIndex);
    if (plan.isEmpty() && records.isEmpty()) {
      return;
    }
    carryOut(plan, records, session -> {});
  }

  @Override
  public void become(UUID next, List<Persist> persists, Map<String, byte[]> records)
      throws StoreException {
    requireUsable();
    carryOut(
        PlannedWrite.of(persists, base, lastIndex),
        records,
        session -> {
          long format = session.get(IdentityRow.class, IdentityRow.ID).format();
          session.update(new IdentityRow(next, format));
        });
    incarnation = next;
  }

  private void carryOut(
      PlannedWrite plan, Map<String, byte[]> records, Consumer<StatelessSession> last)
      throws StoreException {
    try {
      database.transaction(
          session -> {
            plan.carryOut(session);
            if (plan.movesBase()) {
              setBase(session, plan.base());
            }
            setRecords(session, records);
            last.accept(session);
            return null;
          });
      base = plan.base();
      lastIndex = plan.lastIndex();
      unswept |= plan.movesBase();
      wal.look();
    } catch (StoreException e) {
      failure = e;
      throw e;
    }
  }

  private void setBase(StatelessSession session, LogBase next) {
    if (session.get(LogBaseRow.class, LogBaseRow.ID) != null) {
      session.update(new LogBaseRow(next));
    } else {
      session.insert(new LogBaseRow(next));
      // A version that knows no base must not take what is gone for lost.
      session.update(new IdentityRow(incarnation, IdentityRow.FORMAT));
    }
  }

  private static void setRecords(StatelessSession session, Map<String, byte[]> records) {
    records.forEach(
        (name, value) -> {
          session
              .createMutationQuery("delete from NamedRecord r where r.name = :name")
              .setParameter("name", name)
              .executeUpdate();
          if (value.length > 0) {
            session.insert(new RecordRow(name, value));
          }
        });
  }

  @Override
  public boolean sweep() throws StoreException {
    requireUsable();
    if (unswept) {
      try {
        unswept = database.transaction(session -> sweepSlice(session, base.index()));
      } catch (StoreException e) {
        failure = e;
        throw e;
      }
    }
    return unswept;
  }

  /** Deletes the oldest rows that hold nothing behind the base; whether there may be more. */
  private static boolean sweepSlice(StatelessSession session, long baseIndex) {
    // JPA has no word for the length of bytes.
    List<Object[]> rows =
        session
            .createNativeQuery(
                "SELECT first_index, length(entries) FROM log_batches"
                    + " WHERE first_index <= :base AND last_index <= :base ORDER BY first_index",
                Object[].class)
            .setParameter("base", baseIndex)
            .setMaxResults(SWEEP_ROWS)
            .list();
    long bytes = 0;
    int count = 0;
    while (count < rows.size() && bytes < SWEEP_BYTES) {
      bytes += ((Number) rows.get(count++)[1]).longValue();
    }
    if (count > 0) {
      session
          .createMutationQuery("delete from LogBatch b where b.firstIndex <= :last")
          .setParameter("last", ((Number) rows.get(count - 1)[0]).longValue())
          .executeUpdate();
    }
    return count < rows.size() || count == SWEEP_ROWS;
  }

  @Override
  public List<Entry> read(long fromIndex, int maxBytes) throws StoreException {
    requireUsable();
    for (boolean again = false; isThere(fromIndex); again = true) {
      try {
        return database.reading(session -> readEntries(session, fromIndex, maxBytes));
      } catch (StoreException e) {
        // What was cut or truncated, and swept, between the look and the read is no damage.
        if (!e.isDamage() || again && isThere(fromIndex)) {
          throw e;
        }
      }
    }
    return List.of();
  }

  private boolean isThere(long index) {
    return index > base.index() && index <= lastIndex;
  }

  private static List<Entry> readEntries(StatelessSession session, long fromIndex, int maxBytes) {
    List<Entry> found = new ArrayList<>();
    long bytes = 0;
    long next = LogReader.rowWith(session, fromIndex);
    // Row by row: each may be a mebibyte, and no more are fetched than are wanted.
    try (ScrollableResults<LogBatchRow> rows = LogReader.rows(session, next)) {
      while ((bytes < maxBytes || found.isEmpty()) && rows.next()) {
        LogBatchRow row = rows.get();
        if (row.firstIndex() != next) {
          throw LogReader.gap(next, row);
        }
        for (Entry entry : Row.verified(row).entries()) {
          if (entry.index() >= fromIndex && (bytes < maxBytes || found.isEmpty())) {
            found.add(entry);
            bytes += entry.size();
          }
        }
        next = row.lastIndex() + 1;
      }
    }
    if (found.isEmpty()) {
      throw new DamagedRowException(
          "table " + LogBatchRow.TABLE + " has lost the row that holds entry " + fromIndex);
    }
    return found;
  }

  @Override
  public Scrub scrub() {
    return new LogScrub(database, () -> base.index());
  }

  @Override
  public void reopen(LogBase known) throws StoreException {
    if (closed) {
      throw new StoreException("the log in " + directory + " is closed");
    }
    try {
      database.reopen();
      records();
      take(verified(known));
      unswept = true;
      failure = null;
    } catch (StoreException e) {
      failure = e;
      throw e;
    }
  }

  private StoredLog verified(LogBase known) throws StoreException {
    database.transaction(
        session -> {
          requireSameIdentity(session); // another store's log is not mended
          return null;
        });
    try {
      return database.transaction(session -> new LogReader(session, 0, 0).read());
    } catch (StoreException e) {
      if (!e.isDamage() || known.index() <= base.index()) {
        throw e;
      }
      return mended(known, e);
    }
  }

  /** What is damaged is not needed if all behind {@code known} is whole. */
  private StoredLog mended(LogBase known, StoreException damage) throws StoreException {
    long end = lastIsKnown ? lastIndex : Long.MAX_VALUE;
    try {
      database.transaction(session -> new LogReader(session, 0, 0, known, end).read());
    } catch (StoreException more) {
      throw damage;
    }
    String kept = database.keepCopy(room);
    StoredLog log =
        database.transaction(
            session -> {
              StoredLog whole = new LogReader(session, 0, 0, known, end).read();
              setBase(session, known);
              session
                  .createMutationQuery(
                      "delete from LogBatch b where b.firstIndex <= :base"
                          + (known.index() >= end ? "" : " and b.lastIndex <= :base"))
                  .setParameter("base", known.index())
                  .executeUpdate();
              return whole;
            });
    LOG.warning(
        "COM3074: the log was damaged, and the saved tables have what it held: it begins behind entry "
            + known.index()
            + " now. Look at the disk; "
            + kept
            + ": error=\""
            + damage.getMessage()
            + "\"");
    return log;
  }

  private void requireUsable() throws StoreException {
    if (closed) {
      throw new StoreException("the log in " + directory + " is closed");
    }
    if (failure != null) {
      throw new StoreException(
          "the log in "
              + directory
              + " failed before and is not open again: "
              + failure.getMessage(),
          failure);
    }
  }

  @Override
  public StoreDisk disk() {
    return database.disk();
  }

  @Override
  public Durability durability() {
    return database.durability();
  }

  @Override
  public long sizeBytes() {
    return database.sizeBytes();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      database.close();
    } finally {
      lock.close();
    }
  }
}
