package org.comitia.state;

import java.util.Map;
import org.pcollections.TreePMap;

/**
 * The whole replicated state at one index: immutable, shared freely between threads.
 *
 * <p>Nodes, services and checks are found by folded names ({@link Names#fold}); keys are ordered by
 * their bytes ({@link Keys#BYTE_ORDER}).
 */
public final class StateVersion {
  /** The state before the first entry. */
  public static final StateVersion EMPTY =
      new StateVersion(
          0,
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(),
          TreePMap.empty(Keys.BYTE_ORDER),
          TreePMap.empty(Keys.BYTE_ORDER),
          TreePMap.empty());

  private final long appliedIndex;
  private final TreePMap<String, Node> nodes;
  private final TreePMap<ServiceKey, Service> services;
  private final TreePMap<CheckKey, Check> checks;
  private final TreePMap<String, KvEntry> kv;
  private final TreePMap<String, Long> tombstones;
  private final TreePMap<String, Long> indexes;
  private final TreePMap<String, String> nodeIds;
  private final TreePMap<String, TreePMap<ServiceKey, Service>> servicesByName;

  /**
   * A version from its tables, e.g. as they were saved; what is derived from them is built here.
   * Maps whose order is not the one that is needed are copied.
   */
  public StateVersion(
      long appliedIndex,
      TreePMap<String, Node> nodes,
      TreePMap<ServiceKey, Service> services,
      TreePMap<CheckKey, Check> checks,
      TreePMap<String, KvEntry> kv,
      TreePMap<String, Long> tombstones,
      TreePMap<String, Long> indexes) {
    this(
        appliedIndex,
        nodes,
        services,
        checks,
        inByteOrder(kv),
        inByteOrder(tombstones),
        indexes,
        idsOf(nodes),
        byName(services));
  }

  StateVersion(
      long appliedIndex,
      TreePMap<String, Node> nodes,
      TreePMap<ServiceKey, Service> services,
      TreePMap<CheckKey, Check> checks,
      TreePMap<String, KvEntry> kv,
      TreePMap<String, Long> tombstones,
      TreePMap<String, Long> indexes,
      TreePMap<String, String> nodeIds,
      TreePMap<String, TreePMap<ServiceKey, Service>> servicesByName) {
    this.appliedIndex = appliedIndex;
    this.nodes = nodes;
    this.services = services;
    this.checks = checks;
    this.kv = kv;
    this.tombstones = tombstones;
    this.indexes = indexes;
    this.nodeIds = nodeIds;
    this.servicesByName = servicesByName;
  }

  /** The last applied entry's index. */
  public long appliedIndex() {
    return appliedIndex;
  }

  /** By {@link Node#key()}. */
  public TreePMap<String, Node> nodes() {
    return nodes;
  }

  /** By {@link Service#key()}; a node's services are neighbours. */
  public TreePMap<ServiceKey, Service> services() {
    return services;
  }

  /** By {@link Check#key()}; a node's checks are neighbours. */
  public TreePMap<CheckKey, Check> checks() {
    return checks;
  }

  /** By key, in byte order. */
  public TreePMap<String, KvEntry> kv() {
    return kv;
  }

  /**
   * Deleted keys and prefixes with the index that deleted them, until they are reaped; in byte
   * order.
   */
  public TreePMap<String, Long> tombstones() {
    return tombstones;
  }

  /** The index at which each table, or floor, last changed; by the names in {@link Indexes}. */
  public TreePMap<String, Long> indexes() {
    return indexes;
  }

  /** Node keys by folded node id. */
  TreePMap<String, String> nodeIds() {
    return nodeIds;
  }

  /** The instances of each service by folded name. */
  TreePMap<String, TreePMap<ServiceKey, Service>> servicesByName() {
    return servicesByName;
  }

  /** The same state, seen after an entry that changed nothing. */
  StateVersion at(long index) {
    return new StateVersion(
        index, nodes, services, checks, kv, tombstones, indexes, nodeIds, servicesByName);
  }

  /** A named index, 0 when it never moved. */
  long indexOf(String name) {
    Long index = indexes.get(name);
    return index == null ? 0 : index;
  }

  private static <V> TreePMap<String, V> inByteOrder(TreePMap<String, V> map) {
    return map.comparator() == Keys.BYTE_ORDER ? map : TreePMap.from(Keys.BYTE_ORDER, map);
  }

  private static TreePMap<String, String> idsOf(Map<String, Node> nodes) {
    TreePMap<String, String> ids = TreePMap.empty();
    for (Node node : nodes.values()) {
      if (!node.id().isEmpty()) {
        ids = ids.plus(Names.fold(node.id()), node.key());
      }
    }
    return ids;
  }

  private static TreePMap<String, TreePMap<ServiceKey, Service>> byName(
      Map<ServiceKey, Service> services) {
    TreePMap<String, TreePMap<ServiceKey, Service>> names = TreePMap.empty();
    for (Service service : services.values()) {
      String name = Names.fold(service.name());
      TreePMap<ServiceKey, Service> instances = names.get(name);
      names =
          names.plus(
              name,
              (instances == null ? TreePMap.<ServiceKey, Service>empty() : instances)
                  .plus(service.key(), service));
    }
    return names;
  }
}
