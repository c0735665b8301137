package org.comitia.state;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.pcollections.TreePMap;

/**
 * The next version while one command works on it. Changes rows and what is derived from them, and
 * keeps book of what was touched; thrown away when the command fails. Knows no rules of Consul's.
 */
final class Draft {
  final long index;
  private TreePMap<String, Node> nodes;
  private TreePMap<ServiceKey, Service> services;
  private TreePMap<CheckKey, Check> checks;
  private TreePMap<String, KvEntry> kv;
  private TreePMap<String, Long> tombstones;
  private TreePMap<String, Long> indexes;
  private TreePMap<String, String> nodeIds;
  private TreePMap<String, TreePMap<ServiceKey, Service>> servicesByName;
  private final Changes changes = new Changes();

  /** What a command touched: rows to save, topics to wake. */
  static final class Changes {
    final Set<String> nodes = new HashSet<>();
    final Set<ServiceKey> services = new HashSet<>();
    final Set<CheckKey> checks = new HashSet<>();
    final Set<String> keys = new HashSet<>();
    final Set<String> tombstones = new HashSet<>();
    final Set<String> indexes = new HashSet<>();
    final Set<Topic> topics = new LinkedHashSet<>();
  }

  Draft(StateVersion from, long index) {
    this.index = index;
    nodes = from.nodes();
    services = from.services();
    checks = from.checks();
    kv = from.kv();
    tombstones = from.tombstones();
    indexes = from.indexes();
    nodeIds = from.nodeIds();
    servicesByName = from.servicesByName();
  }

  StateVersion version() {
    return new StateVersion(
        index, nodes, services, checks, kv, tombstones, indexes, nodeIds, servicesByName);
  }

  Changes changes() {
    return changes;
  }

  // ---- keys

  KvEntry kv(String key) {
    return kv.get(key);
  }

  TreePMap<String, KvEntry> kvUnder(String prefix) {
    return Ranges.under(kv, prefix);
  }

  TreePMap<String, Long> tombstonesUnder(String prefix) {
    return Ranges.under(tombstones, prefix);
  }

  TreePMap<String, Long> tombstones() {
    return tombstones;
  }

  void putKv(KvEntry entry) {
    kv = kv.plus(entry.key(), entry);
    keyChanged(entry.key());
  }

  void removeKv(String key) {
    kv = kv.minus(key);
    keyChanged(key);
  }

  private void keyChanged(String key) {
    changes.keys.add(key);
    changes.topics.add(new Topic.Key(key));
    setIndex(Indexes.KV, index);
  }

  void putTombstone(String key) {
    tombstones = tombstones.plus(key, index);
    changes.tombstones.add(key);
  }

  void removeTombstone(String key) {
    tombstones = tombstones.minus(key);
    changes.tombstones.add(key);
  }

  // ---- indexes

  long indexOf(String name) {
    Long value = indexes.get(name);
    return value == null ? 0 : value;
  }

  void setIndex(String name, long value) {
    indexes = indexes.plus(name, value);
    changes.indexes.add(name);
  }

  // ---- nodes

  Node node(String name) {
    return nodes.get(Names.fold(name));
  }

  /** null when no node has this id. */
  Node nodeById(String id) {
    String key = nodeIds.get(Names.fold(id));
    return key == null ? null : nodes.get(key);
  }

  void putNode(Node node) {
    forgetId(nodes.get(node.key()));
    nodes = nodes.plus(node.key(), node);
    if (!node.id().isEmpty()) {
      nodeIds = nodeIds.plus(Names.fold(node.id()), node.key());
    }
    nodeChanged(node.key());
  }

  void removeNode(Node node) {
    forgetId(node);
    nodes = nodes.minus(node.key());
    nodeChanged(node.key());
  }

  private void forgetId(Node node) {
    if (node != null && !node.id().isEmpty()) {
      nodeIds = nodeIds.minus(Names.fold(node.id()));
    }
  }

  private void nodeChanged(String key) {
    changes.nodes.add(key);
    changes.topics.add(new Topic.Table(Indexes.NODES));
    changes.topics.add(new Topic.NodeServices(key));
    for (Service service : servicesOf(key)) {
      changes.topics.add(new Topic.Instances(Names.fold(service.name())));
    }
    setIndex(Indexes.NODES, index);
  }

  // ---- services

  Service service(String node, String id) {
    return services.get(ServiceKey.of(node, id));
  }

  List<Service> servicesOf(String node) {
    return new ArrayList<>(Ranges.servicesOf(services, node).values());
  }

  boolean hasInstances(String name) {
    return servicesByName.containsKey(Names.fold(name));
  }

  void putService(Service service) {
    ServiceKey key = service.key();
    unlist(services.get(key));
    services = services.plus(key, service);
    String name = Names.fold(service.name());
    TreePMap<ServiceKey, Service> instances = servicesByName.get(name);
    servicesByName =
        servicesByName.plus(
            name,
            (instances == null ? TreePMap.<ServiceKey, Service>empty() : instances)
                .plus(key, service));
    serviceChanged(key, name);
  }

  void removeService(Service service) {
    ServiceKey key = service.key();
    unlist(service);
    services = services.minus(key);
    serviceChanged(key, Names.fold(service.name()));
  }

  private void unlist(Service service) {
    if (service == null) {
      return;
    }
    String name = Names.fold(service.name());
    TreePMap<ServiceKey, Service> instances = servicesByName.get(name).minus(service.key());
    servicesByName =
        instances.isEmpty() ? servicesByName.minus(name) : servicesByName.plus(name, instances);
    changes.topics.add(new Topic.Instances(name));
  }

  private void serviceChanged(ServiceKey key, String name) {
    changes.services.add(key);
    changes.topics.add(new Topic.Table(Indexes.SERVICES));
    changes.topics.add(new Topic.NodeServices(key.node()));
    changes.topics.add(new Topic.Instances(name));
    setIndex(Indexes.SERVICES, index);
  }

  /** The index of a service that has instances moves; that of one that has none disappears. */
  void moveServiceIndex(String name) {
    String indexName = Indexes.ofService(name);
    if (hasInstances(name)) {
      setIndex(indexName, index);
    } else if (indexes.containsKey(indexName)) {
      indexes = indexes.minus(indexName);
      changes.indexes.add(indexName);
      setIndex(Indexes.EXTINCTION, index);
    }
  }

  // ---- checks

  Check check(String node, String id) {
    return checks.get(CheckKey.of(node, id));
  }

  List<Check> checksOf(String node) {
    return new ArrayList<>(Ranges.checksOf(checks, node).values());
  }

  void putCheck(Check check) {
    checks = checks.plus(check.key(), check);
    checkChanged(check.key());
  }

  void removeCheck(Check check) {
    checks = checks.minus(check.key());
    checkChanged(check.key());
  }

  private void checkChanged(CheckKey key) {
    changes.checks.add(key);
    changes.topics.add(new Topic.NodeChecks(key.node()));
    setIndex(Indexes.CHECKS, index);
  }
}
