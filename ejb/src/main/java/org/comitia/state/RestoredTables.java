package org.comitia.state;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.pcollections.TreePMap;

/**
 * What an archived state becomes where it is restored: its rows, all of them modified by the entry
 * that restores them. So no index goes backwards, whoever waits for a change finds one, and nobody
 * compares and sets by an index of what was there before, or of another cluster's. Pure functions.
 */
final class RestoredTables {
  private RestoredTables() {}

  /**
   * The tables that take the place of others.
   *
   * @param now those that are there: their feature levels stay
   * @param index of the entry that restores them
   */
  static Tables of(Tables archived, Tables now, long index) {
    return new Tables(
        each(archived.nodes(), row -> row.at(Math.min(row.createIndex(), index), index)),
        each(archived.services(), row -> row.at(Math.min(row.createIndex(), index), index)),
        each(archived.checks(), row -> row.at(Math.min(row.createIndex(), index), index)),
        each(archived.kv(), row -> modified(row, index)),
        // What was deleted before is behind the floor of all prefixes, which is this index.
        Tables.EMPTY.tombstones(),
        indexes(archived, now, index),
        each(archived.sessions(), row -> row.at(Math.min(row.createIndex(), index), index)),
        each(archived.lockDelays(), row -> new LockDelay(row.delayNanos(), index)),
        each(archived.preparedQueries(), row -> row.at(Math.min(row.createIndex(), index), index)),
        archived.coordinates(),
        each(archived.autopilot(), row -> row.at(Math.min(row.createIndex(), index), index)),
        each(archived.access(), row -> row.at(Math.min(row.createIndex(), index), index)));
  }

  private static KvEntry modified(KvEntry row, long index) {
    return new KvEntry(
        row.key(),
        row.value(),
        row.flags(),
        row.lockIndex(),
        row.session(),
        Math.min(row.createIndex(), index),
        index);
  }

  private static TreePMap<String, Long> indexes(Tables archived, Tables now, long index) {
    SortedMap<String, Long> indexes = new TreeMap<>();
    Indexes.ALWAYS.forEach(name -> indexes.put(name, index));
    if (Derived.level(now.indexes()) >= FeatureLevel.ACCESS) { // a build before does not set them
      Indexes.OF_ACCESS.forEach(name -> indexes.put(name, index));
      Long bootstrap = archived.indexes().get(Indexes.ACL_BOOTSTRAP);
      if (bootstrap != null) {
        indexes.put(Indexes.ACL_BOOTSTRAP, Math.min(bootstrap, index));
      }
    }
    archived.services().values().forEach(s -> indexes.put(Indexes.ofService(s.name()), index));
    now.indexes()
        .forEach(
            (name, raised) -> {
              if (Indexes.isOfLevel(name)) {
                indexes.put(name, raised);
              }
            });
    return TreePMap.fromSortedMap(indexes);
  }

  private static <K, V> TreePMap<K, V> each(TreePMap<K, V> rows, UnaryOperator<V> row) {
    SortedMap<K, V> changed = new TreeMap<>(rows.comparator());
    for (Map.Entry<K, V> one : rows.entrySet()) {
      changed.put(one.getKey(), row.apply(one.getValue()));
    }
    return TreePMap.fromSortedMap(changed);
  }
}
