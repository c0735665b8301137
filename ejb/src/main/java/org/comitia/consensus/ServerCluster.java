package org.comitia.consensus;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Read;
import org.comitia.cluster.Reply;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.Server;
import org.comitia.state.Command;
import org.comitia.state.Query;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.wire.Commands;

/**
 * The cluster as a server sees it. Writes go to the leader; linearizable reads are answered here,
 * from this server's own state, once the leader has told how far it must be applied (ReadIndex). A
 * request that was certainly not proposed is held while there is no leader, at most the hold
 * timeout.
 */
final class ServerCluster implements Cluster {
  private static final long OUTCOME_NANOS = 10_000_000_000L;
  private static final long RENEW_NANOS = 2_000_000_000L;

  private final Engine engine;
  private final StateMachine state;
  private final StateRoom room;
  private final AppliedIndex applied;
  private final Transport transport;
  private final Timers timers;
  private final Executor executor;
  private final long holdNanos;
  private final Supplier<String> endedThread;
  private final Supplier<String> halted;
  private final BlockingReads blocking;
  private final LinearizableReads reads;
  private final LeaderClocks clocks = new LeaderClocks(new OwnLeadership());
  private final HeldRequests held;
  private volatile boolean ending;
  private Removal removal;

  /**
   * @param endedThread why nothing can be served here any more; empty when it can
   * @param halted why this server's own state stands still; empty when it does not
   */
  ServerCluster(
      Engine engine,
      StateMachine state,
      AppliedIndex applied,
      Transport transport,
      Timers timers,
      Executor executor,
      Duration hold,
      Supplier<String> endedThread,
      Supplier<String> halted,
      StateRoom room) {
    this.engine = engine;
    this.state = state;
    this.room = room;
    this.applied = applied;
    this.transport = transport;
    this.timers = timers;
    this.executor = executor;
    this.holdNanos = hold.toNanos();
    this.endedThread = endedThread;
    this.halted = halted;
    this.held = new HeldRequests(timers, executor);
    this.blocking = new BlockingReads(state, timers, executor, engine::status);
    this.reads =
        new LinearizableReads(
            engine::status,
            engine.reads(),
            this::askForReadIndex,
            applied,
            timers,
            executor,
            halted);
  }

  /** Before the first request. */
  void connect(Removal desk) {
    removal = desk;
  }

  /**
   * This server is about to stop: what waits is answered, blocking reads with what is there, and
   * what is held for want of a leader with that. Returns at once.
   */
  void answerWaiting() {
    ending = true;
    held.wake();
    blocking.end();
    reads.end();
  }

  // ---- writes ----

  @Override
  public CompletionStage<WriteOutcome> write(Command command) {
    return write(command, 0);
  }

  /**
   * @param hops see {@link Forwarded#hops()}
   */
  CompletionStage<WriteOutcome> write(Command command, int hops) {
    byte[] data;
    try {
      data = Commands.encode(command);
    } catch (IllegalArgumentException tooLarge) {
      return CompletableFuture.completedFuture(
          new WriteOutcome.NotApplied(Failure.REFUSED, tooLarge.getMessage()));
    }
    CompletableFuture<WriteOutcome> outcome = new CompletableFuture<>();
    long until = System.nanoTime() + (hops == 0 ? holdNanos : 0);
    attempt(command, data, hops, until, outcome);
    return outcome;
  }

  private void attempt(
      Command command, byte[] data, int hops, long until, CompletableFuture<WriteOutcome> outcome) {
    Consumer<WriteOutcome> take =
        result -> {
          if (result instanceof WriteOutcome.NotApplied refused
              && refused.failure() == Failure.NO_LEADER) {
            hold(
                until,
                () -> attempt(command, data, hops, until, outcome),
                failure -> outcome.complete(new WriteOutcome.NotApplied(failure, text(failure))));
          } else {
            outcome.complete(result);
          }
        };
    Status status = engine.status();
    if (!endedThread.get().isEmpty()) {
      take.accept(new WriteOutcome.NotApplied(Failure.NO_LEADER, Texts.NO_LEADER));
    } else if (status.isLeader()) {
      WriteOutcome refused = room.refusal(command, data.length, state.version());
      if (refused != null) {
        outcome.complete(refused);
        return;
      }
      PendingWrite write = new PendingWrite(data, System.nanoTime() + OUTCOME_NANOS);
      room.proposed(data.length);
      write.outcome.thenAccept(
          result -> {
            room.known(data.length); // before its client can send the next one
            take.accept(result);
          });
      engine.propose(write);
    } else if (status.leaderAddress() != null && hops == 0) {
      forward(status.leaderAddress(), new Forwarded.Write(1, command), OUTCOME_NANOS)
          .thenAcceptAsync(answer -> take.accept(writeOutcome(answer)), executor);
    } else {
      take.accept(new WriteOutcome.NotApplied(Failure.NO_LEADER, Texts.NO_LEADER));
    }
  }

  static WriteOutcome writeOutcome(Reply<Forwarded.WriteAnswer> reply) {
    return reply.match(
        Forwarded.WriteAnswer::outcome,
        notSent -> new WriteOutcome.NotApplied(Failure.NO_LEADER, Texts.NO_LEADER),
        reason -> new WriteOutcome.Unknown(Texts.unknown(reason)));
  }

  private <A extends Forwarded.Answer> CompletionStage<Reply<A>> forward(
      String address, Forwarded<A> request, long nanos) {
    return transport.request(address, request, Duration.ofNanos(nanos));
  }

  // ---- reads ----

  @Override
  public CompletionStage<ReadOutcome> read(Read read) {
    return read(read, 0);
  }

  CompletionStage<ReadOutcome> read(Read read, int hops) {
    CompletableFuture<ReadOutcome> outcome = new CompletableFuture<>();
    long until = System.nanoTime() + (hops == 0 ? holdNanos : 0);
    if (read.consistency() == Read.Consistency.STALE && isFreshEnough(read)) {
      blocking.answer(read, outcome);
    } else {
      confirm(read, until, outcome);
    }
    return outcome;
  }

  /**
   * Stale reads need no leader now, but one must have been heard of once: before, there is nothing
   * to read.
   */
  private boolean isFreshEnough(Read read) {
    Status status = engine.status();
    long silent = status.lastContactNanos(System.nanoTime());
    if (!endedThread.get().isEmpty()) {
      return false;
    }
    if (silent < 0 && applied.get() == 0) {
      return false;
    }
    return read.maxStale() == null || (silent >= 0 && silent <= read.maxStale().toNanos());
  }

  private void confirm(Read read, long until, CompletableFuture<ReadOutcome> outcome) {
    Consumer<Failure> fail =
        failure -> outcome.complete(new ReadOutcome.Failed(failure, text(failure)));
    whenReadable(
        () -> blocking.answer(read, outcome),
        () -> hold(until, () -> confirm(read, until, outcome), fail),
        fail);
  }

  /**
   * @param again there is no leader, or it did not tell
   */
  private void whenReadable(Runnable then, Runnable again, Consumer<Failure> fail) {
    if (!endedThread.get().isEmpty()) {
      again.run();
      return;
    }
    reads.await(
        then,
        failure -> {
          if (failure == Failure.NO_LEADER) {
            again.run();
          } else {
            fail.accept(failure);
          }
        });
  }

  /** See {@link LinearizableReads#asLeader}. */
  void leadersReadIndex(LongConsumer then) {
    reads.asLeader(then);
  }

  private void askForReadIndex(String leader, long nanos, LongConsumer then) {
    forward(leader, new Forwarded.ReadIndex(1), nanos)
        .thenAccept(
            reply ->
                then.accept(
                    reply.match(
                        Forwarded.ReadIndexAnswer::index, notSent -> -1L, unknown -> -1L)));
  }

  // ---- sessions ----

  @Override
  public CompletionStage<ReadOutcome> renew(String session) {
    return renew(session, 0);
  }

  CompletionStage<ReadOutcome> renew(String session, int hops) {
    CompletableFuture<ReadOutcome> outcome = new CompletableFuture<>();
    renew(session, hops, System.nanoTime() + (hops == 0 ? holdNanos : 0), outcome);
    return outcome;
  }

  private void renew(String session, int hops, long until, CompletableFuture<ReadOutcome> outcome) {
    Runnable again =
        () ->
            hold(
                until,
                () -> renew(session, hops, until, outcome),
                failure -> outcome.complete(new ReadOutcome.Failed(failure, text(failure))));
    Status status = engine.status();
    if (!endedThread.get().isEmpty()) {
      again.run();
    } else if (status.isLeader()) {
      renewHere(session, again, outcome);
    } else if (status.leaderAddress() != null && hops == 0) {
      forward(status.leaderAddress(), new Forwarded.Renew(1, session), RENEW_NANOS)
          .thenAcceptAsync(
              reply -> {
                ReadOutcome given =
                    reply.match(Forwarded.ReadAnswer::outcome, notSent -> null, unknown -> null);
                if (given instanceof ReadOutcome.Answer) {
                  outcome.complete(given);
                } else {
                  again.run(); // a renewal twice is as good as once
                }
              },
              executor);
    } else {
      again.run();
    }
  }

  /** The order is what makes it safe: the time begins anew, then a quorum says that we lead. */
  private void renewHere(String session, Runnable again, CompletableFuture<ReadOutcome> outcome) {
    Consumer<Failure> fail =
        failure -> outcome.complete(new ReadOutcome.Failed(failure, text(failure)));
    clocks.renew(session, System.nanoTime());
    whenReadable(() -> answerRenewal(session, again, outcome), again, fail);
  }

  /** A session whose end is proposed is not renewed any more: what becomes of it is waited for. */
  private void answerRenewal(
      String session, Runnable again, CompletableFuture<ReadOutcome> outcome) {
    if (clocks.renew(session, System.nanoTime())) {
      Read read =
          new Read(new Query.SessionGet(session), Read.Consistency.DEFAULT, 0, Duration.ZERO, null);
      blocking.answer(read, outcome);
    } else {
      Timers.Timer late =
          timers.at(
              System.nanoTime() + OUTCOME_NANOS,
              () ->
                  executor.execute(
                      () ->
                          outcome.complete(
                              new ReadOutcome.Failed(
                                  Failure.UNAVAILABLE,
                                  "the session's end is proposed and not decided yet"))));
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
  }

  /** Looks what the leader's clocks ended; to be called about ten times a second. */
  void passLeaderClocks(long now) {
    clocks.round(now);
    room.look(state.version().bytes());
  }

  private final class OwnLeadership implements LeaderClocks.Leadership {
    @Override
    public long term() {
      Status status = engine.status();
      return status.established() ? status.term() : -1;
    }

    @Override
    public StateVersion state() {
      return state.version();
    }

    @Override
    public boolean confirm(LongConsumer then) {
      return engine.reads().readIndex(then);
    }

    @Override
    public CompletionStage<WriteOutcome> propose(Command command) {
      return write(command, 1);
    }
  }

  // ---- holding ----

  /**
   * Tries again when there may be a leader, unless the time is over. Whoever forwarded a request
   * hears that there is no leader here, and asks the next one.
   */
  private void hold(long until, Runnable again, Consumer<Failure> giveUp) {
    if (ending) {
      giveUp.accept(Failure.NO_LEADER);
    } else if (System.nanoTime() - until < 0 && !endedThread.get().isEmpty()) {
      giveUp.accept(Failure.UNAVAILABLE);
    } else {
      held.hold(until, again, giveUp);
    }
  }

  /** A leader is known, or nothing is served here any more: who is held looks again. */
  void wakeHeld() {
    reads.wake();
    held.wake();
  }

  /** To be called every 10 to 20 ms. */
  void sweepHeld(long now) {
    held.sweep(
        now, () -> ending || !endedThread.get().isEmpty() || engine.status().hasLeader());
  }

  private String text(Failure failure) {
    return switch (failure) {
      case NO_LEADER -> Texts.NO_LEADER;
      case NO_SERVERS -> Texts.NO_SERVERS;
      case OVERLOADED -> "COM4009: too many requests are under way, try again later";
      case UNAVAILABLE -> unavailable();
      case REFUSED -> "refused";
    };
  }

  private String unavailable() {
    if (!endedThread.get().isEmpty()) {
      return endedThread.get();
    }
    return halted.get().isEmpty()
        ? "COM4010: this server has not applied what the leader has, try again later"
        : halted.get();
  }

  // ---- leader and peers ----

  @Override
  public CompletionStage<StatusAnswer> status() {
    Status status = engine.status();
    List<String> peers = new ArrayList<>();
    for (Server server : status.configuration().servers()) {
      peers.add(server.address());
    }
    return CompletableFuture.completedFuture(
        new StatusAnswer(Optional.ofNullable(status.leaderAddress()), peers, null));
  }

  @Override
  public CompletionStage<ConfigurationAnswer> configuration(boolean stale) {
    return configuration(stale, 0);
  }

  CompletionStage<ConfigurationAnswer> configuration(boolean stale, int hops) {
    Status status = engine.status();
    if (stale || status.established()) {
      return CompletableFuture.completedFuture(own(status));
    }
    CompletableFuture<ConfigurationAnswer> answer = new CompletableFuture<>();
    askLeader(hops, System.nanoTime() + holdNanos, answer);
    return answer;
  }

  private void askLeader(int hops, long until, CompletableFuture<ConfigurationAnswer> answer) {
    Consumer<Failure> fail =
        failure -> answer.complete(new ConfigurationAnswer(List.of(), 0, failure, text(failure)));
    Status status = engine.status();
    if (status.established()) {
      answer.complete(own(status));
    } else if (!endedThread.get().isEmpty()) {
      hold(until, () -> askLeader(hops, until, answer), fail);
    } else if (status.leaderAddress() == null || status.isLeader() || hops > 0) {
      hold(hops > 0 ? System.nanoTime() : until, () -> askLeader(hops, until, answer), fail);
    } else {
      forward(status.leaderAddress(), new Forwarded.ConfigurationRequest(1, false), 2_000_000_000L)
          .thenAcceptAsync(
              reply -> {
                ConfigurationAnswer given =
                    reply.match(
                        Forwarded.ConfigurationReply::configuration,
                        notSent -> null,
                        unknown -> null);
                if (given != null && given.failure() == null) {
                  answer.complete(given);
                } else {
                  hold(until, () -> askLeader(hops, until, answer), fail);
                }
              },
              executor);
    }
  }

  @Override
  public CompletionStage<RemovalAnswer> removePeer(String id, String address) {
    return removal
        .removePeer(new Forwarded.RemovePeer(0, id, address))
        .thenApply(ServerCluster::removalAnswer);
  }

  static RemovalAnswer removalAnswer(Forwarded.LeaveAnswer answer) {
    if (answer.removedAt() >= 0) {
      return new RemovalAnswer(null, "");
    }
    Failure failure = answer.reason().equals(Texts.NO_LEADER) ? Failure.NO_LEADER : Failure.REFUSED;
    return new RemovalAnswer(failure, answer.reason());
  }

  private static ConfigurationAnswer own(Status status) {
    List<Peer> peers = new ArrayList<>();
    for (Server server : status.configuration().servers()) {
      peers.add(
          new Peer(
              server.id().node().toString(),
              server.name(),
              server.address(),
              server.id().equals(status.leader()),
              server.voter()));
    }
    return new ConfigurationAnswer(peers, status.configurationIndex(), null, "");
  }
}
