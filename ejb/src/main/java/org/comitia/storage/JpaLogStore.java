package org.comitia.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.comitia.cluster.Durability;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.files.DurableFiles;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
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
  /** Bounds of one row; a larger batch becomes several rows of the same transaction. */
  static final int ROW_ENTRIES = 1024;

  static final int ROW_BYTES = 1 << 20;

  private static final List<String> TABLES =
      List.of(
          "CREATE TABLE IF NOT EXISTS log_batches (first_index NUMBER PRIMARY KEY,"
              + " last_index NUMBER NOT NULL, last_term NUMBER NOT NULL,"
              + " entries BYTES NOT NULL, checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS hard_state (id NUMBER PRIMARY KEY, term NUMBER NOT NULL,"
              + " vote_node TEXT, vote_incarnation TEXT, checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS records (name TEXT PRIMARY KEY, value BYTES NOT NULL,"
              + " checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS store_identity (id NUMBER PRIMARY KEY,"
              + " format_version NUMBER NOT NULL, incarnation TEXT NOT NULL,"
              + " checksum NUMBER NOT NULL)");

  private final Path directory;
  private final StoreLock lock;
  private final Database database;
  private final WalWatch wal;
  private UUID incarnation;
  private long lastIndex;
  private StoreException failure;
  private boolean closed;

  private JpaLogStore(Path directory, StoreLock lock, Database database) {
    this.directory = directory;
    this.lock = lock;
    this.database = database;
    this.wal = new WalWatch(directory.resolve(Unit.LOG.fileName() + "-wal"), System::nanoTime);
  }

  /** Creates the directory if need be, locks it, opens the database. */
  static JpaLogStore open(DataSource dataSource, Path directory) throws StoreException {
    try {
      DurableFiles.createDirectories(directory);
    } catch (IOException e) {
      throw new StoreException("cannot create " + directory + ": " + e, e);
    }
    StoreLock lock = StoreLock.acquire(directory);
    Database database = null;
    try {
      database = Database.open(Unit.LOG, dataSource, directory, TABLES);
      JpaLogStore store = new JpaLogStore(directory, lock, database);
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
                row = new IdentityRow(UUID.randomUUID());
                session.insert(row);
                session.insert(new HardStateRow(HardState.INITIAL));
              }
              return verified(row);
            });
    lastIndex = database.transaction(JpaLogStore::lastStoredIndex);
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
    lastIndex = log.lastIndex();
    return log;
  }

  @Override
  public void write(List<Persist> persists, Map<String, byte[]> records) throws StoreException {
    requireUsable();
    PlannedWrite plan = PlannedWrite.of(persists, lastIndex);
    if (plan.isEmpty() && records.isEmpty()) {
      return;
    }
    try {
      database.transaction(
          session -> {
            plan.carryOut(session);
            setRecords(session, records);
            return null;
          });
      lastIndex = plan.lastIndex();
      wal.look();
    } catch (StoreException e) {
      failure = e;
      throw e;
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
  public boolean sweep() {
    return false;
  }

  @Override
  public List<Entry> read(long fromIndex, int maxBytes) throws StoreException {
    requireUsable();
    if (fromIndex < 1 || fromIndex > lastIndex) {
      return List.of();
    }
    return database.transaction(session -> readEntries(session, fromIndex, maxBytes));
  }

  private static List<Entry> readEntries(StatelessSession session, long fromIndex, int maxBytes) {
    List<Entry> found = new ArrayList<>();
    long bytes = 0;
    long next = firstIndexOfRowWith(session, fromIndex);
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
    return found;
  }

  private static long firstIndexOfRowWith(StatelessSession session, long index) {
    Long first =
        session
            .createSelectionQuery(
                "select max(b.firstIndex) from LogBatch b where b.firstIndex <= :index", Long.class)
            .setParameter("index", index)
            .getSingleResult();
    if (first == null) {
      throw new DamagedRowException(
          "table " + LogBatchRow.TABLE + " has lost the row that holds entry " + index);
    }
    return first;
  }

  @Override
  public void reopen() throws StoreException {
    if (closed) {
      throw new StoreException("the log in " + directory + " is closed");
    }
    try {
      database.reopen();
      lastIndex =
          database.transaction(
              session -> {
                requireSameIdentity(session);
                return new LogReader(session, 0, 0).read().lastIndex();
              });
      records();
      failure = null;
    } catch (StoreException e) {
      failure = e;
      throw e;
    }
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
