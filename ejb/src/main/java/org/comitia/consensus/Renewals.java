package org.comitia.consensus;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.state.Query;
import org.comitia.state.QueryResult.SessionList;

/**
 * Renewals of sessions, which the leader answers: its clocks keep the TTLs. Safe for any thread.
 */
final class Renewals {
  private static final Duration FORWARDED = Duration.ofSeconds(2);
  private static final long DECIDED_NANOS = 10_000_000_000L;

  private final LeaderRoute route;
  private final LeaderClocks clocks;
  private final Guard guard;
  private final LinearizableReads reads;
  private final BiConsumer<Read<SessionList>, CompletableFuture<ReadOutcome<SessionList>>> local;
  private final Function<Failure, String> text;
  private final Timers timers;
  private final Executor executor;

  /**
   * @param local answers a read from this server's own state
   * @param text a failure in words
   */
  Renewals(
      LeaderRoute route,
      LeaderClocks clocks,
      Guard guard,
      LinearizableReads reads,
      BiConsumer<Read<SessionList>, CompletableFuture<ReadOutcome<SessionList>>> local,
      Function<Failure, String> text,
      Timers timers,
      Executor executor) {
    this.route = route;
    this.clocks = clocks;
    this.guard = guard;
    this.reads = reads;
    this.local = local;
    this.text = text;
    this.timers = timers;
    this.executor = executor;
  }

  /**
   * @param until when it is given up, monotonic
   */
  CompletableFuture<ReadOutcome<SessionList>> renew(
      Caller caller, String session, int hops, long until) {
    Renewal renewal = new Renewal(caller, session);
    route.send(renewal, hops, until);
    return renewal.outcome;
  }

  private final class Renewal implements LeaderRoute.Errand<Forwarded.ReadAnswer<SessionList>> {
    private final Caller caller;
    private final String session;
    private final CompletableFuture<ReadOutcome<SessionList>> outcome = new CompletableFuture<>();

    private Renewal(Caller caller, String session) {
      this.caller = caller;
      this.session = session;
    }

    /** The order is what makes it safe: the time begins anew, then a quorum says that we lead. */
    @Override
    public void lead(Runnable again) {
      String denied = guard.renewal(caller, session);
      if (denied != null) {
        outcome.complete(new ReadOutcome.Failed<>(Failure.DENIED, denied));
        return;
      }
      clocks.renew(session, timers.now());
      Consumer<Failure> failed =
          failure -> {
            if (failure == Failure.NO_LEADER) {
              again.run();
            } else {
              fail(failure);
            }
          };
      reads.awaitAsLeader(() -> answer(again), failed);
    }

    /**
     * A session whose end is proposed is not renewed any more: what becomes of it is waited for.
     */
    private void answer(Runnable again) {
      if (clocks.renew(session, timers.now())) {
        Query.SessionGet get = new Query.SessionGet(session);
        local.accept(
            new Read<>(caller, get, Read.Consistency.DEFAULT, 0, Duration.ZERO, null), outcome);
        return;
      }
      ReadOutcome<SessionList> undecided =
          new ReadOutcome.Failed<>(
              Failure.UNAVAILABLE, "the session's end is proposed and not decided yet");
      Timers.Timer late =
          timers.at(
              timers.now() + DECIDED_NANOS,
              () -> executor.execute(() -> outcome.complete(undecided)));
      clocks
          .ended(session)
          .thenRunAsync(
              () -> {
                late.cancel();
                if (!outcome.isDone()) {
                  again.run();
                }
              },
              executor);
    }

    @Override
    public Forwarded.Renew request() {
      return new Forwarded.Renew(1, caller, session);
    }

    @Override
    public Duration timeout() {
      return FORWARDED;
    }

    /** A renewal twice is as good as once. */
    @Override
    public boolean answered(Forwarded.ReadAnswer<SessionList> answer) {
      boolean denied =
          answer.outcome() instanceof ReadOutcome.Failed<?> failed
              && failed.failure() == Failure.DENIED;
      if (denied || answer.outcome() instanceof ReadOutcome.Answer<?>) {
        outcome.complete(answer.outcome());
        return true;
      }
      return false;
    }

    @Override
    public boolean unknown(String reason, boolean over) {
      return false;
    }

    @Override
    public void fail(Failure failure) {
      outcome.complete(new ReadOutcome.Failed<>(failure, text.apply(failure)));
    }
  }
}
