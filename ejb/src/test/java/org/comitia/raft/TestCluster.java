package org.comitia.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A few cores and the wires between them, moved by hand: time, message delivery and syncing happen
 * only when a test says so.
 */
final class TestCluster {
  static final long MILLI = 1_000_000L;

  /** A message on its way. */
  record Flight(int from, int to, Message message) {
    @Override
    public String toString() {
      return from + "->" + to + " " + message;
    }
  }

  /** One server: its core, its disk, and everything that its core ever asked for. */
  final class Node {
    final int number;
    RaftCore core;
    HardState hardState = HardState.INITIAL;
    LogBase base = LogBase.NONE;
    final List<Entry> disk = new ArrayList<>();
    final ArrayDeque<Persist> unsynced = new ArrayDeque<>();
    final List<Entry> applied = new ArrayList<>();
    final List<RaftEvent> events = new ArrayList<>();
    final List<ReadResult> reads = new ArrayList<>();
    final List<LogRead> asked = new ArrayList<>();
    private long saved;
    boolean syncs = true;
    boolean answersReads = true;

    /** The feature level that it knows from the next start on. */
    int level;

    /** Whether a start finds the newest entries in memory, as far as they fit. */
    boolean keepsTail = true;

    Node(int number) {
      this.number = number;
    }

    /** Carries out one Ready; messages go onto the wires. */
    void work() {
      for (Ready ready = core.ready(); !ready.isEmpty(); ready = core.ready()) {
        for (Outbound outbound : ready.messages()) {
          wires.add(new Flight(number, numberOf(outbound.to()), outbound.message()));
        }
        unsynced.addAll(ready.persists());
        ready
            .persists()
            .forEach(
                p -> p.entries().forEach(e -> assertBehind(p.base() == null ? base : p.base(), e)));
        applied.addAll(ready.committed());
        events.addAll(ready.events());
        reads.addAll(ready.reads());
        ready.events().forEach(e -> trace.accept(number + " " + ScenarioText.of(e)));
        ready
            .reads()
            .forEach(r -> trace.accept(number + " read " + r.requestId() + " at " + r.index()));
        if (!ready.committed().isEmpty()) {
          core.applied(applied.get(applied.size() - 1).index());
        }
        for (LogRead read : ready.logReads()) {
          asked.add(read);
          if (answersReads) {
            core.logRead(read.fromIndex(), read(read), now);
          }
        }
        if (syncs) {
          sync();
        }
      }
    }

    void sync() {
      while (!unsynced.isEmpty()) {
        Persist persist = unsynced.poll();
        write(persist);
        core.synced(persist.sequence(), now);
      }
    }

    private void write(Persist persist) {
      if (persist.hardState() != null) {
        hardState = persist.hardState();
      }
      if (persist.truncateFrom() > 0) {
        disk.removeIf(e -> e.index() >= persist.truncateFrom());
      }
      if (persist.base() != null) {
        base = persist.base();
        disk.removeIf(e -> e.index() <= base.index());
      }
      disk.addAll(persist.entries());
    }

    private static void assertBehind(LogBase base, Entry entry) {
      if (entry.index() <= base.index()) {
        throw new AssertionError(entry + " is written to a log that begins behind " + base);
      }
    }

    private List<Entry> read(LogRead read) {
      List<Entry> found = new ArrayList<>();
      long bytes = 0;
      for (Entry entry : disk) {
        if (entry.index() >= read.fromIndex() && bytes <= read.maxBytes()) {
          found.add(entry);
          bytes += entry.size();
        }
      }
      return found;
    }

    /** Starts anew from the disk; what was not synced is lost. */
    void restart() {
      restart(base.index());
    }

    /** The same with saved tables that are at this index. */
    void restart(long savedIndex) {
      unsynced.clear();
      saved = savedIndex;
      core =
          new RaftCore(
              id(number), options.withLevel(level), stored(), new SplittableRandom(number), now);
      events.clear();
      applied.clear();
      reads.clear();
    }

    StoredLog stored() {
      List<TermRun> runs = new ArrayList<>();
      List<Entry> configurations = new ArrayList<>();
      for (Entry entry : disk) {
        if (runs.isEmpty() || runs.get(runs.size() - 1).term() != entry.term()) {
          runs.add(new TermRun(entry.index(), entry.term()));
        }
        if (entry.kind() == Entry.Kind.CONFIGURATION) {
          configurations.add(entry);
        }
      }
      return new StoredLog(
          hardState,
          base,
          base.index() + disk.size(),
          runs,
          configurations,
          saved,
          keepsTail ? List.copyOf(disk) : List.of());
    }

    /** The log as text: {@code 1 1 2} for entries of terms 1, 1 and 2. */
    String terms() {
      StringBuilder text = new StringBuilder();
      disk.forEach(e -> text.append(text.isEmpty() ? "" : " ").append(e.term()));
      return text.toString();
    }

    <T extends RaftEvent> List<T> events(Class<T> type) {
      return events.stream().filter(type::isInstance).map(type::cast).toList();
    }
  }

  final RaftOptions options;
  final Map<Integer, Node> nodes = new TreeMap<>();
  final List<Flight> wires = new ArrayList<>();
  Predicate<Flight> lost = flight -> false;
  Consumer<String> trace = line -> {};
  long now = 1_000 * MILLI;

  TestCluster(RaftOptions options) {
    this.options = options;
  }

  /** Servers 1 to n, bootstrapped with one configuration of all of them as voters. */
  static TestCluster of(int n) {
    TestCluster cluster = new TestCluster(RaftOptions.withMultiplier(1));
    for (int i = 1; i <= n; i++) {
      cluster.add(i).core.bootstrap(configuration(n), cluster.now);
      cluster.nodes.get(i).work();
    }
    return cluster;
  }

  Node add(int number) {
    Node node = new Node(number);
    node.restart();
    nodes.put(number, node);
    return node;
  }

  Node node(int number) {
    return nodes.get(number);
  }

  RaftCore core(int number) {
    return nodes.get(number).core;
  }

  static ServerId id(int number) {
    return new ServerId(new UUID(0, number), new UUID(1, number));
  }

  static int numberOf(ServerId id) {
    return (int) id.node().getLeastSignificantBits();
  }

  static Server server(int number, boolean voter) {
    return new Server(id(number), "n" + number, "127.0.0." + number + ":8300", voter);
  }

  static Configuration configuration(int voters) {
    List<Server> servers = new ArrayList<>();
    for (int i = 1; i <= voters; i++) {
      servers.add(server(i, true));
    }
    return new Configuration(servers);
  }

  /** Delivers everything that is on the wires, and what that causes, until nothing moves. */
  void settle() {
    nodes.values().forEach(Node::work);
    for (int rounds = 0; !wires.isEmpty(); rounds++) {
      if (rounds > 10_000) {
        throw new AssertionError("messages without end: " + wires);
      }
      deliver(wires.remove(0));
    }
  }

  void deliver(Flight flight) {
    Node to = nodes.get(flight.to());
    boolean arrives = to != null && !lost.test(flight);
    trace.accept((arrives ? "" : "lost ") + ScenarioText.of(flight));
    if (arrives) {
      to.core.receive(id(flight.from()), flight.message(), now);
      to.work();
    }
  }

  /** Lets time pass in ticks of 10 ms on all servers, everything being delivered. */
  void run(long millis) {
    for (long end = now + millis * MILLI; now < end; ) {
      now += 10 * MILLI;
      for (Node node : nodes.values()) {
        node.core.tick(now);
      }
      settle();
    }
  }

  /** Time passes on one server alone until it campaigns and what follows is settled. */
  void campaign(int number) {
    Node node = nodes.get(number);
    for (int i = 0; i < 200 && node.core.role() == Role.FOLLOWER; i++) {
      now += 10 * MILLI;
      node.core.tick(now);
    }
    settle();
  }

  /** Makes this server lead, everybody else consenting. */
  void elect(int number) {
    now += options.electionNanos();
    campaign(number);
    if (core(number).role() != Role.LEADER) {
      throw new AssertionError(number + " was not elected: " + describe());
    }
  }

  void isolate(int number) {
    lost = lost.or(f -> f.from() == number || f.to() == number);
  }

  void heal() {
    lost = flight -> false;
  }

  Proposal propose(int number, String command) {
    Proposal proposal = core(number).propose(List.of(command.getBytes()), now);
    nodes.get(number).work();
    return proposal;
  }

  String describe() {
    StringBuilder text = new StringBuilder();
    for (Node node : nodes.values()) {
      RaftCore core = node.core;
      text.append(
          String.format(
              "%d: %s term=%d leader=%s last=%d/%d commit=%d%n",
              node.number,
              core.role(),
              core.term(),
              core.leader() == null ? "-" : numberOf(core.leader()),
              core.lastIndex(),
              core.lastTerm(),
              core.commitIndex()));
    }
    return text.toString();
  }
}
