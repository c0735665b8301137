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
  private List<Session> sessions = new ArrayList<>();
  private Map<String, LockDelay> delays = new HashMap<>();
  private List<PreparedQuery> queries = new ArrayList<>();
  private List<Coordinate> coordinates = new ArrayList<>();
  private Map<String, Long> moved = new HashMap<>();
  private final NaiveRestoring restoring = new NaiveRestoring();
  private final NaiveAccess access = new NaiveAccess();
  int level;
  private AutopilotConfig autopilot;
  private long index;

  static final class No extends RuntimeException {
    private static final long serialVersionUID = 1L;

    No(String message) {
      super(message);
    }
  }

  private record Failures(List<TxnOutcome.Error> errors) {}

  Object apply(long at, Command command) {
    index = at;
    NaiveState before = copy();
    Object result;
    try {
      result = change(command);
    } catch (No no) {
      restore(before);
      return no.getMessage();
    }
    if (result instanceof Failures failures) {
      restore(before);
      return text(new TxnOutcome(List.of(), failures.errors));
    }
    return result;
  }

  private NaiveState copy() {
    NaiveState copy = new NaiveState();
    copy.restore(this);
    return copy;
  }

  private void restore(NaiveState from) {
    kv = new ArrayList<>(from.kv);
    stones = new ArrayList<>(from.stones);
    nodes = new ArrayList<>(from.nodes);
    services = new ArrayList<>(from.services);
    checks = new ArrayList<>(from.checks);
    sessions = new ArrayList<>(from.sessions);
    delays = new HashMap<>(from.delays);
    queries = new ArrayList<>(from.queries);
    coordinates = new ArrayList<>(from.coordinates);
    moved = new HashMap<>(from.moved);
    autopilot = from.autopilot;
    access.restore(from.access);
  }

  private Object change(Command command) {
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
    } else if (command instanceof Command.Deregister c) {
      return deregister(c);
    } else if (command instanceof Command.KvAcquire c) {
      return acquire(c.key(), c.value(), c.flags(), c.session());
    } else if (command instanceof Command.KvRelease c) {
      return release(c.key(), c.value(), c.flags(), c.session());
    } else if (command instanceof Command.SessionCreate c) {
      return createSession(c.session());
    } else if (command instanceof Command.SessionDestroy c) {
      sessions.stream().filter(x -> same(x.id(), c.id())).toList().forEach(this::end);
      return true;
    } else if (command instanceof Command.EndLockDelays c) {
      delays
          .entrySet()
          .removeIf(d -> d.getValue().since() <= c.since().getOrDefault(d.getKey(), -1L));
      return true;
    } else if (command instanceof Command.Txn c) {
      return txn(c.ops());
    } else if (command instanceof Command.PreparedQuerySet c) {
      return setQuery(c);
    } else if (command instanceof Command.PreparedQueryDelete c) {
      if (!queries.removeIf(q -> q.id().equals(c.id()))) {
        throw new No("Cannot modify non-existent prepared query: '" + c.id() + "'");
      }
      moved.put("queries", index);
      return true;
    } else if (command instanceof Command.CompareDigest) {
      return true;
    } else if (command instanceof Command.RaiseLevel c) {
      boolean next = c.level() == level + 1;
      level += next ? 1 : 0;
      return next;
    } else if (command instanceof Command.Restoration c) {
      return restoring.apply(this, c);
    } else if (command instanceof Command.AutopilotSet c) {
      return setAutopilot(c);
    } else if (command instanceof Command.AccessSet
        || command instanceof Command.AccessDelete
        || command instanceof Command.AclBootstrap) {
      return access.apply(command, level, index);
    }
    ((Command.CoordinateUpdate) command).coordinates().forEach(this::place);
    return true;
  }

  /** Every row as it was, modified now. */
  void become(Tables archived) {
    kv = new ArrayList<>();
    for (KvEntry e : archived.kv().values()) {
      kv.add(
          new KvEntry(
              e.key(),
              e.value(),
              e.flags(),
              e.lockIndex(),
              e.session(),
              Math.min(e.createIndex(), index),
              index));
    }
    stones = new ArrayList<>();
    nodes = new ArrayList<>();
    archived.nodes().values().forEach(n -> nodes.add(n.at(then(n.createIndex()), index)));
    services = new ArrayList<>();
    archived.services().values().forEach(s -> services.add(s.at(then(s.createIndex()), index)));
    checks = new ArrayList<>();
    archived.checks().values().forEach(c -> checks.add(c.at(then(c.createIndex()), index)));
    sessions = new ArrayList<>();
    archived.sessions().values().forEach(s -> sessions.add(s.at(then(s.createIndex()), index)));
    delays = new HashMap<>();
    archived.lockDelays().forEach((k, d) -> delays.put(k, new LockDelay(d.delayNanos(), index)));
    queries = new ArrayList<>();
    archived
        .preparedQueries()
        .values()
        .forEach(q -> queries.add(q.at(then(q.createIndex()), index)));
    coordinates = new ArrayList<>(archived.coordinates().values());
    AutopilotConfig was = archived.autopilot().get(AutopilotConfig.KEY);
    autopilot = was == null ? null : was.at(then(was.createIndex()), index);
    access.become(archived, level, index);
    moved = new HashMap<>();
    List.of("kv", "nodes", "services", "checks", "sessions", "queries", "coordinates")
        .forEach(table -> moved.put(table, index));
    List.of("reaping", "reaped", "extinction").forEach(floor -> moved.put(floor, index));
    services.forEach(s -> moved.put("service " + low(s.name()), index));
  }

  private long then(long created) {
    return Math.min(created, index);
  }

  private boolean setAutopilot(Command.AutopilotSet c) {
    if (c.config().lastContactNanos() < 0) {
      throw new No("COM4045: LastContactThreshold must not be negative");
    }
    if (level < 2) {
      throw new No(AutopilotRules.levelRefusal(level));
    }
    long now = autopilot == null ? 0 : autopilot.modifyIndex();
    if (c.casIndex() != null && c.casIndex() != now) {
      return false;
    }
    autopilot = c.config().at(autopilot == null ? index : autopilot.createIndex(), index);
    return true;
  }

  /** What is in force. */
  AutopilotConfig autopilot() {
    return autopilot == null ? AutopilotConfig.DEFAULT : autopilot;
  }

  // ---- sessions and locks

  private boolean createSession(Session s) {
    if (s.node().isEmpty()) {
      throw new No("Must provide Node");
    }
    if (s.ttl().equals("5ms")) {
      throw new No("Invalid Session TTL '5000000', must be between [1s=24h0m0s]");
    }
    if (holder(s.id()) != null) {
      throw new No("session \"" + s.id() + "\" exists already");
    }
    if (node(s.node()) == null) {
      throw new No("Missing node registration");
    }
    List<String> ids = new ArrayList<>(s.nodeChecks());
    ids.addAll(s.serviceChecks());
    for (String id : ids) {
      if (check(s.node(), id) == null) {
        throw new No("Missing check '" + id + "' registration");
      }
      if (check(s.node(), id).status().equals("critical")) {
        throw new No("Check '" + id + "' is in critical state");
      }
    }
    sessions.add(
        new Session(
            s.id(),
            s.name(),
            s.node(),
            s.lockDelayNanos(),
            s.behavior(),
            s.ttl(),
            s.nodeChecks(),
            s.serviceChecks(),
            index,
            index));
    moved.put("sessions", index);
    return true;
  }

  private Session holder(String id) {
    return sessions.stream().filter(s -> same(s.id(), id)).findFirst().orElse(null);
  }

  private void end(Session session) {
    sessions.remove(session);
    moved.put("sessions", index);
    for (KvEntry e : List.copyOf(kv)) {
      if (e.session() != null && same(e.session(), session.id())) {
        kv.remove(e);
        if (session.behavior() == Session.Behavior.DELETE) {
          bury(Keys.toBytes(e.key()));
        } else {
          kv.add(
              new KvEntry(
                  e.key(), e.value(), e.flags(), e.lockIndex(), null, e.createIndex(), index));
          moved.put("kv", index);
        }
        if (session.lockDelayNanos() > 0) {
          long delay = Math.min(60_000_000_000L, session.lockDelayNanos());
          delays.put(e.key(), new LockDelay(delay, index));
        }
      }
    }
    if (queries.removeIf(q -> same(q.session(), session.id()))) {
      moved.put("queries", index);
    }
  }

  private void endThoseThatNeed(Check check) {
    sessions.stream()
        .filter(s -> same(s.node(), check.node()))
        .filter(
            s ->
                s.nodeChecks().stream().anyMatch(id -> same(id, check.id()))
                    || s.serviceChecks().stream().anyMatch(id -> same(id, check.id())))
        .toList()
        .forEach(this::end);
  }

  private boolean acquire(String key, byte[] value, long flags, String id) {
    if (delays.containsKey(key)) {
      return false;
    }
    if (id.isEmpty()) {
      throw new No("missing session");
    }
    if (holder(id) == null) {
      throw new No("invalid session \"" + id + "\"");
    }
    KvEntry old = find(key);
    if (old == null) {
      store(null, key, value, flags, 1, holder(id).id());
    } else if (old.session() == null) {
      store(old, key, value, flags, old.lockIndex() + 1, holder(id).id());
    } else if (same(old.session(), id)) {
      store(old, key, value, flags, old.lockIndex(), old.session());
    } else {
      return false;
    }
    return true;
  }

  private boolean release(String key, byte[] value, long flags, String id) {
    if (id.isEmpty()) {
      throw new No("missing session");
    }
    KvEntry old = find(key);
    if (old == null || old.session() == null || !same(old.session(), id)) {
      return false;
    }
    store(old, key, value, flags, old.lockIndex(), null);
    return true;
  }

  private void store(KvEntry old, String key, byte[] value, long flags, long locks, String id) {
    long created = old == null ? index : old.createIndex();
    KvEntry now = new KvEntry(key, value, flags, locks, id, created, index);
    if (old != null && text(old, old.modifyIndex()).equals(text(now, old.modifyIndex()))) {
      return;
    }
    kv.remove(old);
    kv.add(now);
    moved.put("kv", index);
  }

  // ---- transactions

  private Object txn(List<TxnOp> ops) {
    List<TxnOutcome.Error> errors = new ArrayList<>();
    for (int i = 0; i < ops.size(); i++) {
      String wrong = beforehand(ops.get(i));
      if (wrong != null) {
        errors.add(new TxnOutcome.Error(i, wrong));
      }
    }
    if (!errors.isEmpty()) {
      return new Failures(errors);
    }
    List<TxnOutcome.Row> rows = new ArrayList<>();
    for (int i = 0; i < ops.size(); i++) {
      try {
        TxnOp op = ops.get(i);
        if (op instanceof TxnOp.Kv kvOp) {
          keyOp(kvOp).forEach(e -> rows.add(new TxnOutcome.Row(e, null, null, null)));
        } else if (op instanceof TxnOp.OnNode o) {
          Node row = nodeOp(o);
          rows.addAll(row == null ? List.of() : List.of(new TxnOutcome.Row(null, row, null, null)));
        } else if (op instanceof TxnOp.OnService o) {
          Service row = serviceOp(o);
          rows.addAll(row == null ? List.of() : List.of(new TxnOutcome.Row(null, null, row, null)));
        } else {
          Check row = checkOp((TxnOp.OnCheck) op);
          rows.addAll(row == null ? List.of() : List.of(new TxnOutcome.Row(null, null, null, row)));
        }
      } catch (No no) {
        errors.add(new TxnOutcome.Error(i, no.getMessage()));
      }
    }
    return errors.isEmpty() ? text(new TxnOutcome(rows, List.of())) : new Failures(errors);
  }

  private String beforehand(TxnOp op) {
    if (op instanceof TxnOp.Kv o) {
      if (o.key().isEmpty() && o.verb() != TxnOp.KvVerb.DELETE_TREE) {
        return "Must provide key";
      }
      return o.verb() == TxnOp.KvVerb.LOCK && delays.containsKey(o.key())
          ? "failed to lock key \"" + shown(o.key()) + "\" due to lock delay"
          : null;
    }
    return null;
  }

  private static String shown(Object name) {
    String key = name.toString();
    for (int odd = 0x80; odd <= 0xFF; odd++) {
      String escape = Character.toString(0xDC00 + odd);
      key = key.replaceAll("(?<![\\uD800-\\uDBFF])" + escape, "\\\\x%02x".formatted(odd));
    }
    return key;
  }

  private static void unless(boolean fine, String text, Object... names) {
    if (!fine) {
      Object[] shown = Arrays.stream(names).map(n -> n instanceof Long ? n : shown(n)).toArray();
      throw new No(String.format(text, shown));
    }
  }

  private List<KvEntry> keyOp(TxnOp.Kv o) {
    String key = o.key();
    KvEntry old = find(key);
    long current = old == null ? 0 : old.modifyIndex();
    String by = old == null || old.session() == null ? "" : old.session();
    switch (o.verb()) {
      case SET -> put(new Command.KvPut(key, o.value(), o.flags(), null));
      case CAS -> {
        unless(o.index() == current, "failed to set key \"%s\", index is stale", key);
        put(new Command.KvPut(key, o.value(), o.flags(), null));
      }
      case LOCK ->
          unless(
              acquire(key, o.value(), o.flags(), o.session()),
              "failed to lock key \"%s\", lock is already held",
              key);
      case UNLOCK ->
          unless(
              release(key, o.value(), o.flags(), o.session()),
              "failed to unlock key \"%s\", lock isn't held, or is held by another session",
              key);
      case DELETE -> delete(new Command.KvDelete(key, null));
      case DELETE_CAS ->
          unless(
              delete(new Command.KvDelete(key, o.index())),
              "failed to delete key \"%s\", index is stale",
              key);
      case DELETE_TREE -> deleteTree(Keys.toBytes(key));
      case GET -> {
        unless(old != null, "key \"%s\" doesn't exist", key);
        return List.of(old);
      }
      case GET_OR_EMPTY -> {
        String session = o.session().isEmpty() ? null : o.session();
        return List.of(
            old != null ? old : new KvEntry(key, new byte[0], o.flags(), 0, session, 0, o.index()));
      }
      case GET_TREE -> {
        return entries(key);
      }
      case CHECK_INDEX -> {
        unless(old != null, "failed to check index, key \"%s\" doesn't exist", key);
        unless(
            current == o.index(),
            "failed index check for key \"%s\", current modify index %d != %d",
            key,
            current,
            o.index());
      }
      case CHECK_SESSION -> {
        unless(old != null, "failed to check session, key \"%s\" doesn't exist", key);
        unless(
            by.equals(o.session()),
            "failed session check for key \"%s\", current session \"%s\" != \"%s\"",
            key,
            by,
            o.session());
      }
      case CHECK_NOT_EXISTS -> unless(old == null, "key \"%s\" exists", key);
    }
    KvEntry e = find(key);
    return e == null || o.verb() == TxnOp.KvVerb.DELETE_TREE
        ? List.of()
        : List.of(
            new KvEntry(
                key,
                new byte[0],
                e.flags(),
                e.lockIndex(),
                e.session(),
                e.createIndex(),
                e.modifyIndex()));
  }

  private Node nodeOp(TxnOp.OnNode o) {
    String name = o.node().name();
    Node named = node(name);
    long current = named == null ? 0 : named.modifyIndex();
    switch (o.verb()) {
      case GET -> unless(asked(o.node()) != null, "node \"%s\" doesn't exist", name);
      case SET -> registerNode(o.node());
      case CAS -> {
        unless(
            current == o.node().modifyIndex(), "failed to set node \"%s\", index is stale", name);
        registerNode(o.node());
      }
      case DELETE -> {
        removeNode(named);
        return null;
      }
      case DELETE_CAS -> {
        unless(
            named != null && current == o.node().modifyIndex(),
            "failed to delete node \"%s\", index is stale",
            name);
        removeNode(named);
        return null;
      }
    }
    return asked(o.node());
  }

  private Node asked(Node given) {
    return given.id().isEmpty()
        ? node(given.name())
        : nodes.stream().filter(n -> same(n.id(), given.id())).findFirst().orElse(null);
  }

  private Service serviceOp(TxnOp.OnService o) {
    Service g = o.service();
    boolean get = o.verb() == TxnOp.Verb.GET;
    String id = !get && g.id().isEmpty() ? g.name() : g.id();
    Service old = service(g.node(), id);
    boolean fresh = g.modifyIndex() == (old == null ? 0 : old.modifyIndex());
    String names = "\"" + id + "\" on node \"" + g.node() + "\"";
    switch (o.verb()) {
      case GET -> unless(old != null, "service " + names + " doesn't exist");
      case SET, CAS -> {
        unless(
            fresh || o.verb() == TxnOp.Verb.SET,
            "failed to set service " + names + ", index is stale");
        unless(node(g.node()) != null, "Missing node registration");
        registerService(node(g.node()).name(), g);
      }
      case DELETE, DELETE_CAS -> {
        unless(
            o.verb() == TxnOp.Verb.DELETE || old != null && fresh,
            "failed to delete service " + names + ", index is stale");
        removeService(old);
        return null;
      }
    }
    return service(g.node(), id);
  }

  private Check checkOp(TxnOp.OnCheck o) {
    Check g = o.check();
    boolean get = o.verb() == TxnOp.Verb.GET;
    String id = !get && g.id().isEmpty() ? g.name() : g.id();
    Check old = check(g.node(), id);
    boolean fresh = g.modifyIndex() == (old == null ? 0 : old.modifyIndex());
    String names = "\"" + id + "\" on node \"" + g.node() + "\"";
    switch (o.verb()) {
      case GET -> unless(old != null, "check " + names + " doesn't exist");
      case SET, CAS -> {
        unless(
            fresh || o.verb() == TxnOp.Verb.SET,
            "failed to set check " + names + ", index is stale");
        unless(node(g.node()) != null, "Missing node registration");
        registerCheck(node(g.node()).name(), g);
      }
      case DELETE, DELETE_CAS -> {
        unless(
            o.verb() == TxnOp.Verb.DELETE || old != null && fresh,
            "failed to delete check " + names + ", index is stale");
        removeCheck(old);
        return null;
      }
    }
    return check(g.node(), id);
  }

  // ---- prepared queries and coordinates

  private boolean setQuery(Command.PreparedQuerySet c) {
    PreparedQuery g = c.query();
    boolean template = !g.template().type().isEmpty();
    if (g.name().isEmpty() && !template && g.session().isEmpty()) {
      throw new No("Must be bound to a session");
    }
    if (g.service().service().isEmpty()) {
      throw new No("Must provide a Service name to query");
    }
    PreparedQuery old =
        queries.stream().filter(q -> q.id().equals(g.id())).findFirst().orElse(null);
    if (c.update() && old == null) {
      throw new No("Cannot modify non-existent prepared query: '" + g.id() + "'");
    }
    if (!c.update() && old != null) {
      throw new No("prepared query \"" + g.id() + "\" exists already");
    }
    for (PreparedQuery other : queries) {
      boolean alike =
          g.name().isEmpty()
              ? template && other.name().isEmpty() && !other.template().type().isEmpty()
              : same(other.name(), g.name());
      if (alike && !other.id().equals(g.id())) {
        throw new No(
            g.name().isEmpty()
                ? "a query template with an empty name already exists"
                : "name '" + g.name() + "' aliases an existing query name");
      }
    }
    if (queries.stream().anyMatch(q -> q.id().equals(g.name()))) {
      throw new No("name '" + g.name() + "' aliases an existing query ID");
    }
    if (!g.session().isEmpty() && holder(g.session()) == null) {
      throw new No("invalid session");
    }
    if (template && g.template().type().equals("other")) {
      throw new No("failed compiling template: bad Template.Type 'other'");
    }
    if (template && g.template().regexp().equals("(")) {
      throw new No(
          "failed compiling template: bad Regexp: error parsing regexp: missing closing ): `(`");
    }
    if (old == null || !g.at(old.createIndex(), old.modifyIndex()).equals(old)) {
      queries.remove(old);
      queries.add(g.at(old == null ? index : old.createIndex(), index));
      moved.put("queries", index);
    }
    return true;
  }

  private void place(Coordinate g) {
    Node on = node(g.node());
    if (on == null || g.vec().contains(Double.POSITIVE_INFINITY)) {
      return;
    }
    List<Double> vec = g.vec().stream().map(d -> d == 0 ? 0.0 : d).toList();
    Coordinate now =
        new Coordinate(on.name(), g.segment(), vec, g.error(), g.adjustment(), g.height());
    if (!coordinates.contains(now)) {
      coordinates.removeIf(c -> same(c.node(), g.node()) && c.segment().equals(g.segment()));
      coordinates.add(now);
      moved.put("coordinates", index);
    }
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
    store(
        old,
        c.key(),
        c.value(),
        c.flags(),
        old == null ? 0 : old.lockIndex(),
        old == null ? null : old.session());
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
      try {
        registerNode(c.node());
      } catch (No no) {
        throw new No("failed inserting node: " + no.getMessage());
      }
    }
    if (c.service() != null) {
      registerService(c.node().name(), c.service());
    }
    for (Check check : c.checks()) {
      try {
        registerCheck(c.node().name(), check);
      } catch (No no) {
        throw new No(
            "failed inserting check: " + no.getMessage() + " on node \"" + c.node().name() + "\"");
      }
    }
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
              "Error while renaming Node ID: \""
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
      throw new No("Missing service registration");
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
    if (now.status().equals("critical")) {
      endThoseThatNeed(now);
    }
    checks.remove(old);
    checks.add(checkOf(now.node(), id, g, service, old, index));
    moved.put("checks", index);
    touchHealth(now);
    if (old != null) {
      touchHealth(old);
    }
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
      if (coordinates.removeIf(c -> same(c.node(), node.name()))) {
        moved.put("coordinates", index);
      }
      sessions.stream().filter(x -> same(x.node(), node.name())).toList().forEach(this::end);
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
      endThoseThatNeed(check);
    }
  }

  // ---- answers

  private long at(String... names) {
    return Arrays.stream(names).mapToLong(name -> moved.getOrDefault(name, 0L)).max().orElse(0);
  }

  /** Index and content as text. */
  String ask(Query<?> query) {
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
    } else if (!(query instanceof Query.NodeChecks)) {
      return askMore(query);
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

  private String askMore(Query<?> query) {
    List<?> content;
    long found;
    if (query instanceof Query.ServiceChecks q) {
      found = q.nodeMeta().isEmpty() ? at("checks") : at("checks", "nodes");
      content =
          byPlace(
              checks.stream()
                  .filter(c -> same(c.serviceName(), q.service()))
                  .filter(c -> has(node(c.node()), q.nodeMeta()))
                  .toList());
    } else if (query instanceof Query.ChecksInState q) {
      found = q.nodeMeta().isEmpty() ? at("checks") : at("checks", "nodes");
      content =
          byPlace(
              checks.stream()
                  .filter(c -> q.status().equals("any") || c.status().equals(q.status()))
                  .filter(c -> has(node(c.node()), q.nodeMeta()))
                  .toList());
    } else if (query instanceof Query.ServiceHealth q) {
      found = serviceIndex(q.service());
      content = health(q);
    } else if (query instanceof Query.ServiceDump) {
      found = at("nodes", "services", "checks");
      content =
          nodes.stream()
              .sorted(byName())
              .flatMap(n -> servicesOf(n).stream())
              .map(this::withChecks)
              .toList();
    } else if (query instanceof Query.NodeDump q) {
      found = at("nodes", "services", "checks");
      content =
          nodes.stream()
              .filter(n -> q.node() == null || same(n.name(), q.node()))
              .sorted(byName())
              .map(n -> new QueryResult.NodeDump(n, servicesOf(n), checksOn(n.name())))
              .toList();
    } else {
      return askOthers(query);
    }
    return Math.max(1, found) + " " + content;
  }

  private String askOthers(Query<?> query) {
    String ofAccess = access.ask(query);
    if (ofAccess != null) {
      return ofAccess;
    }
    if (query instanceof Query.SessionGet q) {
      return sessions(sessions.stream().filter(s -> same(s.id(), q.id())).toList());
    } else if (query instanceof Query.Sessions) {
      return sessions(sessions);
    } else if (query instanceof Query.NodeSessions q) {
      return sessions(sessions.stream().filter(s -> same(s.node(), q.node())).toList());
    } else if (query instanceof Query.PreparedQueryGet q) {
      return Math.max(1, at("queries"))
          + " "
          + queries.stream().filter(x -> x.id().equals(q.id())).toList();
    } else if (query instanceof Query.PreparedQueries) {
      return Math.max(1, at("queries"))
          + " "
          + queries.stream().sorted(Comparator.comparing(PreparedQuery::id)).toList();
    } else if (query instanceof Query.TxnRead q) {
      Object outcome = copy().txn(q.ops());
      return Math.max(1, index)
          + " "
          + (outcome instanceof Failures failures
              ? text(new TxnOutcome(List.of(), failures.errors))
              : outcome);
    }
    String of = query instanceof Query.NodeCoordinates q ? q.node() : null;
    return Math.max(1, at("coordinates"))
        + " "
        + coordinates.stream()
            .filter(c -> of == null || same(c.node(), of))
            .sorted(
                Comparator.<Coordinate, String>comparing(c -> low(c.node()))
                    .thenComparing(Coordinate::segment))
            .toList();
  }

  private String sessions(List<Session> found) {
    return Math.max(1, at("sessions"))
        + " "
        + found.stream().sorted(Comparator.comparing(s -> low(s.id()))).toList();
  }

  private static List<Check> byPlace(List<Check> checks) {
    return checks.stream()
        .sorted(
            Comparator.<Check, String>comparing(c -> low(c.node())).thenComparing(c -> low(c.id())))
        .toList();
  }

  private List<Check> checksOn(String node) {
    return byPlace(checks.stream().filter(c -> same(c.node(), node)).toList());
  }

  private QueryResult.HealthInstance withChecks(Service s) {
    List<Check> all = new ArrayList<>();
    checksOn(s.node()).stream().filter(c -> c.serviceId().isEmpty()).forEach(all::add);
    checksOn(s.node()).stream().filter(c -> same(c.serviceId(), s.id())).forEach(all::add);
    return new QueryResult.HealthInstance(node(s.node()), s, all);
  }

  private List<?> health(Query.ServiceHealth q) {
    Query.ServiceInstances same = new Query.ServiceInstances(q.service(), q.tags(), q.nodeMeta());
    return instances(same).stream()
        .map(i -> withChecks(((QueryResult.Instance) i).service()))
        .filter(
            i ->
                !q.passingOnly() || i.checks().stream().allMatch(c -> c.status().equals("passing")))
        .toList();
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
    return text(e, e.modifyIndex());
  }

  private static String text(KvEntry e, long modified) {
    return e.key()
        + "="
        + Arrays.toString(e.value())
        + e.flags()
        + "@"
        + e.createIndex()
        + ","
        + modified
        + ","
        + e.lockIndex()
        + e.session();
  }

  static String text(TxnOutcome outcome) {
    return outcome.results().stream()
            .map(r -> r.kv() == null ? r.toString() : text(r.kv()))
            .toList()
        + " "
        + outcome.errors();
  }
}
