package org.comitia.storage;

import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.comitia.cluster.CatalogStore;
import org.comitia.state.CheckKey;
import org.comitia.state.CoordinateKey;
import org.comitia.state.ServiceKey;
import org.comitia.state.Session;
import org.comitia.state.StateVersion;
import org.comitia.state.Touched;
import org.hibernate.StatelessSession;

/** One save: deletes the touched rows, or all, and inserts those that still exist. */
final class CatalogWrite {
  /** How many keys one delete names; always this many or one, so that few statements differ. */
  private static final int KEYS = 64;

  private final StatelessSession session;
  private final StateVersion version;

  CatalogWrite(StatelessSession session, StateVersion version) {
    this.session = session;
    this.version = version;
  }

  /** Every row of the state, but not the point. */
  void deleteAll() {
    for (Class<?> entity : Unit.CATALOG.entities()) {
      if (entity != SavedPointRow.class) {
        session.createMutationQuery("delete from " + entity.getSimpleName()).executeUpdate();
      }
    }
  }

  void delete(Touched touched) {
    deleteByText("NodeRow", "key", touched.nodes());
    deleteByNodeAndId("ServiceRow", touched.services(), ServiceKey::node, ServiceKey::id);
    deleteByNodeAndId("CheckRow", touched.checks(), CheckKey::node, CheckKey::id);
    deleteByText("KvRow", "key", touched.keys());
    deleteByText("TombstoneRow", "key", touched.tombstones());
    deleteByText("IndexRow", "name", touched.indexes());
    deleteByText("SessionCheckRow", "session", touched.sessions());
    deleteByText("SessionRow", "key", touched.sessions());
    deleteByText("LockDelayRow", "key", touched.lockDelays());
    deleteByText("PreparedQueryRow", "key", touched.preparedQueries());
    deleteByNodeAndId(
        "CoordinateRow", touched.coordinates(), CoordinateKey::node, CoordinateKey::segment);
    deleteByText("AutopilotRow", "name", touched.autopilot());
    deleteByText(
        "AccessRow", "key", touched.access().stream().map(AccessRow::key).collect(toSet()));
  }

  /** Those that still exist. None of them may be in the tables. */
  void insert(Touched touched) {
    insert(touched.nodes(), name -> map(version.nodes().get(name), NodeRow::new));
    insert(touched.services(), key -> map(version.services().get(key), ServiceRow::new));
    insert(touched.checks(), key -> map(version.checks().get(key), CheckRow::new));
    insert(touched.keys(), key -> map(version.kv().get(key), KvRow::new));
    insert(
        touched.tombstones(),
        key -> map(version.tombstones().get(key), index -> new TombstoneRow(key, index)));
    insert(
        touched.indexes(),
        name -> map(version.indexes().get(name), index -> new IndexRow(name, index)));
    insertSessions(touched.sessions());
    insert(
        touched.lockDelays(),
        key -> map(version.lockDelays().get(key), delay -> new LockDelayRow(key, delay)));
    insert(
        touched.preparedQueries(),
        key -> map(version.preparedQueries().get(key), PreparedQueryRow::new));
    insert(touched.coordinates(), key -> map(version.coordinates().get(key), CoordinateRow::new));
    insert(
        touched.autopilot(), key -> map(version.tables().autopilot().get(key), AutopilotRow::new));
    insert(touched.access(), key -> map(version.tables().access().get(key), AccessRow::new));
  }

  private void insertSessions(Set<String> keys) {
    insert(keys, key -> map(version.sessions().get(key), SessionRow::new));
    for (String key : keys) {
      Session found = version.sessions().get(key);
      if (found != null) {
        SessionCheckRow.of(found).forEach(session::insert);
      }
    }
  }

  void savePoint(CatalogStore.Point point) {
    session.createMutationQuery("delete from SavedPointRow").executeUpdate();
    session.insert(new SavedPointRow(point, version.level()));
  }

  private static <V, R> R map(V value, Function<V, R> row) {
    return value == null ? null : row.apply(value);
  }

  private <K> void insert(Set<K> keys, Function<K, Object> rowOrNull) {
    Stream<Object> rows = keys.stream().map(rowOrNull).filter(Objects::nonNull);
    rows.forEach(session::insert);
  }

  private void deleteByText(String entity, String id, Set<String> keys) {
    List<String> chunk = new ArrayList<>(KEYS);
    for (String key : keys) {
      chunk.add(StoredText.escape(key));
      if (chunk.size() == KEYS) {
        delete(entity, id, chunk);
        chunk.clear();
      }
    }
    for (String key : chunk) {
      delete(entity, id, List.of(key));
    }
  }

  private void delete(String entity, String id, List<String> keys) {
    session
        .createMutationQuery("delete from " + entity + " r where r." + id + " in (:keys)")
        .setParameter("keys", keys)
        .executeUpdate();
  }

  private <K> void deleteByNodeAndId(
      String entity, Set<K> keys, Function<K, String> node, Function<K, String> id) {
    for (K key : keys) {
      session
          .createMutationQuery(
              "delete from " + entity + " r where r.nodeKey = :node and r.key = :id")
          .setParameter("node", StoredText.escape(node.apply(key)))
          .setParameter("id", StoredText.escape(id.apply(key)))
          .executeUpdate();
    }
  }
}
