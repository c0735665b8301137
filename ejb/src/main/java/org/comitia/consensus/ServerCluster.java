package org.comitia.consensus;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.comitia.access.Access;
import org.comitia.access.Resource;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.guard.Demand;
import org.comitia.raft.Server;
import org.comitia.state.Command;
import org.comitia.state.QueryResult;
import org.comitia.state.Restoring;
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
  /** What it needs of this server's core. Safe for any thread. */
  interface Core {
    Status status();

    ReadGate reads();

    /**
     * Completes the write's outcome at once when it cannot be taken; it is then surely not
     * proposed.
     */
    void propose(PendingWrite write);
  }

  private static final long OUTCOME_NANOS = 10_000_000_000L;
  private static final Demand SNAPSHOT = Demand.of(Resource.ACL, Access.WRITE);
  private static final Duration CONFIGURATION = Duration.ofSeconds(2);

  private final Core core;
  private final StateMachine state;
  private final StateRoom room;
  private final Guard guard;
  private final AppliedIndex applied;
  private final Transport transport;
  private final Timers timers;
  private final long holdNanos;
  private final Supplier<String> endedThread;
  private final Supplier<String> halted;
  private final Supplier<String> withheld;
  private final BlockingReads blocking;
  private final LinearizableReads reads;
  private final FirstContact firstContact;
  private final Executor executor;
  private final LeaderClocks clocks = new LeaderClocks(new OwnLeadership());
  private final LeaderRoute route;
  private final Renewals renewals;
  private Removal removal;
  private LeadershipTransfer transfers;
  private SnapshotArchives snapshots;
  private ArchiveRestore restores;
  private AutopilotDesk autopilot;

  /**
   * @param endedThread why nothing can be served here any more; empty when it can
   * @param halted why this server's own state stands still; empty when it does not
   * @param withheld why nothing of that state may be shown; empty when it may
   */
  ServerCluster(
      Core core,
      StateMachine state,
      AppliedIndex applied,
      Transport transport,
      Timers timers,
      Executor executor,
      Duration hold,
      Supplier<String> endedThread,
      Supplier<String> halted,
      Supplier<String> withheld,
      StateRoom room,
      Guard guard) {
    this.core = core;
    this.state = state;
    this.room = room;
    this.guard = guard;
    this.applied = applied;
    this.transport = transport;
    this.timers = timers;
    this.executor = executor;
    this.firstContact = new FirstContact(timers::now);
    this.holdNanos = hold.toNanos();
    this.endedThread = endedThread;
    this.halted = halted;
    this.withheld = withheld;
    this.route = new LeaderRoute(this::place, transport, timers, executor, endedThread);
    this.blocking = new BlockingReads(state, timers, executor, core::status, withheld, guard);
    this.reads =
        new LinearizableReads(
            core::status, core.reads(), this::askForReadIndex, applied, timers, executor, halted);
    this.renewals =
        new Renewals(route, clocks, guard, reads, blocking::answer, this::text, timers, executor);
  }

  /** Before the first request. */
  void connect(Removal desk) {
    removal = desk;
  }

  /** As well. */
  void connect(SnapshotArchives taken) {
    snapshots = taken;
  }

  /** As well. */
  void connect(ArchiveRestore desk) {
    restores = desk;
  }

  /** As well. */
  void connect(LeadershipTransfer desk) {
    transfers = desk;
  }

  /** As well. */
  void connect(AutopilotDesk desk) {
    autopilot = desk;
  }

  /**
   * This server is about to stop: what waits is answered, blocking reads with what is there, and
   * what is held for want of a leader with that. Returns at once.
   */
  void answerWaiting() {
    route.end();
    if (restores != null) {
      restores.end();
    }
    blocking.end();
    reads.end();
  }

  /** Who may what. */
  Guard guard() {
    return guard;
  }

  /** The way to the leader, as this server knows it. */
  LeaderRoute route() {
    return route;
  }

  private LeaderRoute.Place place(int hops, List<String> tried) {
    Status now = core.status();
    if (!endedThread.get().isEmpty()) {
      return LeaderRoute.Place.nowhere(Failure.NO_LEADER);
    } else if (now.isLeader()) {
      return LeaderRoute.Place.here();
    }
    String address = now.leaderAddress();
    return address == null || hops > 0 || tried.contains(address)
        ? LeaderRoute.Place.nowhere(Failure.NO_LEADER)
        : LeaderRoute.Place.at(address);
  }

  /** Whoever forwarded a request hears at once that there is no leader here. */
  private long until(int hops) {
    return timers.now() + (hops == 0 ? holdNanos : 0);
  }

  // ---- writes ----

  @Override
  public CompletionStage<WriteOutcome> write(Caller caller, Command command) {
    return write(caller, command, 0);
  }

  /**
   * @param hops see {@link Forwarded#hops()}; above 0 for {@link Caller#SYSTEM}, which is not sent
   */
  CompletionStage<WriteOutcome> write(Caller caller, Command command, int hops) {
    byte[] data;
    try {
      data = Commands.encode(command);
    } catch (IllegalArgumentException tooLarge) {
      return CompletableFuture.completedFuture(
          new WriteOutcome.NotApplied(Failure.REFUSED, tooLarge.getMessage()));
    }
    return send(new RoutedWrite(caller, command, data, this::propose, this::text), hops);
  }

  /** The same for a command that came encoded. */
  CompletionStage<WriteOutcome> write(Caller caller, byte[] data, int hops) {
    return send(new RoutedWrite(caller, null, data, this::propose, this::text), hops);
  }

  private CompletionStage<WriteOutcome> send(RoutedWrite write, int hops) {
    route.send(write, hops, until(hops));
    return write.outcome;
  }

  private CompletableFuture<WriteOutcome> propose(Caller caller, Command command, byte[] data) {
    if (!guard.isOn()) {
      return propose(command, data);
    }
    StateVersion version = state.version();
    if (caller != Caller.SYSTEM && !guard.isSettled(core.status(), version)) {
      return CompletableFuture.completedFuture(
          new WriteOutcome.NotApplied(Failure.NO_LEADER, Texts.NO_LEADER));
    }
    // Read again: another thread may have found it settled by a newer version than ours.
    WriteOutcome refused = guard.refusal(caller, command, state.version());
    if (refused != null) {
      return CompletableFuture.completedFuture(refused);
    } else if (command instanceof Command.AclBootstrap asked) {
      return bootstrap(guard.reset().of(asked));
    }
    return propose(command, data).thenApply(outcome -> guard.shown(caller, outcome));
  }

  private CompletableFuture<WriteOutcome> bootstrap(Command.AclBootstrap command) {
    return propose(command, Commands.encode(command))
        .thenApplyAsync(
            outcome -> {
              guard.reset().used(outcome);
              return outcome;
            },
            executor);
  }

  private CompletableFuture<WriteOutcome> propose(Command command, byte[] data) {
    WriteOutcome refused = room.refusal(command, data.length, state.version(), state.restoring());
    if (refused != null) {
      return CompletableFuture.completedFuture(refused);
    }
    PendingWrite write = new PendingWrite(data, timers.now() + OUTCOME_NANOS);
    room.proposed(data.length);
    CompletableFuture<WriteOutcome> outcome =
        write.outcome.thenApply(
            result -> {
              room.known(data.length); // before its client can send the next one
              return result;
            });
    core.propose(write);
    return outcome;
  }

  // ---- reads ----

  @Override
  public <R extends QueryResult> CompletionStage<ReadOutcome<R>> read(Read<R> read) {
    return read(read, 0);
  }

  <R extends QueryResult> CompletionStage<ReadOutcome<R>> read(Read<R> read, int hops) {
    CompletableFuture<ReadOutcome<R>> outcome = new CompletableFuture<>();
    long until = until(hops);
    if (read.consistency() == Read.Consistency.STALE && isFreshEnough(read.maxStale())) {
      afterFirstContact(() -> blocking.answer(read, outcome));
    } else {
      confirm(
          until,
          () -> blocking.answer(read, outcome),
          failure -> outcome.complete(new ReadOutcome.Failed<>(failure, text(failure))));
    }
    return outcome;
  }

  @Override
  public CompletionStage<SnapshotAnswer> snapshot(Caller caller, boolean stale) {
    CompletableFuture<SnapshotAnswer> answer = new CompletableFuture<>();
    Consumer<Failure> fail =
        failure -> answer.complete(SnapshotAnswer.failed(failure, text(failure)));
    Runnable take =
        () -> {
          String denied = guard.denial(caller, SNAPSHOT);
          if (denied == null) {
            snapshots.take(answer, fail);
          } else {
            answer.complete(SnapshotAnswer.failed(Failure.DENIED, denied));
          }
        };
    if (stale && isFreshEnough(null)) {
      afterFirstContact(take);
    } else {
      confirm(until(0), take, fail);
    }
    return answer;
  }

  @Override
  public CompletionStage<RestoreAnswer> restore(Caller caller, Path archive) {
    String denied = guard.denial(caller, SNAPSHOT);
    return denied == null
        ? restores.restore(caller, archive)
        : CompletableFuture.completedFuture(RestoreAnswer.failed(Failure.DENIED, denied));
  }

  private void afterFirstContact(Runnable answer) {
    if (!firstContact.isAwaited()) {
      answer.run();
      return;
    }
    AtomicBoolean answered = new AtomicBoolean();
    Runnable once =
        () -> {
          if (answered.compareAndSet(false, true)) {
            answer.run();
          }
        };
    Timers.Timer limit = timers.at(firstContact.untilNanos(), () -> executor.execute(once));
    Runnable end =
        () -> {
          limit.cancel();
          once.run();
        };
    applyWhatALeaderConfirms(
        () -> {
          firstContact.made();
          end.run();
        },
        end);
  }

  private void applyWhatALeaderConfirms(Runnable then, Runnable otherwise) {
    reads.await(
        then,
        failure -> {
          if (failure == Failure.NO_LEADER) {
            route.hold(
                firstContact.untilNanos(),
                () -> applyWhatALeaderConfirms(then, otherwise),
                over -> otherwise.run());
          } else {
            otherwise.run();
          }
        });
  }

  /**
   * Stale reads need no leader now, but one must have been heard of once: before, there is nothing
   * to read.
   *
   * @param maxStale null for any age
   */
  private boolean isFreshEnough(Duration maxStale) {
    Status status = core.status();
    long silent = status.lastContactNanos(timers.now());
    if (!endedThread.get().isEmpty() || status.lacksState()) {
      return false;
    }
    if (silent < 0 && applied.get() == 0) {
      return false;
    }
    return maxStale == null || (silent >= 0 && silent <= maxStale.toNanos());
  }

  /** Exactly one of the two is called, when the state may be read, or why it may not. */
  private void confirm(long until, Runnable then, Consumer<Failure> fail) {
    Consumer<Failure> holdOrFail =
        failure -> {
          if (failure == Failure.NO_LEADER) {
            route.hold(until, () -> confirm(until, then, fail), fail);
          } else {
            fail.accept(failure);
          }
        };
    if (endedThread.get().isEmpty()) {
      reads.await(then, holdOrFail);
    } else {
      holdOrFail.accept(Failure.NO_LEADER);
    }
  }

  /** See {@link LinearizableReads#asLeader}. */
  void leadersReadIndex(LongConsumer then) {
    reads.asLeader(then);
  }

  private void askForReadIndex(String leader, long nanos, LongConsumer then) {
    transport
        .request(leader, new Forwarded.ReadIndex(1), Duration.ofNanos(nanos))
        .whenComplete(
            (reply, error) ->
                then.accept(
                    error != null
                        ? -1L
                        : reply.match(
                            Forwarded.ReadIndexAnswer::index, notSent -> -1L, unknown -> -1L)));
  }

  @Override
  public CompletionStage<AuthorizerAnswer> authorizer(Caller caller) {
    return CompletableFuture.completedFuture(
        !guard.isOn() || knowsTokens()
            ? guard.answer(caller)
            : AuthorizerAnswer.failed(Failure.UNAVAILABLE, text(Failure.UNAVAILABLE)));
  }

  /** Else a token that is not here may well be one of the cluster's. */
  private boolean knowsTokens() {
    return isFreshEnough(null) && withheld.get().isEmpty();
  }

  /**
   * What a client agent needs to know of a token.
   *
   * @throws IllegalStateException when this server cannot know it: another one is to be asked
   */
  Forwarded.TokenReply resolve(Caller caller) {
    if (guard.isOn() && !knowsTokens()) {
      throw new IllegalStateException("this server does not know the cluster's tokens yet");
    }
    return guard.resolve(caller);
  }

  // ---- sessions ----

  @Override
  public CompletionStage<ReadOutcome<QueryResult.SessionList>> renew(
      Caller caller, String session) {
    return renew(caller, session, 0);
  }

  CompletionStage<ReadOutcome<QueryResult.SessionList>> renew(
      Caller caller, String session, int hops) {
    return renewals.renew(caller, session, hops, until(hops));
  }

  /** Looks what the leader's clocks ended; to be called about ten times a second. */
  void passLeaderClocks(long now) {
    clocks.round(now);
    room.look(state.version().bytes());
  }

  private final class OwnLeadership implements LeaderClocks.Leadership {
    @Override
    public long term() {
      Status status = core.status();
      return status.established() ? status.term() : -1;
    }

    @Override
    public StateVersion state() {
      return state.version();
    }

    @Override
    public long millis() {
      return System.currentTimeMillis();
    }

    @Override
    public Restoring.Progress restoring() {
      return state.restoring();
    }

    @Override
    public boolean confirm(LongConsumer then) {
      return core.reads().readIndex(then);
    }

    @Override
    public CompletionStage<WriteOutcome> propose(Command command) {
      return write(Caller.SYSTEM, command, 1);
    }
  }

  // ---- holding ----

  /** A leader is known, or nothing is served here any more: who is held looks again. */
  void wakeHeld() {
    reads.wake();
    route.wake();
  }

  /** To be called every 10 to 20 ms. */
  void sweepHeld() {
    route.sweep(core.status().hasLeader());
  }

  String text(Failure failure) {
    return switch (failure) {
      case NO_LEADER -> Texts.NO_LEADER;
      case NO_SERVERS -> Texts.NO_SERVERS;
      case OVERLOADED -> "COM4009: too many requests are under way, try again later";
      case UNAVAILABLE -> unavailable();
      case REFUSED -> "refused";
      case DENIED -> Texts.DENIED;
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
    Status status = core.status();
    List<String> peers = new ArrayList<>();
    for (Server server : status.configuration().servers()) {
      peers.add(server.address());
    }
    return CompletableFuture.completedFuture(
        new StatusAnswer(Optional.ofNullable(status.leaderAddress()), peers, null));
  }

  @Override
  public CompletionStage<ConfigurationAnswer> configuration(Caller caller, boolean stale) {
    return configuration(caller, stale, 0);
  }

  CompletionStage<ConfigurationAnswer> configuration(Caller caller, boolean stale, int hops) {
    Status status = core.status();
    if (stale || status.established()) {
      return CompletableFuture.completedFuture(own(caller, status));
    }
    AskedConfiguration asked = new AskedConfiguration(caller);
    route.send(asked, hops, until(hops));
    return asked.answer;
  }

  /** The configuration as the leader knows it. */
  private final class AskedConfiguration
      implements LeaderRoute.Errand<Forwarded.ConfigurationReply> {
    private final Caller caller;
    private final CompletableFuture<ConfigurationAnswer> answer = new CompletableFuture<>();

    private AskedConfiguration(Caller caller) {
      this.caller = caller;
    }

    @Override
    public void lead(Runnable again) {
      Status status = core.status();
      if (status.established()) {
        answer.complete(own(caller, status));
      } else {
        again.run();
      }
    }

    @Override
    public Forwarded.ConfigurationRequest request() {
      return new Forwarded.ConfigurationRequest(1, caller, false);
    }

    @Override
    public Duration timeout() {
      return CONFIGURATION;
    }

    @Override
    public boolean answered(Forwarded.ConfigurationReply reply) {
      Failure failure = reply.configuration().failure();
      if (failure != null && failure != Failure.DENIED) {
        return false;
      }
      answer.complete(reply.configuration());
      return true;
    }

    @Override
    public boolean unknown(String reason, boolean over) {
      return false;
    }

    @Override
    public void fail(Failure failure) {
      answer.complete(new ConfigurationAnswer(List.of(), 0, failure, text(failure)));
    }
  }

  @Override
  public CompletionStage<RemovalAnswer> removePeer(Caller caller, String id, String address) {
    return removal
        .removePeer(new Forwarded.RemovePeer(0, caller, id, address))
        .thenApply(ServerCluster::removalAnswer);
  }

  @Override
  public CompletionStage<TransferAnswer> transferLeader(Caller caller, String id) {
    return transfers
        .transfer(new Forwarded.TransferLeader(0, caller, id))
        .thenApply(ServerCluster::transferAnswer);
  }

  @Override
  public CompletionStage<AutopilotAnswer> autopilot(Caller caller) {
    return autopilot(caller, 0);
  }

  CompletionStage<AutopilotAnswer> autopilot(Caller caller, int hops) {
    return autopilot.answer(caller, hops, until(hops));
  }

  /** What other agents ask it for. */
  LeadershipTransfer transfers() {
    return transfers;
  }

  static TransferAnswer transferAnswer(Forwarded.TransferAnswer answer) {
    return answer.reason().isEmpty()
        ? new TransferAnswer(null, "")
        : new TransferAnswer(failure(answer.reason()), answer.reason());
  }

  static RemovalAnswer removalAnswer(Forwarded.LeaveAnswer answer) {
    return answer.removedAt() >= 0
        ? new RemovalAnswer(null, "")
        : new RemovalAnswer(failure(answer.reason()), answer.reason());
  }

  /** What a leader's answer says why it did nothing. */
  private static Failure failure(String reason) {
    if (Texts.isDenial(reason)) {
      return Failure.DENIED;
    }
    return reason.equals(Texts.NO_LEADER) ? Failure.NO_LEADER : Failure.REFUSED;
  }

  /** A leader's own, or what it knows of another; whoever follows knows of nobody. */
  private static long lastIndex(Server server, Status status) {
    Status.Peer peer = status.peer(server.id());
    if (peer != null) {
      return peer.matchIndex();
    }
    return status.isLeader() && server.id().equals(status.leader()) ? status.lastIndex() : 0;
  }

  private ConfigurationAnswer own(Caller caller, Status status) {
    String denied = guard.operator(caller, Access.READ);
    return denied == null
        ? own(status)
        : new ConfigurationAnswer(List.of(), 0, Failure.DENIED, denied);
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
              server.voter(),
              lastIndex(server, status)));
    }
    return new ConfigurationAnswer(peers, status.configurationIndex(), null, "");
  }
}
