package org.comitia.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.comitia.access.AccessKey;
import org.comitia.access.AccessObject;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Durability;
import org.comitia.cluster.Scrub;
import org.comitia.cluster.StoreDisk;
import org.comitia.cluster.StoreException;
import org.comitia.files.DiskRoom;
import org.comitia.files.DurableFiles;
import org.comitia.raft.Configuration;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Check;
import org.comitia.state.CheckKey;
import org.comitia.state.Coordinate;
import org.comitia.state.CoordinateKey;
import org.comitia.state.KvEntry;
import org.comitia.state.LockDelay;
import org.comitia.state.Node;
import org.comitia.state.PreparedQuery;
import org.comitia.state.Service;
import org.comitia.state.ServiceKey;
import org.comitia.state.Session;
import org.comitia.state.StateLimit;
import org.comitia.state.StateVersion;
import org.comitia.state.Tables;
import org.comitia.state.Touched;
import org.hibernate.StatelessSession;
import org.pcollections.TreePMap;

/**
 * The saved tables in a database of their own, which is open to anybody's SQL reader while the
 * server runs. A touched row is deleted, and written anew when it still exists: two statements,
 * each sent in batches.
 */
final class JpaCatalogStore implements CatalogStore {
  /** How many statements go to the database at a time. */
  private static final int BATCH = 64;

  private static final Point NOTHING = new Point(0, 0, null, Configuration.EMPTY, 0);

  private static final Logger LOG = Logger.getLogger("agent.store");

  private final Database database;
  private final DamagedFile file;
  private final DiskRoom room;

  /** Whether the last write failed, so that the connection may be dead. */
  private boolean failed;

  /** What the database has acknowledged. */
  private long savedIndex;

  /** What was found by {@link #load}; null when nothing was. */
  private StoreException damage;

  private JpaCatalogStore(Database database, Path directory, DiskRoom room) {
    this.database = database;
    this.room = room;
    this.file = new DamagedFile(directory, Unit.CATALOG.fileName());
  }

  /**
   * Opens the tables. The directory's lock is the log store's: open that one first. A file that is
   * damaged is put away: what it held comes from the log, or from the leader.
   */
  static JpaCatalogStore open(DataSource dataSource, Path directory, DiskRoom room)
      throws StoreException {
    Database database;
    try {
      database = opened(dataSource, directory);
    } catch (StoreException e) {
      DamagedFile file = new DamagedFile(directory, Unit.CATALOG.fileName());
      if (!e.isDamage() || !file.isThere()) {
        throw e;
      }
      try {
        tellPutAway(e, file.putAway());
      } catch (IOException stays) {
        e.addSuppressed(stays);
        throw e;
      }
      database = opened(dataSource, directory);
    }
    try {
      DurableFiles.syncDirectory(directory);
      return new JpaCatalogStore(database, directory, room);
    } catch (IOException e) {
      database.close();
      throw new StoreException("cannot sync " + directory + ": " + e, e);
    }
  }

  private static Database opened(DataSource dataSource, Path directory) throws StoreException {
    return Database.open(
        Unit.CATALOG, dataSource, directory, CatalogTables.DDL, CatalogTables.ADDED);
  }

  private static void tellPutAway(StoreException damage, String name) {
    LOG.severe(
        "COM3072: the saved tables are damaged and were put away as "
            + name
            + "; what they held comes from the log, or from the leader. Look at the disk: error=\""
            + damage.getMessage()
            + "\"");
  }

  @Override
  public Saved load() throws StoreException {
    Saved saved;
    try {
      saved = database.transaction(JpaCatalogStore::saved);
    } catch (StoreException e) {
      damage = e;
      throw e;
    }
    savedIndex = saved.point().appliedIndex();
    return saved;
  }

  private static Saved saved(StatelessSession session) {
    SavedPointRow row = session.get(SavedPointRow.class, SavedPointRow.ID);
    if (row == null) {
      return new Saved(NOTHING, StateVersion.EMPTY);
    }
    Point point = Row.verified(row).point();
    requireOurFormat(row.format());
    return new Saved(point, state(session, point.appliedIndex()));
  }

  private static void requireOurFormat(long format) {
    if (format > SavedPointRow.FORMAT) {
      throw DamagedRowException.ofAnotherVersion(
          "COM1017: written by a newer version (format %d, this one knows up to %d): start that version again"
              .formatted(format, SavedPointRow.FORMAT));
    }
    if (format < SavedPointRow.OLDEST_FORMAT) {
      throw DamagedRowException.ofAnotherVersion(
          "COM1018: written by an older version (format %d, this one needs %d or later): start a version in between once; or, if the other servers have a leader, remove raft/catalog.db (on PostgreSQL drop its tables) and start again: the tables come from the log or from the leader"
              .formatted(format, SavedPointRow.OLDEST_FORMAT));
    }
  }

  private static StateVersion state(StatelessSession session, long appliedIndex) {
    Map<String, Node> nodes = new HashMap<>();
    Map<ServiceKey, Service> services = new HashMap<>();
    Map<CheckKey, Check> checks = new HashMap<>();
    Map<String, KvEntry> kv = new HashMap<>();
    Map<String, Long> tombstones = new HashMap<>();
    Map<String, Long> indexes = new HashMap<>();
    Map<String, LockDelay> lockDelays = new HashMap<>();
    Map<String, PreparedQuery> queries = new HashMap<>();
    Map<CoordinateKey, Coordinate> coordinates = new HashMap<>();
    Map<String, AutopilotConfig> autopilot = new HashMap<>();
    Map<AccessKey, AccessObject> access = new HashMap<>();
    each(session, NodeRow.class, NodeRow::node, v -> nodes.put(v.key(), v));
    each(session, ServiceRow.class, ServiceRow::service, v -> services.put(v.key(), v));
    each(session, CheckRow.class, CheckRow::check, v -> checks.put(v.key(), v));
    each(session, KvRow.class, KvRow::entry, v -> kv.put(v.key(), v));
    each(session, TombstoneRow.class, r -> r, row -> tombstones.put(row.key(), row.deleteIndex()));
    each(session, IndexRow.class, r -> r, row -> indexes.put(row.name(), row.modifyIndex()));
    each(session, LockDelayRow.class, r -> r, row -> lockDelays.put(row.key(), row.lockDelay()));
    each(session, PreparedQueryRow.class, PreparedQueryRow::query, v -> queries.put(v.key(), v));
    each(session, CoordinateRow.class, CoordinateRow::coordinate, v -> coordinates.put(v.key(), v));
    each(session, AutopilotRow.class, r -> r, row -> autopilot.put(row.name(), row.config()));
    each(session, AccessRow.class, AccessRow::object, v -> access.put(v.key(), v));
    return new StateVersion(
        appliedIndex,
        new Tables(
            TreePMap.from(nodes),
            TreePMap.from(services),
            TreePMap.from(checks),
            TreePMap.from(kv),
            TreePMap.from(tombstones),
            TreePMap.from(indexes),
            TreePMap.from(sessions(session)),
            TreePMap.from(lockDelays),
            TreePMap.from(queries),
            TreePMap.from(coordinates),
            TreePMap.from(autopilot),
            TreePMap.from(access)));
  }

  static Map<String, Session> sessions(StatelessSession session) {
    Map<String, List<SessionCheckRow>> checks = new HashMap<>();
    each(
        session,
        SessionCheckRow.class,
        r -> r,
        row -> checks.computeIfAbsent(row.session(), s -> new ArrayList<>()).add(row));
    checks.values().forEach(c -> c.sort(Comparator.comparingLong(SessionCheckRow::position)));
    Map<String, Session> sessions = new HashMap<>();
    each(
        session,
        SessionRow.class,
        row -> row.session(checks.getOrDefault(row.key(), List.of())),
        v -> sessions.put(v.key(), v));
    return sessions;
  }

  static <R extends Row, V> void each(
      StatelessSession session, Class<R> type, Function<R, V> value, Consumer<V> take) {
    try (var rows =
        session.createSelectionQuery("from " + type.getSimpleName(), type).getResultStream()) {
      rows.forEach(row -> take.accept(value.apply(Row.verified(row))));
    }
  }

  @Override
  public void save(Point point, StateVersion version, Touched touched) throws StoreException {
    write(
        point,
        session -> {
          if (mayHaveGone()) {
            requireNotOlder(session);
          }
          CatalogWrite write = new CatalogWrite(session, version);
          write.delete(touched);
          write.insert(touched);
          write.savePoint(point);
        });
  }

  @Override
  public void replace(Point point, StateVersion version) throws StoreException {
    write(
        point,
        session -> {
          CatalogWrite write = new CatalogWrite(session, version);
          write.deleteAll();
          write.insert(Touched.all(version.tables()));
          write.savePoint(point);
        });
  }

  private void write(Point point, Consumer<StatelessSession> rows) throws StoreException {
    if (mayHaveGone()) {
      database.reopen();
    }
    try {
      database.transaction(
          session -> {
            session.setJdbcBatchSize(BATCH);
            rows.accept(session);
            return null;
          });
    } catch (StoreException e) {
      failed |= !e.isDamage();
      throw e;
    }
    failed = false;
    savedIndex = point.appliedIndex();
  }

  /**
   * A connection to PostgreSQL is dead for good once that server was restarted. SQLite has nothing
   * that goes away, and a new connection there would be a checkpoint, which any reader can block.
   */
  private boolean mayHaveGone() {
    return failed && database.product() == Product.POSTGRESQL;
  }

  /** The server that came back may have been restored: touched rows alone would not mend that. */
  private void requireNotOlder(StatelessSession session) {
    SavedPointRow row = session.get(SavedPointRow.class, SavedPointRow.ID);
    long found = row == null ? 0 : Row.verified(row).point().appliedIndex();
    if (found < savedIndex) {
      throw new DamagedRowException(
          "the tables are at index %d, this server had saved index %d: was the database restored? Restart this server"
              .formatted(found, savedIndex));
    }
  }

  @Override
  public String rewrite(Point point, StateVersion version) throws StoreException {
    if (!database.disk().replaced().isEmpty()) { // whatever lies there is not what was saved
      String put = database.beginAnew(file::putAway);
      replace(point, version);
      return DamagedFile.words(put);
    }
    requireRoom();
    String kept = database.keepCopy(room);
    try {
      replace(point, version); // one transaction: a crash leaves what was there
      database.requireIntegrity();
    } catch (StoreException e) {
      if (!e.isDamage() || !file.isThere()) {
        throw e;
      }
      // Pages that cannot be written to.
      String put = database.beginAnew(file::putAway);
      replace(point, version);
      kept = keepsOne(put) ? DamagedFile.words(put) : kept;
    }
    return kept;
  }

  private boolean keepsOne(String put) {
    try {
      return file.keepsOne(put);
    } catch (IOException stays) {
      LOG.warning("a second copy of damaged tables could not be deleted: file=" + put);
      return true;
    }
  }

  /** A rewrite that runs out of room half-way would take what the log, on the same disk, needs. */
  private void requireRoom() throws StoreException {
    try {
      long takes = 2 * file.bytes(); // the write-ahead log as well
      long usable = room.usable().get();
      if (usable < takes) {
        throw new StoreException(
            "the damaged tables are not written anew before the disk has room for it: it takes "
                + StateLimit.text(takes)
                + ", and "
                + StateLimit.text(usable)
                + " are free");
      }
    } catch (IOException e) {
      throw new StoreException("the room for the damaged tables is unknown: " + e, e);
    }
  }

  @Override
  public String setAside() throws StoreException {
    if (database.product() != Product.SQLITE) {
      throw damage;
    }
    String name = database.beginAnew(file::putAway);
    tellPutAway(damage, name);
    return name;
  }

  @Override
  public Scrub scrub() {
    return new CatalogScrub(database);
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
  public void close() {
    database.close();
  }
}
