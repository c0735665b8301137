package org.comitia.consensus;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.logging.Logger;
import org.comitia.access.Access;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/**
 * Hands leadership over because a person says so (thesis §3.10): at the leader, which waits until
 * another server leads or the time is over.
 */
final class LeadershipTransfer {
  private static final Logger LOG = Logger.getLogger("consul");
  private static final long LIMIT_NANOS = 12_000_000_000L;

  /** Longer than the core tries: two elections with the slowest timers. */
  private static final long PATIENCE_NANOS = 5_000_000_000L;

  private static final long STEP_NANOS = 20_000_000L;

  private final Engine engine;
  private final ServerCluster cluster;
  private final LeaderRoute route;
  private final Timers timers;

  LeadershipTransfer(Engine engine, ServerCluster cluster, Timers timers) {
    this.engine = engine;
    this.cluster = cluster;
    this.route = cluster.route();
    this.timers = timers;
  }

  CompletionStage<Forwarded.TransferAnswer> transfer(Forwarded.TransferLeader request) {
    Wish wish = new Wish(request);
    route.send(wish, request.hops(), timers.now() + LIMIT_NANOS);
    return wish.answer;
  }

  private final class Wish implements LeaderRoute.Errand<Forwarded.TransferAnswer> {
    private final Forwarded.TransferLeader request;
    private final CompletableFuture<Forwarded.TransferAnswer> answer = new CompletableFuture<>();

    private Wish(Forwarded.TransferLeader request) {
      this.request = request;
    }

    @Override
    public void lead(Runnable again) {
      Status status = engine.status();
      if (!status.established()) {
        again.run();
        return;
      }
      String denied = cluster.guard().operator(request.caller(), Access.WRITE);
      if (denied != null) {
        refuse(denied);
        return;
      }
      Optional<Server> target =
          status.configuration().servers().stream()
              .filter(server -> server.id().node().toString().equals(request.id()))
              .findFirst();
      String obstacle = obstacle(status, target);
      if (!obstacle.isEmpty()) {
        refuse(obstacle);
        return;
      }
      ServerId heir = target.map(Server::id).orElse(null);
      engine
          .ask(core -> core.transferLeadership(heir, System.nanoTime()))
          .whenComplete(
              (begun, error) -> {
                if (error != null) {
                  refuse(error.getMessage());
                } else if (begun) {
                  LOG.info(
                      "leadership is handed over as asked: to="
                          + target.map(Server::name).orElse("any"));
                  await(status.term(), timers.now() + PATIENCE_NANOS);
                } else {
                  refuse(
                      "leadership is being handed over already, or no other voter that can lead is"
                          + " there");
                }
              });
    }

    private String obstacle(Status status, Optional<Server> target) {
      if (request.id().isEmpty()) {
        return status.configuration().voters().size() < 2 ? "no other voter is there" : "";
      }
      if (target.isEmpty()) {
        return "id \"" + request.id() + "\" was not found in the Raft configuration";
      }
      if (target.get().id().equals(status.leader())) {
        return target.get().name() + " is the leader already";
      }
      if (!target.get().voter()) {
        return target.get().name() + " is no voter";
      }
      Status.Peer heir = status.peer(target.get().id());
      return heir == null || heir.standstill().isEmpty()
          ? ""
          : target.get().name()
              + " cannot lead now: "
              + heir.standstill()
              + ", its /health/ready has more";
    }

    /** Looks at its own memory, now and then. */
    private void await(long term, long until) {
      Status status = engine.status();
      if (status.term() > term && status.hasLeader() && !status.isLeader()) {
        answered(new Forwarded.TransferAnswer(""));
      } else if (timers.now() - until >= 0) {
        refuse("no other server has taken leadership over");
      } else {
        timers.at(timers.now() + STEP_NANOS, () -> await(term, until));
      }
    }

    private void refuse(String why) {
      answer.complete(new Forwarded.TransferAnswer(why));
    }

    @Override
    public Forwarded.TransferLeader request() {
      return new Forwarded.TransferLeader(1, request.caller(), request.id());
    }

    @Override
    public Duration timeout() {
      return Duration.ofNanos(LIMIT_NANOS);
    }

    @Override
    public boolean answered(Forwarded.TransferAnswer given) {
      answer.complete(given);
      return true;
    }

    /** A second try would have the next leader hand over as well. */
    @Override
    public boolean unknown(String reason, boolean over) {
      refuse(Texts.unknown("the leader did not answer"));
      return true;
    }

    @Override
    public void fail(Failure failure) {
      refuse(cluster.text(failure));
    }
  }
}
