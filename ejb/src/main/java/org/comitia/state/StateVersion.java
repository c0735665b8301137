package org.comitia.state;

import org.comitia.access.AccessTable;
import org.pcollections.TreePMap;

/**
 * The whole replicated state at one index: immutable, shared freely between threads.
 *
 * <p>Nodes, services and checks are found by folded names ({@link Names#fold}); keys are ordered by
 * their bytes ({@link Keys#BYTE_ORDER}).
 */
public final class StateVersion {
  /** The state before the first entry. */
  public static final StateVersion EMPTY = new StateVersion(0, Tables.EMPTY);

  private final long appliedIndex;
  private final Tables tables;
  private final Derived derived;
  private final long bytes;
  private final long digest;

  /**
   * A version from its tables, e.g. as they were saved; what is derived from them is built here.
   */
  public StateVersion(long appliedIndex, Tables tables) {
    this(appliedIndex, tables, Derived.of(tables), StateSize.of(tables), RowHash.of(tables));
  }

  StateVersion(long appliedIndex, Tables tables, Derived derived, long bytes, long digest) {
    this.appliedIndex = appliedIndex;
    this.tables = tables;
    this.derived = derived;
    this.bytes = bytes;
    this.digest = digest;
  }

  /** The last applied entry's index. */
  public long appliedIndex() {
    return appliedIndex;
  }

  /** All rows. */
  public Tables tables() {
    return tables;
  }

  /** By {@link Node#key()}. */
  public TreePMap<String, Node> nodes() {
    return tables.nodes();
  }

  /** By {@link Service#key()}; a node's services are neighbours. */
  public TreePMap<ServiceKey, Service> services() {
    return tables.services();
  }

  /** By {@link Check#key()}; a node's checks are neighbours. */
  public TreePMap<CheckKey, Check> checks() {
    return tables.checks();
  }

  /** By key, in byte order. */
  public TreePMap<String, KvEntry> kv() {
    return tables.kv();
  }

  /**
   * Deleted keys and prefixes with the index that deleted them, until they are reaped; in byte
   * order.
   */
  public TreePMap<String, Long> tombstones() {
    return tables.tombstones();
  }

  /** The index at which each table, or floor, last changed; by the names in {@link Indexes}. */
  public TreePMap<String, Long> indexes() {
    return tables.indexes();
  }

  /** By {@link Session#key()}. The same object as long as no session comes or goes. */
  public TreePMap<String, Session> sessions() {
    return tables.sessions();
  }

  /**
   * The keys whose lock cannot be taken now, in byte order. The same object as long as none comes
   * or goes.
   */
  public TreePMap<String, LockDelay> lockDelays() {
    return tables.lockDelays();
  }

  /** By {@link PreparedQuery#key()}. */
  public TreePMap<String, PreparedQuery> preparedQueries() {
    return tables.preparedQueries();
  }

  /** By {@link Coordinate#key()}. */
  public TreePMap<CoordinateKey, Coordinate> coordinates() {
    return tables.coordinates();
  }

  /** What is set, else {@link AutopilotConfig#DEFAULT}. */
  public AutopilotConfig autopilot() {
    return tables.autopilot().getOrDefault(AutopilotConfig.KEY, AutopilotConfig.DEFAULT);
  }

  /** Tokens, policies and roles. The same object as long as none of them comes, goes or changes. */
  public AccessTable access() {
    return derived.access();
  }

  /**
   * The feature level in force; 0 before the first one was raised. Higher than {@link
   * FeatureLevel#KNOWN} only in tables that a newer version saved: nothing may be applied to these.
   */
  public int level() {
    return derived.level();
  }

  /** About how many bytes of memory the rows take; the same on every server. */
  public long bytes() {
    return bytes;
  }

  /**
   * The sum of a hash of each row ({@link RowHash}), kept as rows change: equal on all servers that
   * applied the same log. The applied index is not in it.
   */
  public long digest() {
    return digest;
  }

  Derived derived() {
    return derived;
  }

  /** The same state, seen after an entry that changed nothing. */
  StateVersion at(long index) {
    return new StateVersion(index, tables, derived, bytes, digest);
  }

  /** A named index, 0 when it never moved. */
  long indexOf(String name) {
    Long index = tables.indexes().get(name);
    return index == null ? 0 : index;
  }
}
