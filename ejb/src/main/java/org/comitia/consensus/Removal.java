package org.comitia.consensus;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Transport;
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
  private static final long REASON_NANOS = 1_000_000_000L;
  private static final long STEP_NANOS = 20_000_000L;

  private final Engine engine;
  private final ServerCluster cluster;
  private final Supplier<StateVersion> state;
  private final Transport transport;
  private final Timers timers;
  private final Executor executor;

  Removal(
      Engine engine,
      ServerCluster cluster,
      Supplier<StateVersion> state,
      Transport transport,
      Timers timers,
      Executor executor) {
    this.engine = engine;
    this.cluster = cluster;
    this.state = state;
    this.transport = transport;
    this.timers = timers;
    this.executor = executor;
  }

  /** One wish to remove a server, until it is answered. */
  private static final class Wish {
    final Forwarded.Leave request;
    final long until;
    final CompletableFuture<Forwarded.LeaveAnswer> answer;

    /** The index at which this server, leading, has proposed the removal; 0 when it has not. */
    volatile long proposedAt;

    Wish(Forwarded.Leave request, long until, CompletableFuture<Forwarded.LeaveAnswer> answer) {
      this.request = request;
      this.until = until;
      this.answer = answer;
    }
  }

  CompletionStage<Forwarded.LeaveAnswer> leave(Forwarded.Leave request) {
    CompletableFuture<Forwarded.LeaveAnswer> answer = new CompletableFuture<>();
    step(new Wish(request, System.nanoTime() + LIMIT_NANOS, answer));
    return answer;
  }

  /**
   * Takes a server out of the configuration and leaves its node in the catalog. The leader looks
   * for it, by id or by address.
   */
  CompletionStage<Forwarded.LeaveAnswer> removePeer(Forwarded.RemovePeer request) {
    CompletableFuture<Forwarded.LeaveAnswer> answer = new CompletableFuture<>();
    find(request, System.nanoTime() + LIMIT_NANOS, answer);
    return answer;
  }

  private void find(
      Forwarded.RemovePeer request, long until, CompletableFuture<Forwarded.LeaveAnswer> answer) {
    Status status = engine.status();
    if (System.nanoTime() - until >= 0) {
      answer.complete(new Forwarded.LeaveAnswer(-1, Texts.NO_LEADER));
    } else if (status.established()) {
      Optional<Server> peer =
          status.configuration().servers().stream().filter(s -> names(request, s)).findFirst();
      if (peer.isPresent()) {
        step(new Wish(new Forwarded.Leave(request.hops(), peer.get().id(), "", ""), until, answer));
      } else {
        answer.complete(new Forwarded.LeaveAnswer(-1, notFound(request)));
      }
    } else if (status.leaderAddress() != null && !status.isLeader() && request.hops() == 0) {
      Forwarded.RemovePeer next = new Forwarded.RemovePeer(1, request.id(), request.address());
      transport
          .request(status.leaderAddress(), next, Duration.ofNanos(LIMIT_NANOS))
          .thenAcceptAsync(
              reply -> {
                Forwarded.LeaveAnswer given =
                    reply.match(
                        told -> told,
                        notSent -> null,
                        unknown ->
                            new Forwarded.LeaveAnswer(
                                -1, Texts.unknown("the leader did not answer")));
                if (given != null) {
                  answer.complete(given);
                } else {
                  findAgain(request, until, answer);
                }
              },
              executor);
    } else {
      findAgain(request, until, answer);
    }
  }

  private void findAgain(
      Forwarded.RemovePeer request, long until, CompletableFuture<Forwarded.LeaveAnswer> answer) {
    timers.at(
        System.nanoTime() + STEP_NANOS, () -> executor.execute(() -> find(request, until, answer)));
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
   * Looks what is to be done next, does it, and comes back until the answer is there or the time is
   * over.
   */
  private void step(Wish wish) {
    Status status = engine.status();
    ServerId id = wish.request.server();
    long removedAt = wish.proposedAt == 0 ? 0 : engine.removedAt(id);
    if (removedAt >= wish.proposedAt && removedAt > 0) {
      deregister(wish, removedAt); // a leader that has removed itself does not lead any more
    } else if (System.nanoTime() - wish.until >= 0) {
      wish.answer.complete(
          new Forwarded.LeaveAnswer(-1, "no leader could commit the removal in time"));
    } else if (status.established()) {
      lead(wish, status);
    } else if (status.leaderAddress() != null && !status.isLeader() && wish.request.hops() == 0) {
      passOn(wish, status.leaderAddress());
    } else {
      again(wish);
    }
  }

  private void lead(Wish wish, Status status) {
    ServerId id = wish.request.server();
    boolean listed = id != null && status.configuration().contains(id);
    if (!listed) {
      if (status.configurationIndex() > status.commitIndex()) {
        again(wish);
      } else {
        deregister(wish, status.configurationIndex());
      }
      return;
    }
    List<Server> voters = status.configuration().voters();
    if (voters.size() == 1 && voters.get(0).id().equals(id)) {
      wish.answer.complete(
          new Forwarded.LeaveAnswer(
              -1, "it is the last voter: without it there is no cluster and no data"));
      return;
    }
    engine
        .ask(core -> core.remove(id, System.nanoTime()))
        .whenCompleteAsync(
            (proposal, error) -> {
              if (proposal instanceof Proposal.Accepted accepted) {
                wish.proposedAt = accepted.firstIndex();
                LOG.info("removing server: id=" + id.node() + " name=" + wish.request.nodeName());
              }
              if (proposal instanceof Proposal.Refused refused && timeIsShort(wish.until)) {
                wish.answer.complete(new Forwarded.LeaveAnswer(-1, refused.reason()));
              } else {
                again(wish);
              }
            },
            executor);
  }

  /** The core's reason is worth more to the asker than the news that the time is over. */
  private static boolean timeIsShort(long until) {
    return System.nanoTime() - until + REASON_NANOS >= 0;
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
        .write(MemberCatalog.removal(node), 0)
        .thenAccept(outcome -> wish.answer.complete(removed)); // what it missed a later round does
  }

  private void passOn(Wish wish, String leader) {
    Forwarded.Leave request = wish.request;
    Forwarded.Leave next =
        new Forwarded.Leave(1, request.server(), request.nodeName(), request.nodeId());
    transport
        .request(leader, next, Duration.ofNanos(LIMIT_NANOS))
        .thenAcceptAsync(
            reply -> {
              Forwarded.LeaveAnswer given =
                  reply.match(told -> told, notSent -> null, unknown -> null);
              if (given != null && given.removedAt() >= 0) {
                wish.answer.complete(given);
              } else {
                again(wish); // removing twice is harmless: it is looked up first
              }
            },
            executor);
  }

  private void again(Wish wish) {
    timers.at(System.nanoTime() + STEP_NANOS, () -> executor.execute(() -> step(wish)));
  }
}
