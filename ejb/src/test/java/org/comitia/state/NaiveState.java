package org.comitia.state;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The same rules a second time, as plainly as possible: lists that are searched from end to end,
 * keys as bytes. What the state machine is compared with.
 */
final class NaiveState {
  private record Stone(byte[] key, long index) {}

  private List<KvEntry> kv = new ArrayList<>();
  private List<Stone> stones = new ArrayList<>();
  private List<Node> nodes = new ArrayList<>();
  private List<Service> services = new ArrayList<>();
  private List<Check> checks = new ArrayList<>();
  private Map<String, Long> moved = new HashMap<>();
  private long index;

  private static final class No extends RuntimeException {
    private static final long serialVersionUID = 1L;

    No(String message) {
      super(message);
    }
  }

  Object apply(long at, Command command) {
    index = at;
    List<Node> nodesBefore = List.copyOf(nodes);
    List<Service> servicesBefore = List.copyOf(services);
    List<Check> checksBefore = List.copyOf(checks);
    Map<String, Long> movedBefore = Map.copyOf(moved);
    try {
      return change(command);
    } catch (No no) {
      nodes = new ArrayList<>(nodesBefore);
      services = new ArrayList<>(servicesBefore);
      checks = new ArrayList<>(checksBefore);
      moved = new HashMap<>(movedBefore);
      return no.getMessage();
    }
  }

  private boolean change(Command command) {
    if (command instanceof Command.KvPut c) {
      return put(c);
    } else if (command instanceof Command.KvDelete c) {
      return delete(c);
    } else if (command instanceof Command.KvDeleteTree c) {
      return deleteTree(Keys.toBytes(c.prefix()));
    } else if (command instanceof Command.ReapTombstones c) {
      return reap(c);
    } else if (command instanceof Command.Register c) {
      return register(c);
    }
    return deregister((Command.Deregister) command);
  }

  // ---- keys

  private KvEntry find(String key) {
    return kv.stream().filter(e -> e.key().equals(key)).findFirst().orElse(null);
  }

  private boolean put(Command.KvPut c) {
    KvEntry old = find(c.key());
    if (c.casIndex() != null && c.casIndex() != (old == null ? 0 : old.modifyIndex())) {
      return false;
    }
    if (old != null && old.flags() == c.flags() && Arrays.equals(old.value(), c.value())) {
      return true;
    }
    kv.remove(old);
    long created = old == null ? index : old.createIndex();
    kv.add(new KvEntry(c.key(), c.value(), c.flags(), 0, null, created, index));
    moved.put("kv", index);
    return true;
  }

  private boolean delete(Command.KvDelete c) {
    KvEntry old = find(c.key());
    if (old == null) {
      return true;
    }
    if (c.casIndex() != null && c.casIndex() != old.modifyIndex()) {
      return false;
    }
    kv.remove(old);
    bury(Keys.toBytes(c.key()));
    return true;
  }

  private void bury(byte[] key) {
    stones.removeIf(stone -> Arrays.equals(stone.key, key));
    stones.add(new Stone(key, index));
    moved.put("kv", index);
  }

  private boolean deleteTree(byte[] prefix) {
    if (kv.removeIf(e -> begins(Keys.toBytes(e.key()), prefix))) {
      stones.removeIf(stone -> begins(stone.key, prefix));
      if (prefix.length > 0) {
        bury(prefix);
      }
      moved.put("kv", index);
    }
    return true;
  }

  private boolean reap(Command.ReapTombstones c) {
    for (Stone stone : List.copyOf(stones)) {
      if (stone.index <= c.upToIndex()) {
        stones.remove(stone);
        moved.put("reaping", index);
        moved.merge("reaped", stone.index, Math::max);
      }
    }
    return true;
  }

  private static boolean begins(byte[] key, byte[] prefix) {
    return key.length >= prefix.length && Arrays.equals(Arrays.copyOf(key, prefix.length), prefix);
  }

  // ---- catalog

  private static String low(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static boolean same(String a, String b) {
    return low(a).equals(low(b));
  }

  private Node node(String name) {
    return nodes.stream().filter(n -> same(n.name(), name)).findFirst().orElse(null);
  }

  private Service service(String node, String id) {
    return services.stream()
        .filter(s -> same(s.node(), node) && same(s.id(), id))
        .findFirst()
        .orElse(null);
  }

  private Check check(String node, String id) {
    return checks.stream()
        .filter(c -> same(c.node(), node) && same(c.id(), id))
        .findFirst()
        .orElse(null);
  }

  private boolean register(Command.Register c) {
    if (c.node().address().isEmpty() && !c.skipNodeUpdate()) {
      throw new No("Must provide address if SkipNodeUpdate is not set");
    }
    if (node(c.node().name()) == null || !c.skipNodeUpdate()) {
      registerNode(c.node());
    }
    if (c.service() != null) {
      registerService(c.node().name(), c.service());
    }
    c.checks().forEach(check -> registerCheck(c.node().name(), check));
    return true;
  }

  private void registerNode(Node given) {
    Node old = node(given.name());
    if (!given.id().isEmpty()) {
      Node twin = nodes.stream().filter(n -> same(n.id(), given.id())).findFirst().orElse(null);
      boolean renames = twin != null && !same(twin.name(), given.name());
      if ((renames || twin == null) && old != null && !(old.id().isEmpty() && !renames)) {
        Check health = check(old.name(), "serfHealth");
        if (health != null && !health.status().equals("critical")) {
          throw new No(
              "failed inserting node: Error while renaming Node ID: \""
                  + given.id()
                  + "\""
                  + (renames ? " (" + given.address() + ")" : "")
                  + ": Node name "
                  + given.name()
                  + " is reserved by node "
                  + old.id()
                  + " with name "
                  + old.name()
                  + " ("
                  + old.address()
                  + ")");
        }
      }
      if (renames) {
        removeNode(twin);
      }
      old = twin == null ? old : twin;
    }
    long created = old == null ? index : old.createIndex();
    long unchanged = old == null ? index : old.modifyIndex();
    String shown = old != null && same(old.name(), given.name()) ? old.name() : given.name();
    if (old == null || !nodeOf(given, shown, created, unchanged).equals(old)) {
      nodes.removeIf(n -> same(n.name(), given.name()));
      nodes.add(nodeOf(given, given.name(), created, index));
      moved.put("nodes", index);
      services.stream().filter(s -> same(s.node(), given.name())).toList().forEach(this::move);
    }
  }

  private static Node nodeOf(Node g, String name, long created, long modified) {
    return new Node(
        g.id(),
        name,
        g.address(),
        g.datacenter(),
        g.taggedAddresses(),
        g.meta(),
        created,
        modified);
  }

  private void move(Service service) {
    moved.put("service " + low(service.name()), index);
  }

  private void registerService(String node, Service g) {
    if (g.name().isEmpty()) {
      throw new No("Must provide service name with ID");
    }
    String id = g.id().isEmpty() ? g.name() : g.id();
    Service old = service(node, id);
    if (old != null
        && serviceOf(old.node(), id, g, old.createIndex(), old.modifyIndex()).equals(old)) {
      return;
    }
    services.remove(old);
    Service now = serviceOf(node, id, g, old == null ? index : old.createIndex(), index);
    services.add(now);
    moved.put("services", index);
    move(now);
    if (old != null && !same(old.name(), now.name())) {
      moveOrForget(old);
    }
  }

  private static Service serviceOf(String node, String id, Service g, long created, long modified) {
    return new Service(
        node,
        id,
        g.name(),
        g.tags(),
        g.address(),
        g.taggedAddresses(),
        g.meta(),
        g.port(),
        g.weightPassing(),
        g.weightWarning(),
        g.enableTagOverride(),
        created,
        modified);
  }

  private void moveOrForget(Service gone) {
    if (services.stream().anyMatch(s -> same(s.name(), gone.name()))) {
      move(gone);
    } else {
      moved.remove("service " + low(gone.name()));
      moved.put("extinction", index);
    }
  }

  private void registerCheck(String node, Check g) {
    String id = g.id().isEmpty() ? g.name() : g.id();
    Check old = check(node, id);
    Service service = g.serviceId().isEmpty() ? null : service(node, g.serviceId());
    if (service == null && !g.serviceId().isEmpty()) {
      throw new No("failed inserting check: Missing service registration on node \"" + node + "\"");
    }
    Check now =
        checkOf(
            old == null ? node : old.node(),
            id,
            g,
            service,
            old,
            old == null ? index : old.modifyIndex());
    if (now.equals(old)) {
      return;
    }
    checks.remove(old);
    checks.add(checkOf(now.node(), id, g, service, old, index));
    moved.put("checks", index);
    touchHealth(now);
  }

  private Check checkOf(String node, String id, Check g, Service s, Check old, long modified) {
    return new Check(
        node,
        id,
        g.name(),
        g.status().isEmpty() ? "critical" : g.status(),
        g.notes(),
        g.output(),
        g.serviceId(),
        s == null ? g.serviceName() : s.name(),
        s == null ? g.serviceTags() : s.tags(),
        g.type(),
        old == null ? index : old.createIndex(),
        modified);
  }

  private void touchHealth(Check check) {
    services.stream()
        .filter(s -> same(s.node(), check.node()))
        .filter(s -> check.serviceId().isEmpty() || same(s.id(), check.serviceId()))
        .toList()
        .forEach(this::move);
  }

  private boolean deregister(Command.Deregister c) {
    if (c.serviceId() != null && !c.serviceId().isEmpty()) {
      removeService(service(c.node(), c.serviceId()));
    } else if (c.checkId() != null && !c.checkId().isEmpty()) {
      removeCheck(check(c.node(), c.checkId()));
    } else {
      removeNode(node(c.node()));
    }
    return true;
  }

  private void removeNode(Node node) {
    if (node != null) {
      services.stream()
          .filter(s -> same(s.node(), node.name()))
          .toList()
          .forEach(this::removeService);
      checks.stream().filter(c -> same(c.node(), node.name())).toList().forEach(this::removeCheck);
      nodes.remove(node);
      moved.put("nodes", index);
    }
  }

  private void removeService(Service service) {
    if (service != null) {
      checks.stream()
          .filter(c -> same(c.node(), service.node()) && same(c.serviceId(), service.id()))
          .toList()
          .forEach(this::removeCheck);
      services.remove(service);
      moved.put("services", index);
      moveOrForget(service);
    }
  }

  private void removeCheck(Check check) {
    if (check != null && checks.remove(check)) {
      moved.put("checks", index);
      touchHealth(check);
    }
  }

  // ---- answers

  private long at(String... names) {
    return Arrays.stream(names).mapToLong(name -> moved.getOrDefault(name, 0L)).max().orElse(0);
  }

  /** Index and content as text. */
  String ask(Query query) {
    List<?> content;
    long found;
    if (query instanceof Query.KvGet q) {
      KvEntry entry = find(q.key());
      found = entry == null ? at("kv", "reaping") : entry.modifyIndex();
      content = entry == null ? List.of() : List.of(text(entry));
    } else if (query instanceof Query.KvList q) {
      found = under(q.prefix());
      content = entries(q.prefix()).stream().map(NaiveState::text).toList();
    } else if (query instanceof Query.KvKeys q) {
      found = under(q.prefix());
      content = cut(q);
    } else if (query instanceof Query.Nodes q) {
      found = at("nodes");
      content = nodes.stream().filter(n -> has(n, q.meta())).sorted(byName()).toList();
    } else if (query instanceof Query.NodeServices q) {
      found = at("nodes", "services");
      Node node = byNameOrId(q.node());
      content = node == null ? List.of() : List.of(node, servicesOf(node));
    } else if (query instanceof Query.Services q) {
      found = q.nodeMeta().isEmpty() ? at("services") : at("nodes", "services");
      content = names(q);
    } else if (query instanceof Query.ServiceInstances q) {
      found = serviceIndex(q.service());
      content = instances(q);
    } else {
      Query.NodeChecks q = (Query.NodeChecks) query;
      found = at("checks");
      content =
          checks.stream()
              .filter(c -> same(c.node(), q.node()))
              .sorted(Comparator.comparing(c -> low(c.id())))
              .toList();
    }
    return Math.max(1, found) + " " + content;
  }

  private long serviceIndex(String name) {
    boolean exists = services.stream().anyMatch(s -> same(s.name(), name));
    long own = exists ? at("service " + low(name)) : at("extinction");
    return own == 0 ? at("nodes", "services") : own;
  }

  private static Comparator<Node> byName() {
    return Comparator.comparing(n -> low(n.name()));
  }

  private List<Service> servicesOf(Node node) {
    return services.stream()
        .filter(s -> same(s.node(), node.name()))
        .sorted(Comparator.comparing(s -> low(s.id())))
        .toList();
  }

  private Node byNameOrId(String text) {
    Node named = node(text);
    if (named != null || !text.matches("[0-9a-fA-F-]{2,36}")) {
      return named;
    }
    List<Node> matching = nodes.stream().filter(n -> low(n.id()).startsWith(low(text))).toList();
    return matching.size() == 1 ? matching.get(0) : null;
  }

  private static boolean has(Node node, Map<String, String> meta) {
    return node.meta().entrySet().containsAll(meta.entrySet());
  }

  private List<String> names(Query.Services q) {
    Set<String> names = new TreeSet<>();
    for (Service s : services) {
      if (has(node(s.node()), q.nodeMeta())) {
        Set<String> tags = new TreeSet<>();
        for (Service t : services) {
          if (t.name().equals(s.name()) && has(node(t.node()), q.nodeMeta())) {
            tags.addAll(t.tags());
          }
        }
        names.add(s.name() + "=" + tags);
      }
    }
    return List.copyOf(names);
  }

  private List<?> instances(Query.ServiceInstances q) {
    return services.stream()
        .filter(s -> same(s.name(), q.service()))
        .filter(
            s ->
                s.tags().stream()
                    .map(NaiveState::low)
                    .toList()
                    .containsAll(q.tags().stream().map(NaiveState::low).toList()))
        .filter(s -> has(node(s.node()), q.nodeMeta()))
        .sorted(
            Comparator.<Service, String>comparing(s -> low(s.node()))
                .thenComparing(s -> low(s.id())))
        .map(s -> new QueryResult.Instance(node(s.node()), s))
        .toList();
  }

  private List<KvEntry> entries(String prefix) {
    return kv.stream()
        .filter(e -> begins(Keys.toBytes(e.key()), Keys.toBytes(prefix)))
        .sorted((a, b) -> Arrays.compareUnsigned(Keys.toBytes(a.key()), Keys.toBytes(b.key())))
        .toList();
  }

  private long under(String prefix) {
    long highest = entries(prefix).stream().mapToLong(KvEntry::modifyIndex).max().orElse(0);
    for (Stone stone : stones) {
      if (begins(stone.key, Keys.toBytes(prefix))) {
        highest = Math.max(highest, stone.index);
      }
    }
    return highest == 0 ? at("kv", "reaping") : Math.max(highest, at("reaped"));
  }

  private List<String> cut(Query.KvKeys q) {
    List<String> keys = new ArrayList<>();
    byte[] separator = Keys.toBytes(q.separator());
    for (KvEntry entry : entries(q.prefix())) {
      byte[] key = Keys.toBytes(entry.key());
      int end = key.length;
      for (int i = key.length - separator.length;
          separator.length > 0 && i >= Keys.byteLength(q.prefix());
          i--) {
        if (ByteBuffer.wrap(key, i, separator.length).equals(ByteBuffer.wrap(separator))) {
          end = i + separator.length;
        }
      }
      String shown = Keys.fromBytes(Arrays.copyOf(key, end));
      if (!keys.contains(shown)) {
        keys.add(shown);
      }
    }
    return keys;
  }

  static String text(KvEntry e) {
    return e.key()
        + "="
        + Arrays.toString(e.value())
        + e.flags()
        + "@"
        + e.createIndex()
        + ","
        + e.modifyIndex();
  }
}
