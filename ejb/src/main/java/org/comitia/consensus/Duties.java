package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.comitia.consensus.port.Member;
import org.comitia.raft.Configuration;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftCore;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.state.Check;
import org.comitia.state.CheckKey;
import org.comitia.state.Command;
import org.comitia.state.Names;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.comitia.state.ServiceKey;
import org.comitia.state.StateVersion;

/**
 * What the leader does beside replicating: it takes joining servers into the configuration (as
 * learners, promoted when caught up), and keeps nodes and {@code serfHealth} of the catalog in step
 * with the members. One round at a time, on the managed executor, a bounded number of writes a
 * round; whatever fails is looked at again in the next round.
 */
final class Duties {
  static final String SERF_HEALTH = "serfHealth";

  private static final Logger LOG = Logger.getLogger("consul");
  private static final int MAX_WRITES_A_ROUND = 64;

  /** In a leadership's first seconds members may not have been heard yet: nobody is called dead. */
  private static final long GRACE_NANOS = 5_000_000_000L;

  private final Engine engine;
  private final Supplier<List<Member>> members;
  private final Supplier<StateVersion> state;
  private final Function<Command, CompletionStage<?>> propose;
  private final Predicate<Member> silent;
  private final Executor executor;
  private final String datacenter;
  private final AtomicBoolean running = new AtomicBoolean();
  private long leadingSince;
  private long leadingTerm = -1;
  private String lastComplaint = "";

  /**
   * @param propose proposes a command on this leader; completes with its outcome, whatever that is
   * @param silent asks a member directly; true when it does not answer. May block for a second
   */
  Duties(
      Engine engine,
      Supplier<List<Member>> members,
      Supplier<StateVersion> state,
      Function<Command, CompletionStage<?>> propose,
      Predicate<Member> silent,
      Executor executor,
      String datacenter) {
    this.engine = engine;
    this.members = members;
    this.state = state;
    this.propose = propose;
    this.silent = silent;
    this.executor = executor;
    this.datacenter = datacenter;
  }

  /** Starts a round unless one is under way. Does not block. */
  void lookSoon() {
    if (engine.status().established() && running.compareAndSet(false, true)) {
      executor.execute(
          () ->
              CompletableFuture.completedFuture(engine.status())
                  .thenCompose(this::look)
                  .whenComplete((done, error) -> running.set(false)));
    }
  }

  /**
   * Completes when the round's writes have their outcomes: the next round must see what they did.
   */
  private CompletionStage<?> look(Status status) {
    if (!status.established()) {
      return CompletableFuture.completedFuture(null);
    }
    if (status.term() != leadingTerm) {
      leadingTerm = status.term();
      leadingSince = System.nanoTime();
    }
    List<Member> known = members.get();
    changeConfiguration(status, known);
    return keepCatalog(known);
  }

  // ---- servers ----

  /** At most one change a round: the next one needs this one committed. */
  private void changeConfiguration(Status status, List<Member> known) {
    Configuration configuration = status.configuration();
    for (Member member : known) {
      Optional<ServerId> id = Servers.id(member);
      if (!member.isServer() || !member.isAlive() || id.isEmpty() || isLeaving(member)) {
        continue;
      }
      if (change(status, configuration, member, id.get())) {
        return;
      }
    }
  }

  private boolean change(Status status, Configuration configuration, Member member, ServerId id) {
    Optional<Server> listed = configuration.find(id);
    Optional<Server> older =
        configuration.servers().stream()
            .filter(s -> s.id().node().equals(id.node()) && !s.id().equals(id))
            .findFirst();
    if (older.isPresent()) {
      return replace(status, older.get(), member);
    }
    long now = System.nanoTime();
    if (listed.isEmpty()) {
      if (!member.datacenter().equals(datacenter) || isForeign(status, member)) {
        return false;
      }
      Server learner = new Server(id, member.name(), member.serverAddress(), false);
      return accepted(core -> core.addLearner(learner, now), "adding " + member.name());
    }
    if (!listed.get().address().equals(member.serverAddress())) {
      return accepted(
          core -> core.updateAddress(id, member.serverAddress(), now),
          "new address of " + member.name());
    }
    boolean caughtUp = status.peers().stream().anyMatch(p -> p.id().equals(id) && p.caughtUp());
    if (!listed.get().voter() && caughtUp) {
      LOG.info(
          "Promoting server: id="
              + id.node()
              + " address="
              + member.serverAddress()
              + " name="
              + member.name());
      return accepted(core -> core.promote(id, now), "promoting " + member.name());
    }
    return false;
  }

  /**
   * A known node with a new store: the old one goes first, if the others are a quorum without it.
   */
  private boolean replace(Status status, Server older, Member member) {
    long reachable =
        status.configuration().voters().stream()
            .filter(s -> !s.id().equals(older.id()))
            .filter(s -> isAlive(s.id()))
            .count();
    long needed = (status.configuration().voters().size() - (older.voter() ? 1 : 0)) / 2 + 1;
    if (reachable < needed) {
      complain(
          member.name()
              + " came back with an empty store and its old one is needed for quorum: only "
              + reachable
              + " of "
              + needed
              + " needed voters are there. Bring the other servers back first");
      return false;
    }
    LOG.info("replacing a server that came back with a new store: name=" + member.name());
    return accepted(
        core -> core.remove(older.id(), System.nanoTime()), "removing the old " + older.name());
  }

  private boolean isAlive(ServerId id) {
    return members.get().stream()
        .anyMatch(m -> m.isAlive() && Servers.id(m).map(id::equals).orElse(false));
  }

  private boolean isForeign(Status status, Member member) {
    Optional<UUID> cluster = Servers.cluster(member);
    if (cluster.isEmpty() || cluster.get().equals(status.cluster())) {
      return false;
    }
    complain(
        "server "
            + member.name()
            + " ("
            + member.serverAddress()
            + ") belongs to another cluster, not adding it. Stop it, remove its raft/ folder,"
            + " restart it without -bootstrap and join it again");
    return true;
  }

  private boolean accepted(Function<RaftCore, Proposal> change, String what) {
    try {
      Proposal proposal = engine.ask(change).get(2, TimeUnit.SECONDS);
      if (proposal instanceof Proposal.Refused refused) {
        LOG.fine(what + " waits: " + refused.reason());
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      LOG.warning(what + " failed, will retry: error=\"" + e.getMessage() + "\"");
      return true;
    }
  }

  /** The same words once, not every round. */
  private void complain(String text) {
    if (!text.equals(lastComplaint)) {
      lastComplaint = text;
      LOG.warning(text);
    }
  }

  static boolean isLeaving(Member member) {
    return member.status() != Member.Status.ALIVE
        || "1".equals(member.tags().get(Member.Tags.LEAVING));
  }

  // ---- catalog ----

  private CompletionStage<?> keepCatalog(List<Member> known) {
    StateVersion current = state.get();
    List<CompletableFuture<?>> writes = new ArrayList<>();
    for (Member member : known) {
      Optional<Command> command = wanted(member, current);
      if (command.isPresent()) {
        writes.add(propose.apply(command.get()).toCompletableFuture());
        if (writes.size() >= MAX_WRITES_A_ROUND) {
          break;
        }
      }
    }
    return CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new));
  }

  private Optional<Command> wanted(Member member, StateVersion current) {
    Node node = current.nodes().get(Names.fold(member.name()));
    return switch (member.status()) {
      case ALIVE -> alive(member, node, current);
      case FAILED -> failed(member, node, current);
      case LEFT -> left(member, node);
      case LEAVING -> Optional.empty();
    };
  }

  private Optional<Command> alive(Member member, Node node, StateVersion current) {
    Check health = current.checks().get(CheckKey.of(member.name(), SERF_HEALTH));
    boolean nodeKept =
        node != null
            && node.address().equals(member.address())
            && node.id().equals(member.nodeId().toString());
    boolean serviceKept =
        !member.isServer()
            || current.services().containsKey(ServiceKey.of(member.name(), "consul"));
    if (nodeKept && serviceKept && health != null && health.status().equals("passing")) {
      return Optional.empty();
    }
    LOG.info("member joined, marking health alive: member=" + member.name());
    return Optional.of(
        new Command.Register(
            node(member, node),
            nodeKept,
            member.isServer() ? consul(member) : null,
            List.of(health(member, "passing", "Agent alive and reachable"))));
  }

  private Optional<Command> failed(Member member, Node node, StateVersion current) {
    Check health = current.checks().get(CheckKey.of(member.name(), SERF_HEALTH));
    if (node == null
        || !node.id().equals(member.nodeId().toString())
        || (health != null && health.status().equals("critical"))
        || System.nanoTime() - leadingSince < GRACE_NANOS
        || !silent.test(member)) {
      return Optional.empty();
    }
    LOG.info("member failed, marking health critical: member=" + member.name());
    return Optional.of(
        new Command.Register(
            node(member, node),
            true,
            null,
            List.of(health(member, "critical", "Agent not live or unreachable"))));
  }

  private Optional<Command> left(Member member, Node node) {
    if (node == null || !node.id().equals(member.nodeId().toString())) {
      return Optional.empty();
    }
    LOG.info("deregistering member: member=" + member.name() + " reason=left");
    return Optional.of(new Command.Deregister(member.name(), null, null));
  }

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

  private static Service consul(Member member) {
    return new Service(
        member.name(),
        "consul",
        "consul",
        List.of(),
        "",
        Map.of(),
        Map.of("version", member.tags().getOrDefault(Member.Tags.BUILD, "")),
        Integer.parseInt(member.tags().getOrDefault(Member.Tags.PORT, "0")),
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
