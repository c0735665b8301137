package org.comitia.state;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/** Commands and queries over few names, so that they meet each other often. */
public final class RandomCommands {
  private static final List<String> KEYS =
      List.of(
          "a",
          "a/",
          "a/b",
          "a/b/c",
          "a/b/d",
          "a/c",
          "b",
          "b/x",
          "é",
          "é/1",
          "z\uDCFF",
          "z\uDCC3",
          "zé",
          "\uD83D\uDE00",
          "\uE000",
          "\uDCFF");
  private static final List<String> PREFIXES =
      List.of("", "a", "a/", "a/b", "a/b/", "b", "q", "é", "z", "z\uDCC3", "\uDCFF");
  private static final List<String> NODES = List.of("n1", "N1", "n2", "n3", "node-4");
  private static final List<String> IDS =
      List.of(
          "",
          "aaaaaaaa-0000-0000-0000-000000000001",
          "aabbaaaa-0000-0000-0000-000000000002",
          "bbbbbbbb-0000-0000-0000-000000000003",
          "BBBBBBBB-0000-0000-0000-000000000004");
  private static final List<String> SERVICES = List.of("web", "Web", "db", "cache");
  private static final List<String> SESSIONS =
      List.of(
          "11111111-aaaa-0000-0000-000000000001",
          "22222222-aaaa-0000-0000-000000000002",
          "33333333-aaaa-0000-0000-000000000003",
          "33333333-AAAA-0000-0000-000000000003");
  private static final List<String> QUERIES =
      List.of(
          "aaaa1111-bbbb-0000-0000-000000000001",
          "aaaa2222-bbbb-0000-0000-000000000002",
          "aaaa3333-bbbb-0000-0000-000000000003");
  private static final List<String> CHECKS = List.of("serfHealth", "c1", "C1", "c2", "");
  private static final List<String> STATUSES = List.of("", "passing", "warning", "critical");

  private final Random random;
  private final boolean restores;
  private final RandomAccess access;
  private final ArrayDeque<Command> steps = new ArrayDeque<>();
  private String restoration = "";

  public RandomCommands(long seed) {
    this(seed, true);
  }

  /**
   * The same.
   *
   * @param restores whether archives are restored, too
   */
  public RandomCommands(long seed, boolean restores) {
    this.random = new Random(seed);
    this.restores = restores;
    this.access = new RandomAccess(random);
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /**
   * @param last the last index that was used; cas indexes lie around it
   */
  public Command next(long last) {
    int kind = random.nextInt(restores ? 170 : 160);
    if (kind < 25) {
      return new Command.KvPut(one(KEYS), value(), random.nextInt(3) - 1L, cas(last));
    } else if (kind < 33) {
      return new Command.KvDelete(one(KEYS), cas(last));
    } else if (kind < 37) {
      return new Command.KvDeleteTree(one(PREFIXES));
    } else if (kind < 40) {
      return new Command.ReapTombstones(Math.max(0, last - random.nextInt(20)));
    } else if (kind < 65) {
      return new Command.Register(node(), random.nextInt(3) == 0, service(), checks());
    } else if (kind < 72) {
      return new Command.Deregister(
          one(NODES),
          random.nextInt(3) == 0 ? null : one(List.of("", "web", "WEB", "db", "db-1")),
          random.nextInt(3) == 0 ? null : one(List.of("", "serfHealth", "c1", "C1", "c2")));
    } else if (kind < 84) {
      return new Command.SessionCreate(session());
    } else if (kind < 86) {
      return new Command.SessionDestroy(one(SESSIONS));
    } else if (kind < 100) {
      return new Command.KvAcquire(one(KEYS), value(), 0, holder());
    } else if (kind < 105) {
      return new Command.KvRelease(one(KEYS), value(), 0, holder());
    } else if (kind < 110) {
      return endLockDelays(last);
    } else if (kind < 130) {
      return new Command.Txn(ops(last, false));
    } else if (kind < 135) {
      return new Command.PreparedQuerySet(preparedQuery(), random.nextBoolean());
    } else if (kind < 136) {
      return new Command.PreparedQueryDelete(one(QUERIES));
    } else if (kind < 137) {
      return new Command.RaiseLevel(random.nextInt(FeatureLevel.KNOWN + 1));
    } else if (kind < 139) {
      return new Command.RaiseLevel(1 + random.nextInt(FeatureLevel.KNOWN));
    } else if (kind < 140) {
      return new Command.CompareDigest(random.nextInt(3), random.nextLong());
    } else if (kind < 141) {
      return new Command.AutopilotSet(autopilot(), cas(last));
    } else if (kind < 142) {
      return new Command.CoordinateUpdate(coordinates());
    } else if (kind < 160) {
      return access.next(last);
    }
    return restoration();
  }

  /** The step that follows; some are left out, some come twice, some come too early. */
  private Command restoration() {
    if (steps.isEmpty()) {
      steps.addAll(archive());
    }
    switch (random.nextInt(30)) {
      case 0:
        steps.remove();
        return steps.isEmpty() ? new Command.RestoreAbort(restoration) : steps.remove();
      case 1, 2:
        return steps.peek();
      case 3:
        return steps.peekLast();
      case 4:
        return new Command.RestoreAbort(random.nextBoolean() ? restoration : "other");
      default:
        return steps.remove();
    }
  }

  /** Another state, as it is restored; not always as it is said to be. */
  private List<Command> archive() {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    RandomCommands commands = new RandomCommands(random.nextLong(), false);
    long from = random.nextInt(3_000);
    long index = from;
    for (int i = random.nextInt(120); i >= 0; i--) {
      machine.apply(++index, commands.next(index));
    }
    Tables all = machine.version().tables();
    List<Tables> parts = parts(all);
    restoration = new UUID(random.nextLong(), from).toString();
    List<Command> made = new ArrayList<>();
    made.add(
        new Command.RestoreBegin(
            restoration,
            random.nextInt(12) == 0 ? FeatureLevel.KNOWN + 1 : machine.version().level(),
            parts.size() + (random.nextInt(12) == 0 ? 1 : 0),
            all.bytes()));
    for (int i = 0; i < parts.size(); i++) {
      made.add(new Command.RestoreRows(restoration, i, parts.get(i)));
    }
    made.add(new Command.RestoreCommit(restoration));
    return made;
  }

  private static List<Tables> parts(Tables all) {
    Tables none = Tables.EMPTY;
    String middle = "a/b/c";
    return List.of(
        new Tables(
            all.nodes(),
            all.services(),
            none.checks(),
            none.kv(),
            none.tombstones(),
            none.indexes(),
            none.sessions(),
            none.lockDelays(),
            none.preparedQueries(),
            none.coordinates(),
            none.autopilot(),
            none.access()),
        new Tables(
            none.nodes(),
            none.services(),
            all.checks(),
            all.kv().headMap(middle, true),
            none.tombstones(),
            none.indexes(),
            none.sessions(),
            none.lockDelays(),
            none.preparedQueries(),
            none.coordinates(),
            none.autopilot(),
            none.access()),
        new Tables(
            none.nodes(),
            none.services(),
            none.checks(),
            all.kv().tailMap(middle, false),
            all.tombstones(),
            all.indexes(),
            all.sessions(),
            all.lockDelays(),
            all.preparedQueries(),
            all.coordinates(),
            all.autopilot(),
            all.access()));
  }

  private AutopilotConfig autopilot() {
    return new AutopilotConfig(
        random.nextBoolean(),
        random.nextInt(4) - 1L,
        random.nextInt(3),
        random.nextInt(3),
        random.nextInt(3),
        one(List.of("", "zone")),
        random.nextBoolean(),
        "",
        0,
        0);
  }

  private String holder() {
    return random.nextInt(20) == 0 ? "" : one(SESSIONS);
  }

  private Session session() {
    return new Session(
        one(SESSIONS),
        one(List.of("", "lock")),
        one(List.of("n1", "N1", "n2", "n3", "node-4", "")),
        one(List.of(0L, -1L, 15_000_000_000L, 100_000_000_000L)),
        one(List.of(Session.Behavior.values())),
        one(List.of("", "", "10s", "24h", "5ms")),
        random.nextInt(3) > 0 ? List.of() : List.of(one(CHECKS)),
        random.nextInt(4) > 0 ? List.of() : List.of(one(CHECKS), "c2"),
        0,
        0);
  }

  private Command endLockDelays(long last) {
    Map<String, Long> since = new LinkedHashMap<>();
    for (int i = 0; i < 8; i++) {
      since.put(one(KEYS), Math.max(0, last - random.nextInt(30)));
    }
    return new Command.EndLockDelays(since);
  }

  private PreparedQuery preparedQuery() {
    boolean template = random.nextInt(3) == 0;
    return new PreparedQuery(
        one(QUERIES),
        one(List.of("", "web", "Web", "web-", "w", QUERIES.get(0))),
        random.nextInt(3) == 0 ? one(SESSIONS) : "",
        "",
        template
            ? new PreparedQuery.Template(
                one(List.of("name_prefix_match", "name_prefix_match", "other")),
                one(List.of("", "^(.*)-(.*)$", "(")),
                random.nextBoolean())
            : PreparedQuery.Template.NONE,
        new PreparedQuery.ServiceQuery(
            one(List.of("web", "db", "${name.suffix}", "${match(1)}", "")),
            new PreparedQuery.Failover(0, List.of()),
            random.nextBoolean(),
            List.of(),
            "",
            one(List.of(List.of(), List.of("v1"), List.of("!v1"), List.of("${match(2)}"))),
            Map.of(),
            Map.of(),
            false),
        one(List.of("", "10s")),
        0,
        0);
  }

  private List<Coordinate> coordinates() {
    List<Coordinate> coordinates = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      coordinates.add(
          new Coordinate(
              one(NODES),
              one(List.of("", "", "alpha")),
              one(
                  List.of(
                      List.of(0.5, -0.0), List.of(1e-7, 2.5), List.of(Double.POSITIVE_INFINITY))),
              one(List.of(0.1, 1.5)),
              0.25,
              1e-5));
    }
    return coordinates;
  }

  private List<TxnOp> ops(long last, boolean readOnly) {
    List<TxnOp> ops = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      TxnOp op = op(last);
      if (!readOnly || op.readOnly()) {
        ops.add(op);
      }
    }
    return ops;
  }

  private TxnOp op(long last) {
    long index = random.nextInt(3) == 0 ? 0 : Math.max(0, last - random.nextInt(10));
    TxnOp.Verb verb = one(List.of(TxnOp.Verb.values()));
    return switch (random.nextInt(8)) {
      case 0 -> new TxnOp.OnNode(verb, node().at(0, index));
      case 1 -> {
        Service service = service();
        yield service == null
            ? new TxnOp.OnNode(verb, node().at(0, index))
            : new TxnOp.OnService(verb, on(one(NODES), service).at(0, index));
      }
      case 2 -> new TxnOp.OnCheck(verb, check(one(NODES)).at(0, index));
      default ->
          new TxnOp.Kv(
              one(List.of(TxnOp.KvVerb.values())),
              random.nextInt(20) == 0 ? "" : one(KEYS),
              value(),
              random.nextInt(2),
              index,
              holder());
    };
  }

  private static Service on(String node, Service s) {
    return new Service(
        node,
        s.id(),
        s.name(),
        s.tags(),
        s.address(),
        s.taggedAddresses(),
        s.meta(),
        s.port(),
        s.weightPassing(),
        s.weightWarning(),
        s.enableTagOverride(),
        0,
        0);
  }

  public Query<?> query() {
    Map<String, String> meta = random.nextInt(3) == 0 ? Map.of("rack", "1") : Map.of();
    return switch (random.nextInt(22)) {
      case 20, 21 -> access.query();
      case 8 -> new Query.ServiceChecks(one(SERVICES), meta);
      case 9 -> new Query.ChecksInState(one(List.of("any", "passing", "critical", "odd")), meta);
      case 10, 11 ->
          new Query.ServiceHealth(
              one(SERVICES),
              random.nextInt(3) == 0 ? List.of("V1") : List.of(),
              meta,
              random.nextBoolean());
      case 12 -> new Query.SessionGet(one(SESSIONS));
      case 13 -> new Query.Sessions();
      case 14 -> new Query.NodeSessions(one(NODES));
      case 15 -> new Query.NodeDump(random.nextBoolean() ? one(NODES) : null);
      case 16 -> new Query.ServiceDump();
      case 17 ->
          random.nextBoolean()
              ? new Query.PreparedQueries()
              : new Query.PreparedQueryGet(one(QUERIES));
      case 18 ->
          random.nextBoolean() ? new Query.Coordinates() : new Query.NodeCoordinates(one(NODES));
      case 0 -> new Query.KvGet(one(KEYS));
      case 1 -> new Query.KvList(one(PREFIXES));
      case 2 -> new Query.KvKeys(one(PREFIXES), one(List.of("", "/", "\uDCC3", "é", "b/")));
      case 3 -> new Query.Nodes(meta);
      case 4 ->
          new Query.NodeServices(
              one(
                  List.of(
                      "n1", "N2", "n3", "node-4", "none", "aa", "aaaa", "a", "bb", "BBBBBBBB-00")));
      case 5 -> new Query.Services(meta);
      case 6 ->
          new Query.ServiceInstances(
              one(SERVICES), random.nextInt(3) == 0 ? List.of("V1") : List.of(), meta);
      default -> new Query.NodeChecks(one(NODES));
    };
  }

  private byte[] value() {
    return new byte[] {(byte) random.nextInt(3)};
  }

  private Long cas(long last) {
    return switch (random.nextInt(6)) {
      case 0 -> 0L;
      case 1 -> Math.max(0, last - random.nextInt(15));
      default -> null;
    };
  }

  private Node node() {
    return new Node(
        one(IDS),
        one(NODES),
        one(List.of("10.0.0.1", "10.0.0.2", "10.0.0.1", "")),
        "dc1",
        random.nextBoolean()
            ? Map.of()
            : new TreeMap<>(Map.of("lan", "10.0.0.1", "wan", "1.2.3.4")),
        random.nextBoolean() ? Map.of() : Map.of("rack", "1"),
        0,
        0);
  }

  private Service service() {
    if (random.nextInt(3) == 0) {
      return null;
    }
    return new Service(
        "",
        one(List.of("", "web", "WEB", "db", "db-1")),
        one(SERVICES),
        one(List.of(List.of(), List.of("v1"), List.of("v1", "v2"))),
        one(List.of("", "10.1.1.1")),
        random.nextBoolean() ? Map.of() : Map.of("lan", new Service.ServiceAddress("10.1.1.1", 9)),
        Map.of(),
        80,
        1,
        1,
        random.nextInt(5) == 0,
        0,
        0);
  }

  /** A transaction that nobody blocks on. */
  public Query<?> reads(long last) {
    return new Query.TxnRead(ops(last, true));
  }

  private List<Check> checks() {
    List<Check> checks = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      checks.add(check(""));
    }
    return checks;
  }

  private Check check(String node) {
    return new Check(
        node,
        one(CHECKS),
        "named",
        one(STATUSES),
        "",
        one(List.of("", "ok")),
        one(List.of("", "", "web", "db")),
        random.nextInt(9) == 0 ? "db" : "",
        List.of(),
        "",
        0,
        0);
  }
}
