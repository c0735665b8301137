package org.comitia.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

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
  private static final List<String> STATUSES = List.of("", "passing", "warning", "critical");

  private final Random random;

  public RandomCommands(long seed) {
    random = new Random(seed);
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /**
   * @param last the last index that was used; cas indexes lie around it
   */
  public Command next(long last) {
    int kind = random.nextInt(100);
    if (kind < 35) {
      return new Command.KvPut(one(KEYS), value(), random.nextInt(3) - 1L, cas(last));
    } else if (kind < 47) {
      return new Command.KvDelete(one(KEYS), cas(last));
    } else if (kind < 52) {
      return new Command.KvDeleteTree(one(PREFIXES));
    } else if (kind < 55) {
      return new Command.ReapTombstones(Math.max(0, last - random.nextInt(20)));
    } else if (kind < 85) {
      return new Command.Register(node(), random.nextInt(3) == 0, service(), checks());
    }
    return new Command.Deregister(
        one(NODES),
        random.nextInt(3) == 0 ? null : one(List.of("", "web", "WEB", "db", "db-1")),
        random.nextInt(3) == 0 ? null : one(List.of("", "serfHealth", "c1", "C1", "c2")));
  }

  public Query query() {
    Map<String, String> meta = random.nextInt(3) == 0 ? Map.of("rack", "1") : Map.of();
    return switch (random.nextInt(8)) {
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

  private List<Check> checks() {
    List<Check> checks = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      checks.add(
          new Check(
              "",
              one(List.of("serfHealth", "c1", "C1", "c2", "")),
              "named",
              one(STATUSES),
              "",
              one(List.of("", "ok")),
              one(List.of("", "", "web", "db")),
              "",
              List.of(),
              "",
              0,
              0));
    }
    return checks;
  }
}
