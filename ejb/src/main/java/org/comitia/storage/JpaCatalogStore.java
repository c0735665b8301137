package org.comitia.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.comitia.consensus.port.CatalogStore;
import org.comitia.consensus.port.StoreException;
import org.comitia.raft.Configuration;
import org.comitia.state.Check;
import org.comitia.state.CheckKey;
import org.comitia.state.KvEntry;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.comitia.state.ServiceKey;
import org.comitia.state.StateVersion;
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

  private static final List<String> TABLES =
      List.of(
          "CREATE TABLE IF NOT EXISTS nodes (node_key TEXT PRIMARY KEY, name TEXT, id TEXT, address TEXT,"
              + " datacenter TEXT, tagged_addresses TEXT, meta TEXT, create_index NUMBER NOT NULL,"
              + " modify_index NUMBER NOT NULL, checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS services (node_key TEXT NOT NULL, service_key TEXT NOT NULL, node TEXT, id TEXT, name TEXT,"
              + " kind TEXT, tags TEXT, address TEXT, tagged_addresses TEXT, meta TEXT,"
              + " port NUMBER NOT NULL, socket_path TEXT,"
              + " weight_passing NUMBER NOT NULL, weight_warning NUMBER NOT NULL,"
              + " enable_tag_override NUMBER NOT NULL, create_index NUMBER NOT NULL,"
              + " modify_index NUMBER NOT NULL, checksum NUMBER NOT NULL, PRIMARY KEY (node_key, service_key))",
          "CREATE TABLE IF NOT EXISTS checks (node_key TEXT NOT NULL, check_key TEXT NOT NULL, node TEXT, id TEXT, name TEXT,"
              + " status TEXT, notes TEXT, output TEXT, service_id TEXT, service_name TEXT,"
              + " service_tags TEXT, type TEXT, check_interval TEXT, check_timeout TEXT,"
              + " exposed_port NUMBER NOT NULL, definition TEXT, create_index NUMBER NOT NULL,"
              + " modify_index NUMBER NOT NULL, checksum NUMBER NOT NULL, PRIMARY KEY (node_key, check_key))",
          "CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value BYTES NOT NULL,"
              + " flags NUMBER NOT NULL, lock_index NUMBER NOT NULL, session TEXT,"
              + " create_index NUMBER NOT NULL, modify_index NUMBER NOT NULL,"
              + " checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS tombstones (key TEXT PRIMARY KEY,"
              + " delete_index NUMBER NOT NULL, checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS indexes (name TEXT PRIMARY KEY,"
              + " modify_index NUMBER NOT NULL, checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS saved_point (id NUMBER PRIMARY KEY,"
              + " format_version NUMBER NOT NULL, applied_index NUMBER NOT NULL,"
              + " applied_term NUMBER NOT NULL, cluster TEXT, configuration TEXT NOT NULL,"
              + " configuration_index NUMBER NOT NULL, checksum NUMBER NOT NULL)");

  private final Database database;

  private JpaCatalogStore(Database database) {
    this.database = database;
  }

  /** Opens the tables. The directory's lock is the log store's: open that one first. */
  static JpaCatalogStore open(DataSource dataSource, Path directory) throws StoreException {
    Database database = Database.open(Unit.CATALOG, dataSource, directory, TABLES);
    try {
      DurableFiles.syncDirectory(directory);
      return new JpaCatalogStore(database);
    } catch (IOException e) {
      database.close();
      throw new StoreException("cannot sync " + directory + ": " + e, e);
    }
  }

  @Override
  public Saved load() throws StoreException {
    return database.transaction(
        session -> {
          SavedPointRow row = session.get(SavedPointRow.class, SavedPointRow.ID);
          if (row == null) {
            return new Saved(NOTHING, StateVersion.EMPTY);
          }
          Point point = Row.verified(row).point();
          if (row.format() > SavedPointRow.FORMAT) {
            throw new DamagedRowException(
                "written by a newer version (format "
                    + row.format()
                    + ", this one knows up to "
                    + SavedPointRow.FORMAT
                    + "): start that version again");
          }
          return new Saved(point, state(session, point.appliedIndex()));
        });
  }

  private static StateVersion state(StatelessSession session, long appliedIndex) {
    Map<String, Node> nodes = new HashMap<>();
    Map<ServiceKey, Service> services = new HashMap<>();
    Map<CheckKey, Check> checks = new HashMap<>();
    Map<String, KvEntry> kv = new HashMap<>();
    Map<String, Long> tombstones = new HashMap<>();
    Map<String, Long> indexes = new HashMap<>();
    each(session, NodeRow.class, NodeRow::node, v -> nodes.put(v.key(), v));
    each(session, ServiceRow.class, ServiceRow::service, v -> services.put(v.key(), v));
    each(session, CheckRow.class, CheckRow::check, v -> checks.put(v.key(), v));
    each(session, KvRow.class, KvRow::entry, v -> kv.put(v.key(), v));
    each(session, TombstoneRow.class, r -> r, row -> tombstones.put(row.key(), row.deleteIndex()));
    each(session, IndexRow.class, r -> r, row -> indexes.put(row.name(), row.modifyIndex()));
    return new StateVersion(
        appliedIndex,
        TreePMap.from(nodes),
        TreePMap.from(services),
        TreePMap.from(checks),
        TreePMap.from(kv),
        TreePMap.from(tombstones),
        TreePMap.from(indexes));
  }

  private static <R extends Row, V> void each(
      StatelessSession session, Class<R> type, Function<R, V> value, Consumer<V> take) {
    try (var rows =
        session.createSelectionQuery("from " + type.getSimpleName(), type).getResultStream()) {
      rows.forEach(row -> take.accept(value.apply(Row.verified(row))));
    }
  }

  @Override
  public void save(Point point, StateVersion version, Touched touched) throws StoreException {
    database.transaction(
        session -> {
          session.setJdbcBatchSize(BATCH);
          new CatalogWrite(session, version).save(touched);
          CatalogWrite.savePoint(session, point);
          return null;
        });
  }

  @Override
  public void close() {
    database.close();
  }
}
