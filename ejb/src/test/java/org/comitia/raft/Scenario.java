package org.comitia.raft;

import java.util.ArrayList;
import java.util.List;

/**
 * Plays the commands of a scenario file on a {@link TestCluster} and tells what happened.
 *
 * <pre>
 * cluster N              servers 1 to N, bootstrapped as voters
 * spare N                one more, empty server
 * quiet | loud           whether messages and events are told (loud at first)
 * elect N                time passes for N until it campaigns; everything is delivered
 * campaign N             the same, and nothing is delivered
 * run MILLIS             time passes on all servers, everything is delivered
 * tick N MILLIS          time passes, N alone notices, nothing is delivered
 * settle                 everything on the wires is delivered, until nothing moves
 * deliver FROM TO        what is on that wire now
 * drop FROM TO           the same, lost
 * isolate N | cut A B | heal
 * disk N off | on        whether N's disk answers
 * propose N TEXT...      one command for each word
 * read N ID              ReadIndex
 * transfer N [TO]        hand leadership over
 * add L N | promote L N | remove L N    membership, asked of L
 * broken N PEER          N's connection to PEER broke
 * load N CURRENT TERM... N restarts in a term, with entries of these terms, the first a configuration
 * restart N              N loses what is not synced and starts again
 * status | log N         what there is
 * </pre>
 */
final class Scenario {
  private final List<String> told = new ArrayList<>();
  private TestCluster cluster = new TestCluster(RaftOptions.withMultiplier(1));

  List<String> play(List<String> commands) {
    told.clear();
    for (String command : commands) {
      String[] words = command.trim().split("\\s+");
      try {
        play(words);
      } catch (IllegalStateException e) {
        told.add("broken invariant: " + ScenarioText.servers(e.getMessage()));
      }
    }
    return told.isEmpty() ? List.of("ok") : List.copyOf(told);
  }

  private void play(String[] words) {
    int first = words.length > 1 && words[1].matches("\\d+") ? Integer.parseInt(words[1]) : 0;
    int second = words.length > 2 && words[2].matches("\\d+") ? Integer.parseInt(words[2]) : 0;
    switch (words[0]) {
      case "cluster" -> start(first);
      case "spare" -> cluster.add(first);
      case "quiet" -> cluster.trace = line -> {};
      case "loud" -> cluster.trace = told::add;
      case "elect" -> cluster.elect(first);
      case "campaign" -> campaign(first);
      case "run" -> cluster.run(first);
      case "tick" -> tick(first, second);
      case "settle" -> cluster.settle();
      case "deliver" -> move(first, second, true);
      case "drop" -> move(first, second, false);
      case "isolate" -> cluster.isolate(first);
      case "cut" -> cluster.lost = cluster.lost.or(f -> f.from() == first && f.to() == second);
      case "heal" -> cluster.heal();
      case "disk" -> disk(first, words[2].equals("on"));
      case "propose" -> propose(first, words);
      case "read" -> read(first, second);
      case "load" -> load(first, words);
      case "restart" -> cluster.node(first).restart();
      case "broken" -> broken(first, second);
      case "status" -> told.addAll(cluster.describe().lines().toList());
      case "log" -> cluster.node(first).disk.forEach(e -> told.add(ScenarioText.of(e)));
      default -> membership(words[0], first, second);
    }
  }

  private void membership(String command, int leader, int subject) {
    RaftCore core = cluster.core(leader);
    long now = cluster.now;
    ServerId id = TestCluster.id(subject);
    switch (command) {
      case "add" -> tell(core.addLearner(TestCluster.server(subject, false), now));
      case "promote" -> tell(core.promote(id, now));
      case "remove" -> tell(core.remove(id, now));
      case "transfer" ->
          told.add(core.transferLeadership(subject == 0 ? null : id, now) ? "started" : "no");
      default -> throw new IllegalArgumentException("no such command: " + command);
    }
    cluster.node(leader).work();
  }

  private void start(int servers) {
    cluster = TestCluster.of(servers);
    cluster.trace = told::add;
  }

  private void campaign(int number) {
    TestCluster.Node node = cluster.node(number);
    cluster.now += cluster.options.electionNanos();
    for (int i = 0; i < 200 && node.core.role() == Role.FOLLOWER; i++) {
      tick(number, 10);
    }
  }

  private void tick(int number, int millis) {
    for (long end = cluster.now + millis * TestCluster.MILLI; cluster.now < end; ) {
      cluster.now += 10 * TestCluster.MILLI;
      cluster.core(number).tick(cluster.now);
      cluster.node(number).work();
    }
  }

  private void move(int from, int to, boolean arrives) {
    List<TestCluster.Flight> moving =
        cluster.wires.stream().filter(f -> f.from() == from && f.to() == to).toList();
    cluster.wires.removeAll(moving);
    for (TestCluster.Flight flight : moving) {
      if (arrives) {
        cluster.deliver(flight);
      } else {
        cluster.trace.accept("lost " + ScenarioText.of(flight));
      }
    }
  }

  private void disk(int number, boolean on) {
    TestCluster.Node node = cluster.node(number);
    node.syncs = on;
    node.work();
    if (on) {
      node.sync();
      node.work();
    }
  }

  private void propose(int number, String[] words) {
    List<byte[]> commands = new ArrayList<>();
    for (int i = 2; i < words.length; i++) {
      commands.add(words[i].getBytes());
    }
    tell(cluster.core(number).propose(commands, cluster.now));
    cluster.node(number).work();
  }

  /** The first entry is the configuration of all servers that there are. */
  private void load(int number, String[] words) {
    TestCluster.Node node = cluster.node(number);
    node.hardState = new HardState(Long.parseLong(words[2]), null);
    node.disk.clear();
    byte[] configuration =
        ConfigurationCodec.encode(TestCluster.configuration(cluster.nodes.size()));
    for (int i = 3; i < words.length; i++) {
      long term = Long.parseLong(words[i]);
      node.disk.add(
          i == 3
              ? new Entry(1, term, Entry.Kind.CONFIGURATION, configuration)
              : new Entry(i - 2, term, Entry.Kind.COMMAND, ("t" + term).getBytes()));
    }
    node.restart();
    cluster.wires.removeIf(f -> f.from() == number || f.to() == number);
  }

  private void read(int number, int requestId) {
    cluster.core(number).readIndex(requestId, cluster.now);
    cluster.node(number).work();
  }

  private void broken(int number, int peer) {
    cluster.core(number).peerBroken(TestCluster.id(peer), cluster.now);
    cluster.node(number).work();
  }

  private void tell(Proposal proposal) {
    if (proposal instanceof Proposal.Accepted a) {
      told.add("accepted at " + a.firstIndex() + "/" + a.term());
    } else if (proposal instanceof Proposal.NotLeader n) {
      told.add("not leader; leader is " + ScenarioText.number(n.leader()));
    } else if (proposal instanceof Proposal.Refused r) {
      told.add("refused: " + ScenarioText.servers(r.reason()));
    }
  }
}
