package org.comitia.consensus;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.comitia.cluster.Failure;

/**
 * When this server may answer a linearizable read from its own state: the leader, which may be this
 * server, says how far it must have applied (ReadIndex), then that is waited for. Safe for any
 * thread; holds none.
 */
final class LinearizableReads {
  /** How long this server has to apply what the leader has committed. */
  static final long APPLY_NANOS = 10_000_000_000L;

  /** The same when it is about to stop. */
  static final long LAST_APPLY_NANOS = 300_000_000L;

  private final Supplier<Status> status;
  private final ReadGate own;
  private final FollowerReads followers;
  private final AppliedIndex applied;
  private final Timers timers;
  private final Executor executor;
  private final Supplier<String> halted;
  private final Set<CompletableFuture<Boolean>> lagging = ConcurrentHashMap.newKeySet();
  private volatile boolean ending;

  /**
   * @param halted why this server's own state stands still; empty when it does not
   */
  LinearizableReads(
      Supplier<Status> status,
      ReadGate own,
      FollowerReads.Leader leader,
      AppliedIndex applied,
      Timers timers,
      Executor executor,
      Supplier<String> halted) {
    this.status = status;
    this.own = own;
    this.applied = applied;
    this.timers = timers;
    this.executor = executor;
    this.halted = halted;
    this.followers = new FollowerReads(status, leader, this::whenApplied, timers, executor);
  }

  /**
   * Exactly one of the two is called, within some seconds.
   *
   * @param then the state may be read now
   * @param fail {@link Failure#NO_LEADER}: hold the read, and ask again; anything else is its
   *     answer
   */
  void await(Runnable then, Consumer<Failure> fail) {
    Status now = status.get();
    if (halted.get().isEmpty() && !now.isLeader() && now.leaderAddress() != null) {
      followers.await(then, fail);
    } else {
      awaitAsLeader(then, fail);
    }
  }

  /** The same for what only the leader may answer: a quorum confirms that this server leads. */
  void awaitAsLeader(Runnable then, Consumer<Failure> fail) {
    if (!halted.get().isEmpty()) {
      fail.accept(Failure.UNAVAILABLE);
    } else if (!status.get().isLeader()) {
      fail.accept(Failure.NO_LEADER);
    } else if (!own.readIndex(index -> lead(index, then, fail))) {
      fail.accept(Failure.OVERLOADED);
    }
  }

  private void lead(long index, Runnable then, Consumer<Failure> fail) {
    if (index < 0) {
      fail.accept(Failure.NO_LEADER);
    } else if (applied.get() >= index) {
      then.run();
    } else {
      whenApplied(
          index,
          there ->
              executor.execute(
                  () -> {
                    if (there) {
                      then.run();
                    } else {
                      fail.accept(Failure.UNAVAILABLE);
                    }
                  }));
    }
  }

  /**
   * For another server's question: only the leader answers, -1 elsewhere.
   *
   * @param then in the core's turn, or at once on the caller's thread: returns at once
   */
  void asLeader(LongConsumer then) {
    if (!status.get().isLeader() || !own.readIndexOnCore(then)) {
      then.accept(-1);
    }
  }

  /** Another leader may be known. */
  void wake() {
    followers.askUnlessUnderWay();
  }

  /** This server is about to stop: reads do not wait long any more for it to catch up. */
  void end() {
    ending = true;
    lagging.forEach(this::endSoon);
  }

  private void endSoon(CompletableFuture<Boolean> reached) {
    timers.at(timers.now() + LAST_APPLY_NANOS, () -> reached.complete(false));
  }

  /**
   * @param then whether it is applied: at once, or from the apply thread or the timers
   */
  void whenApplied(long index, Consumer<Boolean> then) {
    if (applied.get() >= index) {
      then.accept(true);
      return;
    }
    CompletableFuture<Boolean> reached = new CompletableFuture<>();
    lagging.add(reached);
    Runnable forget = applied.whenApplied(index, reached::complete);
    Timers.Timer timer = timers.at(timers.now() + APPLY_NANOS, () -> reached.complete(false));
    reached.thenAccept(
        there -> {
          lagging.remove(reached);
          timer.cancel();
          forget.run();
          then.accept(there);
        });
    if (ending) { // looked at after it was added: end() finds it, or this does
      endSoon(reached);
    }
  }
}
