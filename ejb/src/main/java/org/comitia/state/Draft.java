package org.comitia.state;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.comitia.access.AccessKey;
import org.comitia.access.AccessObject;
import org.comitia.access.AccessTable;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

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
  private TreePMap<String, Session> sessions;
  private TreePMap<String, LockDelay> lockDelays;
  private TreePMap<String, PreparedQuery> queries;
  private TreePMap<CoordinateKey, Coordinate> coordinates;
  private TreePMap<String, AutopilotConfig> autopilot;
  private AccessTable access;
  private TreePMap<String, String> nodeIds;
  private TreePMap<String, TreePMap<ServiceKey, Service>> servicesByName;
  private TreePMap<String, TreePMap<CheckKey, Check>> checksByService;
  private TreePMap<String, TreePMap<String, Session>> sessionsByNode;
  private TreePMap<String, TreePSet<String>> keysBySession;
  private TreePMap<String, String> queriesByName;
  private TreePMap<String, QueryTemplate> templates;
  private int level;
  private long bytes;
  private long digest;
  private final RowHash hash = new RowHash();
  private final Touched touched = Touched.none();
  private final Set<Topic> topics = new LinkedHashSet<>();
  private final List<TreePMap<String, KvEntry>> removedTrees = new ArrayList<>(0);

  Draft(StateVersion from, long index) {
    this.index = index;
    bytes = from.bytes();
    digest = from.digest();
    Tables tables = from.tables();
    nodes = tables.nodes();
    services = tables.services();
    checks = tables.checks();
    kv = tables.kv();
    tombstones = tables.tombstones();
    indexes = tables.indexes();
    sessions = tables.sessions();
    lockDelays = tables.lockDelays();
    queries = tables.preparedQueries();
    coordinates = tables.coordinates();
    autopilot = tables.autopilot();
    access = from.derived().access();
    nodeIds = from.derived().nodeIds();
    servicesByName = from.derived().servicesByName();
    checksByService = from.derived().checksByService();
    sessionsByNode = from.derived().sessionsByNode();
    keysBySession = from.derived().keysBySession();
    queriesByName = from.derived().queriesByName();
    templates = from.derived().templates();
    level = from.derived().level();
  }

  StateVersion version() {
    return new StateVersion(
        index,
        new Tables(
            nodes,
            services,
            checks,
            kv,
            tombstones,
            indexes,
            sessions,
            lockDelays,
            queries,
            coordinates,
            autopilot,
            access.rows()),
        new Derived(
            nodeIds,
            servicesByName,
            checksByService,
            sessionsByNode,
            keysBySession,
            queriesByName,
            templates,
            access,
            level),
        bytes,
        digest);
  }

  /** See {@link StateVersion#bytes()}. */
  long bytes() {
    return bytes;
  }

  /** The rows to save. */
  Touched touched() {
    return touched;
  }

  /** Whom to wake. */
  Set<Topic> topics() {
    return topics;
  }

  /** Whom to wake as well: who watches these keys, which were removed together. */
  List<TreePMap<String, KvEntry>> removedTrees() {
    return removedTrees;
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
    KvEntry old = kv.get(entry.key());
    kv = kv.plus(entry.key(), entry);
    bytes += StateSize.of(entry) - (old == null ? 0 : StateSize.of(old));
    digest += hash.of(entry) - hash.of(old);
    holderChanged(entry.key(), old == null ? null : old.session(), entry.session());
    keyChanged(entry.key());
  }

  void removeKv(KvEntry entry) {
    kv = kv.minus(entry.key());
    bytes -= StateSize.of(entry);
    digest -= hash.of(entry);
    holderChanged(entry.key(), entry.session(), null);
    keyChanged(entry.key());
  }

  /** Removes many neighbours at once. */
  void removeKvUnder(String prefix) {
    TreePMap<String, KvEntry> removed = Ranges.under(kv, prefix);
    for (KvEntry entry : removed.values()) {
      holderChanged(entry.key(), entry.session(), null);
      touched.keys().add(entry.key());
      bytes -= StateSize.of(entry);
      digest -= hash.of(entry);
    }
    kv = Ranges.without(kv, prefix);
    removedTrees.add(removed);
    setIndex(Indexes.KV, index);
  }

  private void keyChanged(String key) {
    touched.keys().add(key);
    topics.add(new Topic.Key(key));
    setIndex(Indexes.KV, index);
  }

  private void holderChanged(String key, String before, String after) {
    if (before != null && !before.equals(after)) {
      keysBySession = Derived.notHolding(keysBySession, Names.fold(before), key);
    }
    if (after != null && !after.equals(before)) {
      keysBySession = Derived.holding(keysBySession, Names.fold(after), key);
    }
  }

  void putTombstone(String key) {
    Long old = tombstones.get(key);
    countMark(old == null, key, 1);
    digest += hash.ofTombstone(key, index) - hash.ofTombstone(key, old);
    tombstones = tombstones.plus(key, index);
    touched.tombstones().add(key);
  }

  /** Replaces the tombstones; the others are to be forgotten. */
  void keepTombstones(TreePMap<String, Long> kept, Iterable<String> forgotten) {
    for (String key : forgotten) {
      Long old = tombstones.get(key);
      countMark(old != null, key, -1);
      digest -= hash.ofTombstone(key, old);
      touched.tombstones().add(key);
    }
    tombstones = kept;
  }

  private void countMark(boolean changes, String key, int sign) {
    bytes += changes ? sign * StateSize.ofMark(key) : 0;
  }

  // ---- indexes

  long indexOf(String name) {
    Long value = indexes.get(name);
    return value == null ? 0 : value;
  }

  void setIndex(String name, long value) {
    Long old = indexes.get(name);
    if (old == null ? value != 0 : old != value) {
      countMark(old == null, name, 1);
      digest += hash.ofIndex(name, value) - hash.ofIndex(name, old);
      indexes = indexes.plus(name, value);
      touched.indexes().add(name);
    }
  }

  // ---- feature level, autopilot

  /** The level in force. */
  int level() {
    return level;
  }

  /** Whether it is the next one, and in force now. Nobody watches it. */
  boolean raiseLevel(int next) {
    if (next != level + 1) {
      return false;
    }
    level = next;
    setIndex(Indexes.ofLevel(level), index);
    return true;
  }

  /** null while nobody has set it. */
  AutopilotConfig autopilot() {
    return autopilot.get(AutopilotConfig.KEY);
  }

  void putAutopilot(AutopilotConfig config) {
    AutopilotConfig old = autopilot();
    bytes += StateSize.of(config) - (old == null ? 0 : StateSize.of(old));
    digest += hash.of(config) - hash.of(old);
    autopilot = autopilot.plus(AutopilotConfig.KEY, config);
    touched.autopilot().add(AutopilotConfig.KEY);
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
    Node old = nodes.get(node.key());
    forgetId(old);
    bytes += StateSize.of(node) - (old == null ? 0 : StateSize.of(old));
    digest += hash.of(node) - hash.of(old);
    nodes = nodes.plus(node.key(), node);
    if (!node.id().isEmpty()) {
      nodeIds = nodeIds.plus(Names.fold(node.id()), node.key());
    }
    nodeChanged(node.key());
  }

  void removeNode(Node node) {
    forgetId(node);
    nodes = nodes.minus(node.key());
    bytes -= StateSize.of(node);
    digest -= hash.of(node);
    nodeChanged(node.key());
  }

  private void forgetId(Node node) {
    if (node != null && !node.id().isEmpty()) {
      nodeIds = nodeIds.minus(Names.fold(node.id()));
    }
  }

  private void nodeChanged(String key) {
    touched.nodes().add(key);
    topics.add(new Topic.Table(Indexes.NODES));
    topics.add(new Topic.NodeServices(key));
    for (Service service : servicesOf(key)) {
      topics.add(new Topic.Instances(Names.fold(service.name())));
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
    Service old = services.get(key);
    if (old != null) {
      unlist(old);
    }
    services = services.plus(key, service);
    bytes += StateSize.of(service) - (old == null ? 0 : StateSize.of(old));
    digest += hash.of(service) - hash.of(old);
    String name = Names.fold(service.name());
    servicesByName = Derived.listed(servicesByName, name, key, service);
    serviceChanged(key, name);
  }

  void removeService(Service service) {
    ServiceKey key = service.key();
    unlist(service);
    services = services.minus(key);
    bytes -= StateSize.of(service);
    digest -= hash.of(service);
    serviceChanged(key, Names.fold(service.name()));
  }

  private void unlist(Service service) {
    String name = Names.fold(service.name());
    servicesByName = Derived.unlisted(servicesByName, name, service.key());
    topics.add(new Topic.Instances(name));
  }

  private void serviceChanged(ServiceKey key, String name) {
    touched.services().add(key);
    topics.add(new Topic.Table(Indexes.SERVICES));
    topics.add(new Topic.NodeServices(key.node()));
    topics.add(new Topic.Instances(name));
    setIndex(Indexes.SERVICES, index);
  }

  /** The index of a service that has instances moves; that of one that has none disappears. */
  void moveServiceIndex(String name) {
    String indexName = Indexes.ofService(name);
    topics.add(new Topic.Health(Names.fold(name)));
    if (hasInstances(name)) {
      setIndex(indexName, index);
    } else if (indexes.containsKey(indexName)) {
      countMark(true, indexName, -1);
      digest -= hash.ofIndex(indexName, indexes.get(indexName));
      indexes = indexes.minus(indexName);
      touched.indexes().add(indexName);
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
    Check old = checks.get(check.key());
    unlist(old);
    bytes += StateSize.of(check) - (old == null ? 0 : StateSize.of(old));
    digest += hash.of(check) - hash.of(old);
    checks = checks.plus(check.key(), check);
    if (!check.serviceName().isEmpty()) {
      String service = Names.fold(check.serviceName());
      checksByService = Derived.listed(checksByService, service, check.key(), check);
      topics.add(new Topic.ServiceChecks(service));
    }
    checkChanged(check.key());
  }

  void removeCheck(Check check) {
    unlist(check);
    checks = checks.minus(check.key());
    bytes -= StateSize.of(check);
    digest -= hash.of(check);
    checkChanged(check.key());
  }

  private void unlist(Check check) {
    if (check != null && !check.serviceName().isEmpty()) {
      String service = Names.fold(check.serviceName());
      checksByService = Derived.unlisted(checksByService, service, check.key());
      topics.add(new Topic.ServiceChecks(service));
    }
  }

  private void checkChanged(CheckKey key) {
    touched.checks().add(key);
    topics.add(new Topic.Table(Indexes.CHECKS));
    topics.add(new Topic.NodeChecks(key.node()));
    setIndex(Indexes.CHECKS, index);
  }

  // ---- sessions and locks

  Session session(String id) {
    return sessions.get(Names.fold(id));
  }

  List<Session> sessionsOf(String node) {
    TreePMap<String, Session> found = sessionsByNode.get(Names.fold(node));
    return found == null ? List.of() : new ArrayList<>(found.values());
  }

  /** The keys that it holds, in byte order. */
  List<String> heldBy(Session session) {
    TreePSet<String> keys = keysBySession.get(session.key());
    return keys == null ? List.of() : new ArrayList<>(keys);
  }

  void addSession(Session session) {
    sessions = sessions.plus(session.key(), session);
    bytes += StateSize.of(session);
    digest += hash.of(session);
    sessionsByNode =
        Derived.listed(sessionsByNode, Names.fold(session.node()), session.key(), session);
    sessionChanged(session);
  }

  void removeSession(Session session) {
    sessions = sessions.minus(session.key());
    bytes -= StateSize.of(session);
    digest -= hash.of(session);
    sessionsByNode = Derived.unlisted(sessionsByNode, Names.fold(session.node()), session.key());
    sessionChanged(session);
  }

  private void sessionChanged(Session session) {
    touched.sessions().add(session.key());
    topics.add(new Topic.Table(Indexes.SESSIONS));
    topics.add(new Topic.OneSession(session.key()));
    topics.add(new Topic.NodeSessions(Names.fold(session.node())));
    setIndex(Indexes.SESSIONS, index);
  }

  LockDelay lockDelay(String key) {
    return lockDelays.get(key);
  }

  void putLockDelay(String key, LockDelay delay) {
    LockDelay old = lockDelays.get(key);
    countMark(old == null, key, 1);
    digest += hash.ofLockDelay(key, delay) - hash.ofLockDelay(key, old);
    lockDelays = lockDelays.plus(key, delay);
    touched.lockDelays().add(key);
  }

  void removeLockDelay(String key) {
    LockDelay old = lockDelays.get(key);
    countMark(old != null, key, -1);
    digest -= hash.ofLockDelay(key, old);
    lockDelays = lockDelays.minus(key);
    touched.lockDelays().add(key);
  }

  // ---- prepared queries

  PreparedQuery preparedQuery(String id) {
    return queries.get(Names.fold(id));
  }

  /** null for none; the empty name is that of the template that matches all names. */
  PreparedQuery preparedQueryNamed(String name) {
    String key = queriesByName.get(Names.fold(name));
    return key == null ? null : queries.get(key);
  }

  Map<String, PreparedQuery> preparedQueries() {
    return queries;
  }

  /**
   * @param template compiled, null for a query that is none
   */
  void putPreparedQuery(PreparedQuery query, QueryTemplate template) {
    PreparedQuery old = queries.get(query.key());
    if (old != null && Derived.isNamed(old)) {
      queriesByName = queriesByName.minus(Names.fold(old.name()));
    }
    queries = queries.plus(query.key(), query);
    bytes += StateSize.of(query) - (old == null ? 0 : StateSize.of(old));
    digest += hash.of(query) - hash.of(old);
    if (Derived.isNamed(query)) {
      queriesByName = queriesByName.plus(Names.fold(query.name()), query.key());
    }
    templates =
        template == null
            ? templates.minus(query.key())
            : templates.plus(query.key(), template.of(query));
    queryChanged(query);
  }

  void removePreparedQuery(PreparedQuery query) {
    queries = queries.minus(query.key());
    bytes -= StateSize.of(query);
    digest -= hash.of(query);
    if (Derived.isNamed(query)) {
      queriesByName = queriesByName.minus(Names.fold(query.name()));
    }
    templates = templates.minus(query.key());
    queryChanged(query);
  }

  private void queryChanged(PreparedQuery query) {
    touched.preparedQueries().add(query.key());
    topics.add(new Topic.Table(Indexes.PREPARED_QUERIES));
    setIndex(Indexes.PREPARED_QUERIES, index);
  }

  // ---- coordinates

  Coordinate coordinate(CoordinateKey key) {
    return coordinates.get(key);
  }

  List<Coordinate> coordinatesOf(String node) {
    return new ArrayList<>(Ranges.coordinatesOf(coordinates, node).values());
  }

  void putCoordinate(Coordinate coordinate) {
    Coordinate old = coordinates.get(coordinate.key());
    coordinates = coordinates.plus(coordinate.key(), coordinate);
    bytes += StateSize.of(coordinate) - (old == null ? 0 : StateSize.of(old));
    digest += hash.of(coordinate) - hash.of(old);
    coordinateChanged(coordinate);
  }

  void removeCoordinate(Coordinate coordinate) {
    coordinates = coordinates.minus(coordinate.key());
    bytes -= StateSize.of(coordinate);
    digest -= hash.of(coordinate);
    coordinateChanged(coordinate);
  }

  private void coordinateChanged(Coordinate coordinate) {
    touched.coordinates().add(coordinate.key());
    topics.add(new Topic.Table(Indexes.COORDINATES));
    topics.add(new Topic.NodeCoordinates(Names.fold(coordinate.node())));
    setIndex(Indexes.COORDINATES, index);
  }

  // ---- access control

  AccessTable access() {
    return access;
  }

  void putAccess(AccessObject object) {
    AccessObject old = access.rows().get(object.key());
    access = access.plus(object);
    bytes += StateSize.of(object) - (old == null ? 0 : StateSize.of(old));
    digest += hash.of(object) - hash.of(old);
    accessChanged(object.key());
  }

  /** A row; nothing that is built in. */
  void removeAccess(AccessObject object) {
    access = access.minus(object.key());
    bytes -= StateSize.of(object);
    digest -= hash.of(object);
    accessChanged(object.key());
  }

  private void accessChanged(AccessKey key) {
    touched.access().add(key);
    topics.add(new Topic.Table(Indexes.ofAccess(key.kind())));
    setIndex(Indexes.ofAccess(key.kind()), index);
  }
}
