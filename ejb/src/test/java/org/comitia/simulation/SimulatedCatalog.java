package org.comitia.simulation;

import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Durability;
import org.comitia.cluster.Scrub;
import org.comitia.cluster.StoreDisk;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Configuration;
import org.comitia.state.StateVersion;
import org.comitia.state.Tables;
import org.comitia.state.Touched;
import org.pcollections.TreePMap;

/**
 * The saved tables, row by row as the real ones: what is not touched stays as it was saved before.
 * A save that fails between its statements changes nothing; one whose commit fails may have changed
 * all.
 */
final class SimulatedCatalog implements CatalogStore {
  private Point point = new Point(0, 0, null, Configuration.EMPTY, 0);
  private Tables rows = Tables.EMPTY;
  private boolean failNext;
  private boolean committedThoughFailed;
  private Runnable afterSave = () -> {};
  private BeforeReplace beforeReplace = point -> {};

  /** What happens first when a snapshot's tables come; may refuse them. */
  interface BeforeReplace {
    void call(Point point) throws StoreException;
  }

  Point point() {
    return point;
  }

  /**
   * @param committed whether what fails is the report of the commit, not the commit
   */
  void failNext(boolean committed) {
    failNext = true;
    committedThoughFailed = committed;
  }

  void afterSave(Runnable action) {
    afterSave = action;
  }

  void beforeReplace(BeforeReplace action) {
    beforeReplace = action;
  }

  /** The state that a server finds which starts from these tables. */
  StateVersion state() {
    return new StateVersion(point.appliedIndex(), rows);
  }

  @Override
  public Saved load() {
    return new Saved(point, state());
  }

  @Override
  public void save(Point newPoint, StateVersion version, Touched touched) throws StoreException {
    boolean fails = failNext;
    failNext = false;
    if (fails && !committedThoughFailed) {
      throw new StoreException("the simulated table cannot be written");
    }
    Tables now = version.tables();
    rows =
        new Tables(
            rows(rows.nodes(), now.nodes(), touched.nodes()),
            rows(rows.services(), now.services(), touched.services()),
            rows(rows.checks(), now.checks(), touched.checks()),
            rows(rows.kv(), now.kv(), touched.keys()),
            rows(rows.tombstones(), now.tombstones(), touched.tombstones()),
            rows(rows.indexes(), now.indexes(), touched.indexes()),
            rows(rows.sessions(), now.sessions(), touched.sessions()),
            rows(rows.lockDelays(), now.lockDelays(), touched.lockDelays()),
            rows(rows.preparedQueries(), now.preparedQueries(), touched.preparedQueries()),
            rows(rows.coordinates(), now.coordinates(), touched.coordinates()),
            rows(rows.autopilot(), now.autopilot(), touched.autopilot()),
            rows(rows.access(), now.access(), touched.access()));
    point = newPoint;
    afterSave.run();
    if (fails) {
      throw new StoreException("whether the simulated tables are committed is unknown");
    }
  }

  @Override
  public void replace(Point newPoint, StateVersion version) throws StoreException {
    beforeReplace.call(newPoint);
    boolean fails = failNext;
    failNext = false;
    if (fails && !committedThoughFailed) {
      throw new StoreException("the simulated table cannot be written");
    }
    rows = version.tables();
    point = newPoint;
    afterSave.run();
    if (fails) {
      throw new StoreException("whether the simulated tables are committed is unknown");
    }
  }

  @Override
  public String rewrite(Point newPoint, StateVersion version) throws StoreException {
    replace(newPoint, version);
    return "no copy is kept";
  }

  @Override
  public String setAside() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Scrub scrub() {
    throw new UnsupportedOperationException();
  }

  @Override
  public StoreDisk disk() {
    return StoreDisk.UNKNOWN;
  }

  private static <K, V> TreePMap<K, V> rows(
      TreePMap<K, V> saved, TreePMap<K, V> now, Iterable<K> touched) {
    TreePMap<K, V> rows = saved;
    for (K key : touched) {
      V value = now.get(key);
      rows = value == null ? rows.minus(key) : rows.plus(key, value);
    }
    return rows;
  }

  @Override
  public Durability durability() {
    return null;
  }

  @Override
  public void close() {}
}
