package org.comitia.consensus;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.comitia.access.Access;
import org.comitia.access.Resource;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.guard.Demand;
import org.comitia.raft.Proposal;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.state.Names;
import org.comitia.state.Node;
import org.comitia.state.StateVersion;

/**
 * Carries out that an agent leaves: the leader takes a server out of the configuration, then the
 * node out of the catalog. Nobody else ever removes a server because of what a view says.
 */
final class Removal {
  private static final Logger LOG = Logger.getLogger("consul");
  private static final long LIMIT_NANOS = 12_000_000_000L;
  private static final Duration FORWARDED = Duration.ofNanos(LIMIT_NANOS);
  private static final long REASON_NANOS = 1_000_000_000L;
  private static final long STEP_NANOS = 20_000_000L;

  private final Engine engine;
  private final ServerCluster cluster;
  private final Supplier<StateVersion> state;
  private final LeaderRoute route;
  private final Timers timers;
  private final Executor executor;

  Removal(
      Engine engine,
      ServerCluster cluster,
      Supplier<StateVersion> state,
      Timers timers,
      Executor executor) {
    this.engine = engine;
    this.cluster = cluster;
    this.state = state;
    this.route = cluster.route();
    this.timers = timers;
    this.executor = executor;
  }

  /**
   * @param vouched whether it needs no right: a server's own, or one that a server has looked at
   */
  CompletionStage<Forwarded.LeaveAnswer> leave(Forwarded.Leave request, boolean vouched) {
    String denied = vouched ? null : denial(request);
    if (denied != null) {
      return CompletableFuture.completedFuture(new Forwarded.LeaveAnswer(-1, denied));
    }
    return send(new Wish(request, timers.now() + LIMIT_NANOS));
  }

  /** Operators may take out everybody, an agent itself: who may write its node. */
  private String denial(Forwarded.Leave request) {
    StateVersion version = state.get();
    Demand operator = Demand.of(Resource.OPERATOR, Access.WRITE);
    if (request.server() != null) {
      String name = nameOf(request.server(), version);
      Demand demand = name == null ? operator : operator.or(write(name));
      String denied =
          name == null && engine.status().established()
              ? null // nothing is there to be removed, the leader knows
              : cluster.guard().denial(request.caller(), demand);
      if (denied != null) {
        return denied;
      }
    }
    Node node = version.nodes().get(Names.fold(request.nodeName()));
    String name = node == null ? request.nodeName() : node.name();
    return cluster.guard().denial(request.caller(), write(name).or(operator));
  }

  private static Demand write(String node) {
    return Demand.of(Resource.NODE, node, Access.WRITE);
  }

  /** As the configuration knows it, else the catalog; null when neither does. */
  private String nameOf(ServerId id, StateVersion version) {
    for (Server server : engine.status().configuration().servers()) {
      if (server.id().equals(id)) {
        return server.name();
      }
    }
    String node = id.node().toString();
    for (Node one : version.nodes().values()) {
      if (node.equals(one.id())) {
        return one.name();
      }
    }
    return null;
  }

  private CompletionStage<Forwarded.LeaveAnswer> send(Wish wish) {
    route.send(wish, wish.request.hops(), wish.until);
    return wish.answer;
  }

  /**
   * Takes a server out of the configuration and leaves its node in the catalog. The leader looks
   * for it, by id or by address.
   */
  CompletionStage<Forwarded.LeaveAnswer> removePeer(Forwarded.RemovePeer request) {
    Search search = new Search(request, timers.now() + LIMIT_NANOS);
    route.send(search, request.hops(), search.until);
    return search.answer;
  }

  /** A wish to remove a server that the leader is to look for. */
  private final class Search implements LeaderRoute.Errand<Forwarded.LeaveAnswer> {
    private final Forwarded.RemovePeer request;
    private final long until;
    private final CompletableFuture<Forwarded.LeaveAnswer> answer = new CompletableFuture<>();

    private Search(Forwarded.RemovePeer request, long until) {
      this.request = request;
      this.until = until;
    }

    @Override
    public void lead(Runnable again) {
      Status status = engine.status();
      Optional<Server> peer =
          status.configuration().servers().stream().filter(s -> names(request, s)).findFirst();
      String denied = cluster.guard().operator(request.caller(), Access.WRITE);
      if (!status.established()) {
        again.run();
      } else if (denied != null) {
        answer.complete(new Forwarded.LeaveAnswer(-1, denied));
      } else if (peer.isEmpty()) {
        answer.complete(new Forwarded.LeaveAnswer(-1, notFound(request)));
      } else {
        Forwarded.Leave found =
            new Forwarded.Leave(request.hops(), request.caller(), peer.get().id(), "", "");
        send(new Wish(found, until)).thenAccept(answer::complete);
      }
    }

    @Override
    public Forwarded.RemovePeer request() {
      return new Forwarded.RemovePeer(1, request.caller(), request.id(), request.address());
    }

    @Override
    public Duration timeout() {
      return FORWARDED;
    }

    @Override
    public boolean answered(Forwarded.LeaveAnswer given) {
      answer.complete(given);
      return true;
    }

    /** A second search would not find what the first has removed. */
    @Override
    public boolean unknown(String reason, boolean over) {
      return answered(new Forwarded.LeaveAnswer(-1, Texts.unknown("the leader did not answer")));
    }

    @Override
    public void fail(Failure failure) {
      answer.complete(new Forwarded.LeaveAnswer(-1, cluster.text(failure)));
    }
  }

  private static boolean names(Forwarded.RemovePeer request, Server server) {
    return request.id().isEmpty()
        ? server.address().equals(request.address())
        : server.id().node().toString().equals(request.id());
  }

  private static String notFound(Forwarded.RemovePeer request) {
    return (request.id().isEmpty() ? "address \"" + request.address() : "id \"" + request.id())
        + "\" was not found in the Raft configuration";
  }

  /**
   * One wish to remove a server, until it is answered: looks what is to be done next, does it, and
   * comes back. Removing twice is harmless: it is looked up first.
   */
  private final class Wish implements LeaderRoute.Errand<Forwarded.LeaveAnswer> {
    private final Forwarded.Leave request;
    private final long until;
    private final CompletableFuture<Forwarded.LeaveAnswer> answer = new CompletableFuture<>();

    /** The index at which this server, leading, has proposed the removal; 0 when it has not. */
    private volatile long proposedAt;

    private Wish(Forwarded.Leave request, long until) {
      this.request = request;
      this.until = until;
    }

    /** A leader that has removed itself does not lead any more. */
    @Override
    public boolean isSettled() {
      long removedAt = proposedAt == 0 ? 0 : engine.removedAt(request.server());
      if (removedAt >= proposedAt && removedAt > 0) {
        deregister(this, removedAt);
        return true;
      }
      if (timers.now() - until >= 0) {
        fail(Failure.NO_LEADER);
        return true;
      }
      return false;
    }

    @Override
    public void lead(Runnable again) {
      Status status = engine.status();
      ServerId id = request.server();
      if (!status.established()) {
        again.run();
      } else if (id != null && status.configuration().contains(id)) {
        remove(id, status.configuration().voters());
      } else if (status.configurationIndex() > status.commitIndex()) {
        step();
      } else {
        deregister(this, status.configurationIndex());
      }
    }

    private void remove(ServerId id, List<Server> voters) {
      if (voters.size() == 1 && voters.get(0).id().equals(id)) {
        answer.complete(
            new Forwarded.LeaveAnswer(
                -1, "it is the last voter: without it there is no cluster and no data"));
        return;
      }
      engine
          .ask(core -> core.remove(id, System.nanoTime()))
          .whenCompleteAsync(
              (proposal, error) -> {
                if (proposal instanceof Proposal.Accepted accepted) {
                  proposedAt = accepted.firstIndex();
                  LOG.info("removing server: id=" + id.node() + " name=" + request.nodeName());
                }
                if (proposal instanceof Proposal.Refused refused && timeIsShort()) {
                  answer.complete(new Forwarded.LeaveAnswer(-1, refused.reason()));
                } else {
                  step();
                }
              },
              executor);
    }

    /** The core's reason is worth more to the asker than the news that the time is over. */
    private boolean timeIsShort() {
      return timers.now() - until + REASON_NANOS >= 0;
    }

    /** Comes back when something may have been committed. */
    private void step() {
      timers.at(timers.now() + STEP_NANOS, () -> executor.execute(() -> send(this)));
    }

    @Override
    public Forwarded.Leave request() {
      return new Forwarded.Leave(
          1, request.caller(), request.server(), request.nodeName(), request.nodeId());
    }

    @Override
    public Duration timeout() {
      return FORWARDED;
    }

    @Override
    public boolean answered(Forwarded.LeaveAnswer given) {
      if (given.removedAt() < 0) {
        return false;
      }
      answer.complete(given);
      return true;
    }

    @Override
    public boolean unknown(String reason, boolean over) {
      return false;
    }

    @Override
    public boolean isFarewell() {
      return true;
    }

    @Override
    public void fail(Failure failure) {
      answer.complete(
          new Forwarded.LeaveAnswer(
              -1,
              failure == Failure.NO_LEADER
                  ? "no leader could commit the removal in time"
                  : cluster.text(failure)));
    }
  }

  private void deregister(Wish wish, long removedAt) {
    Forwarded.LeaveAnswer removed = new Forwarded.LeaveAnswer(Math.max(0, removedAt), "");
    Forwarded.Leave request = wish.request;
    Node node = state.get().nodes().get(Names.fold(request.nodeName()));
    if (node == null || !node.id().equals(request.nodeId())) {
      wish.answer.complete(removed); // not there, or another agent's by now
      return;
    }
    LOG.info("deregistering member: member=" + request.nodeName() + " reason=left");
    cluster
        .write(Caller.SYSTEM, MemberCatalog.removal(node), 1)
        .thenAccept(outcome -> wish.answer.complete(removed)); // what it missed a later round does
  }
}
