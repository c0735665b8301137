package org.comitia.consensus;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.comitia.cluster.Member;
import org.comitia.raft.Configuration;
import org.comitia.state.Check;
import org.comitia.state.CheckKey;
import org.comitia.state.Command;
import org.comitia.state.Names;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.comitia.state.ServiceKey;
import org.comitia.state.StateVersion;
import org.comitia.state.TxnOp;

/**
 * Keeps nodes and {@code serfHealth} of the catalog in step with the members: registers who is
 * there, marks who failed, takes out who left and whom membership has forgotten. A round looks at
 * what the catalog says now, so that whatever went wrong, or crossed another write, is put right by
 * a later one. Nodes that people registered have no {@code serfHealth} and are never touched. One
 * round at a time.
 */
final class MemberCatalog {
  static final String SERF_HEALTH = "serfHealth";

  private static final Logger LOG = Logger.getLogger("consul");
  private static final int MAX_WRITES_A_ROUND = 64;

  /**
   * How many failed members are asked at once whether they are really gone: each holds a thread of
   * the executor that completes requests for a second, when its host is silent.
   */
  private static final int MAX_ASKED_A_ROUND = 4;

  /** In a leadership's first seconds members may not have been heard yet: nobody is called dead. */
  private static final long GRACE_NANOS = Duration.ofSeconds(5).toNanos();

  /** A node whose member is unknown for this long, without a pause, is reaped. */
  static final long UNKNOWN_NANOS = Duration.ofSeconds(15).toNanos();

  private static final long LOOK_FOR_UNKNOWN_NANOS = Duration.ofSeconds(1).toNanos();

  private final Supplier<StateVersion> state;
  private final Function<Command, CompletionStage<?>> propose;
  private final Predicate<Member> silent;
  private final Executor executor;
  private final String datacenter;
  private int askedBefore;
  private long leadingTerm = -1;
  private long leadingSince;
  private long nextLook;
  private Map<String, Long> unknownSince = new HashMap<>();

  /**
   * @param propose proposes a command on this leader; completes with its outcome, whatever that is
   * @param silent asks a member directly; true when it does not answer. May block for a second
   * @param executor where members are asked
   */
  MemberCatalog(
      Supplier<StateVersion> state,
      Function<Command, CompletionStage<?>> propose,
      Predicate<Member> silent,
      Executor executor,
      String datacenter) {
    this.state = state;
    this.propose = propose;
    this.silent = silent;
    this.executor = executor;
    this.datacenter = datacenter;
  }

  /**
   * One round; proposes a bounded number of writes.
   *
   * @param term in which this server leads
   * @param now the monotonic clock, nanoseconds
   * @return completes when the writes have their outcomes: the next round must see what they did
   */
  CompletionStage<?> keep(long term, Configuration servers, List<Member> known, long now) {
    if (term != leadingTerm) {
      leadingTerm = term;
      leadingSince = now;
      nextLook = now;
      unknownSince = new HashMap<>();
    }
    StateVersion current = state.get();
    List<Command> commands = new ArrayList<>();
    List<Member> suspects = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    known.forEach(member -> ids.add(member.nodeId().toString()));
    for (Member member : known) {
      if (commands.size() < MAX_WRITES_A_ROUND) {
        wanted(member, ids, current).ifPresent(commands::add);
      }
      if (isSuspect(member, current, now)) {
        suspects.add(member);
      }
    }
    reapUnknown(servers, known, ids, current, now, commands);
    List<CompletableFuture<?>> writes = new ArrayList<>();
    for (Command command : commands) {
      writes.add(propose.apply(command).toCompletableFuture());
    }
    writes.addAll(askSuspects(suspects, current));
    return CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new));
  }

  private Optional<Command> wanted(Member member, Set<String> ids, StateVersion current) {
    Node node = current.nodes().get(Names.fold(member.name()));
    return switch (member.status()) {
      case ALIVE -> alive(member, node, ids, current);
      case LEFT -> left(member, node);
      case LEAVING, FAILED -> Optional.empty();
    };
  }

  private Optional<Command> alive(Member member, Node node, Set<String> ids, StateVersion current) {
    if (Servers.isLeaving(member)) {
      return Optional.empty(); // it is being taken out: it would come back as a ghost
    }
    Check health = current.checks().get(CheckKey.of(member.name(), SERF_HEALTH));
    if (node != null && health != null && !node.id().isEmpty() && !ids.contains(node.id())) {
      // it came back with another id, before anybody saw that the old one is gone
      LOG.info("deregistering member: member=" + node.name() + " reason=replaced");
      return Optional.of(removal(node));
    }
    boolean nodeKept =
        node != null
            && node.address().equals(member.address())
            && node.id().equals(member.nodeId().toString());
    if (nodeKept
        && (!member.isServer() || isServiceKept(member, current))
        && health != null
        && health.status().equals("passing")) {
      return Optional.empty();
    }
    LOG.info("member joined, marking health alive: member=" + member.name());
    return Optional.of(registration(member, node, nodeKept));
  }

  /**
   * Its node goes in as long as it is as it was seen: meanwhile the agent may have registered
   * itself, with its meta, which it does not look at again for a minute.
   */
  private Command registration(Member member, Node seen, boolean nodeKept) {
    Service service = member.isServer() ? consul(member) : null;
    Check health = health(member, "passing", "Agent alive and reachable");
    if (nodeKept) {
      return new Command.Register(node(member, seen), true, service, List.of(health));
    }
    List<TxnOp> ops = new ArrayList<>();
    Node wanted = node(member, seen).at(0, seen == null ? 0 : seen.modifyIndex());
    ops.add(new TxnOp.OnNode(TxnOp.Verb.CAS, wanted));
    if (service != null) {
      ops.add(new TxnOp.OnService(TxnOp.Verb.SET, service));
    }
    ops.add(new TxnOp.OnCheck(TxnOp.Verb.SET, health));
    return new Command.Txn(List.copyOf(ops));
  }

  private static boolean isServiceKept(Member member, StateVersion current) {
    Service kept = current.services().get(ServiceKey.of(member.name(), "consul"));
    return kept != null && kept.port() == port(member);
  }

  /** Whether membership calls it failed and the catalog does not. */
  private boolean isSuspect(Member member, StateVersion current, long now) {
    Node node = current.nodes().get(Names.fold(member.name()));
    Check health = current.checks().get(CheckKey.of(member.name(), SERF_HEALTH));
    return member.status() == Member.Status.FAILED
        && node != null
        && node.id().equals(member.nodeId().toString())
        && (health == null || !health.status().equals("critical"))
        && now - leadingSince >= GRACE_NANOS;
  }

  /** Some at a time, others the next time, so that nobody is asked for ever before the rest. */
  private List<CompletableFuture<?>> askSuspects(List<Member> suspects, StateVersion current) {
    List<CompletableFuture<?>> asked = new ArrayList<>();
    int count = Math.min(suspects.size(), MAX_ASKED_A_ROUND);
    for (int i = 0; i < count; i++) {
      Member member = suspects.get((askedBefore + i) % suspects.size());
      asked.add(
          CompletableFuture.supplyAsync(() -> silent.test(member), executor)
              .thenCompose(
                  gone ->
                      gone
                          ? propose.apply(critical(member, current))
                          : CompletableFuture.completedFuture(null)));
    }
    askedBefore = suspects.isEmpty() ? 0 : (askedBefore + count) % suspects.size();
    return asked;
  }

  private Command critical(Member member, StateVersion current) {
    LOG.info("member failed, marking health critical: member=" + member.name());
    return new Command.Register(
        node(member, current.nodes().get(Names.fold(member.name()))),
        true,
        null,
        List.of(health(member, "critical", "Agent not live or unreachable")));
  }

  private Optional<Command> left(Member member, Node node) {
    if (node == null || !node.id().equals(member.nodeId().toString())) {
      return Optional.empty();
    }
    LOG.info("deregistering member: member=" + member.name() + " reason=left");
    return Optional.of(removal(node));
  }

  /**
   * Removes a node with all that is on it, if it is still as it was seen: by now another agent may
   * have its name.
   */
  static Command removal(Node seen) {
    return new Command.Txn(List.of(new TxnOp.OnNode(TxnOp.Verb.DELETE_CAS, seen)));
  }

  // ---- nodes without a member ----

  /**
   * Reaps nodes that have {@code serfHealth} but no member: membership forgets a failed member
   * after {@code reconnect_timeout}. Servers of the configuration stay: that they go is a person's
   * decision.
   */
  private void reapUnknown(
      Configuration servers,
      List<Member> known,
      Set<String> ids,
      StateVersion current,
      long now,
      List<Command> commands) {
    if (now - nextLook < 0) {
      return;
    }
    nextLook = now + LOOK_FOR_UNKNOWN_NANOS;
    Set<String> kept = new HashSet<>(ids);
    known.forEach(member -> kept.add(Names.fold(member.name())));
    servers.servers().forEach(server -> kept.add(server.id().node().toString()));
    Map<String, Long> unknown = new HashMap<>();
    for (Node node : current.nodes().values()) {
      if (kept.contains(node.key())
          || kept.contains(node.id())
          || !current.checks().containsKey(CheckKey.of(node.name(), SERF_HEALTH))) {
        continue;
      }
      long since = unknownSince.getOrDefault(node.key(), now);
      unknown.put(node.key(), since);
      if (now - since >= UNKNOWN_NANOS && commands.size() < MAX_WRITES_A_ROUND) {
        LOG.info("deregistering member: member=" + node.name() + " reason=reaped");
        commands.add(removal(node));
      }
    }
    unknownSince = unknown;
  }

  // ---- what is registered ----

  private Node node(Member member, Node existing) {
    String address = member.address();
    Map<String, String> tagged =
        address.contains(":")
            ? Map.of("lan", address, "lan_ipv6", address, "wan", address, "wan_ipv6", address)
            : Map.of("lan", address, "lan_ipv4", address, "wan", address, "wan_ipv4", address);
    return new Node(
        member.nodeId().toString(),
        member.name(),
        address,
        datacenter,
        tagged,
        existing == null ? Map.of("consul-network-segment", "") : existing.meta(),
        0,
        0);
  }

  private static int port(Member member) {
    try {
      return Integer.parseInt(member.tags().getOrDefault(Member.Tags.PORT, "0"));
    } catch (NumberFormatException e) {
      return 0; // one agent's odd tag must not end the round for all
    }
  }

  private static Service consul(Member member) {
    return new Service(
        member.name(),
        "consul",
        "consul",
        List.of(),
        "",
        Map.of(),
        Map.of("version", member.tags().getOrDefault(Member.Tags.BUILD, "")),
        port(member),
        1,
        1,
        false,
        0,
        0);
  }

  private static Check health(Member member, String status, String output) {
    return new Check(
        member.name(),
        SERF_HEALTH,
        "Serf Health Status",
        status,
        "",
        output,
        "",
        "",
        List.of(),
        "",
        0,
        0);
  }
}
