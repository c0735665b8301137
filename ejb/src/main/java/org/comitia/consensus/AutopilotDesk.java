package org.comitia.consensus;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.comitia.access.Access;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Member;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.StateVersion;

/** Says how the leader looks after the servers, and how they are: at the leader, which knows. */
final class AutopilotDesk {
  private static final Duration FORWARDED = Duration.ofSeconds(2);

  private final ServerCluster cluster;
  private final Supplier<Status> status;
  private final Supplier<StateVersion> state;
  private final Supplier<List<Member>> members;
  private final HealthBook health;
  private final Timers timers;

  AutopilotDesk(
      ServerCluster cluster,
      Supplier<Status> status,
      Supplier<StateVersion> state,
      Supplier<List<Member>> members,
      HealthBook health,
      Timers timers) {
    this.cluster = cluster;
    this.status = status;
    this.state = state;
    this.members = members;
    this.health = health;
    this.timers = timers;
  }

  /**
   * @param until when a request that finds no leader is given up; monotonic, nanoseconds
   */
  CompletionStage<Cluster.AutopilotAnswer> answer(Caller caller, int hops, long until) {
    Question question = new Question(caller);
    cluster.route().send(question, hops, until);
    return question.answer;
  }

  private final class Question implements LeaderRoute.Errand<Forwarded.AutopilotReply> {
    private final Caller caller;
    private final CompletableFuture<Cluster.AutopilotAnswer> answer = new CompletableFuture<>();

    private Question(Caller caller) {
      this.caller = caller;
    }

    @Override
    public void lead(Runnable again) {
      Status now = status.get();
      StateVersion version = state.get();
      if (!now.established()) {
        again.run();
        return;
      }
      String denied = cluster.guard().operator(caller, Access.READ);
      if (denied != null) {
        answer.complete(Cluster.AutopilotAnswer.failed(Failure.DENIED, denied));
        return;
      }
      AutopilotConfig config = version.autopilot();
      health.look(now, config);
      if (!health.isSettled(now, version)) {
        again.run();
        return;
      }
      answer.complete(
          new Cluster.AutopilotAnswer(
              config,
              health.report(now, members.get(), timers.now(), System.currentTimeMillis()),
              null,
              ""));
    }

    @Override
    public Forwarded.AutopilotRequest request() {
      return new Forwarded.AutopilotRequest(1, caller);
    }

    @Override
    public Duration timeout() {
      return FORWARDED;
    }

    @Override
    public boolean answered(Forwarded.AutopilotReply reply) {
      Failure failure = reply.autopilot().failure();
      if (failure != null && failure != Failure.DENIED) {
        return false;
      }
      answer.complete(reply.autopilot());
      return true;
    }

    /** It changes nothing: it is asked again. */
    @Override
    public boolean unknown(String reason, boolean over) {
      return false;
    }

    @Override
    public void fail(Failure failure) {
      answer.complete(Cluster.AutopilotAnswer.failed(failure, cluster.text(failure)));
    }
  }
}
