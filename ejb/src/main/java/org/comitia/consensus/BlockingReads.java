package org.comitia.consensus;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.state.Watches;

/**
 * Answers reads from the current state, at once or when what they look at changes. A waiting read
 * is a watch and a timer: it holds no thread. When one change wakes many, a few tasks share them,
 * and what they ask alike is evaluated once.
 */
final class BlockingReads {
  private final StateMachine state;
  private final Timers timers;
  private final Executor executor;
  private final Supplier<Status> status;
  private final Supplier<String> withheld;
  private final Guard guard;

  /** How many tasks share what one change wakes: as many as can run at once. */
  private static final int MAX_TASKS = Math.max(2, Runtime.getRuntime().availableProcessors());

  /** After so many a task goes to the end of the queue: the writer's own answer is in it. */
  private static final int READS_A_TASK = 64;

  /** More different questions than these are evaluated one by one. */
  private static final int MAX_SHARED = 64;

  /** What reads that one version woke have asked so far, and what is shown of it to whom. */
  private record Shared(
      StateVersion version,
      ConcurrentHashMap<Query<?>, QueryResult> results,
      ConcurrentHashMap<Guard.Sight, Guard.Seen<?>> seen) {
    Shared(StateVersion version) {
      this(version, new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }
  }

  /** What has been woken, each guarded. */
  private final ConcurrentLinkedQueue<Runnable> woken = new ConcurrentLinkedQueue<>();

  private final AtomicInteger tasks = new AtomicInteger();
  private volatile Shared shared;
  private volatile boolean ending;

  /**
   * @param withheld why nothing of the state may be shown; empty when it may
   */
  BlockingReads(
      StateMachine state,
      Timers timers,
      Executor executor,
      Supplier<Status> status,
      Supplier<String> withheld,
      Guard guard) {
    this.state = state;
    this.timers = timers;
    this.executor = executor;
    this.status = status;
    this.withheld = withheld;
    this.guard = guard;
  }

  /**
   * @param outcome cancelling it ends the wait
   */
  <R extends QueryResult> void answer(Read<R> read, CompletableFuture<ReadOutcome<R>> outcome) {
    guarded(outcome, () -> begin(read, outcome));
  }

  /** Whatever goes wrong with a read is its answer. */
  private static <R extends QueryResult> void guarded(
      CompletableFuture<ReadOutcome<R>> outcome, Runnable part) {
    try {
      part.run();
    } catch (RuntimeException | Error fault) { // else it hears nothing, and its task is lost
      Fanout.failed(fault);
      outcome.complete(
          new ReadOutcome.Failed<>(
              Failure.REFUSED, "this read failed here, see the log: " + fault));
    }
  }

  private <R extends QueryResult> void begin(
      Read<R> read, CompletableFuture<ReadOutcome<R>> outcome) {
    Guard.Seen<R> seen = look(read);
    if (read.minIndex() <= 0 || seen.isNews(read.minIndex()) || isFromAnotherLife(read) || ending) {
      complete(seen, outcome);
    } else {
      Wait<R> wait = new Wait<>(read, timers.now() + read.maxWait().toNanos(), outcome);
      outcome.whenComplete((answer, cancelled) -> wait.end());
      waitFor(wait);
    }
  }

  /** What the caller sees now: the tokens and the rows are those of one version. */
  private <R extends QueryResult> Guard.Seen<R> look(Read<R> read) {
    if (!guard.isOn()) {
      return Guard.Seen.all(state.evaluate(read.query()));
    }
    StateVersion version = state.version();
    return guard.see(read.caller(), read.query(), state.evaluate(read.query(), version), version);
  }

  /**
   * An index that nobody has got from this cluster: the client kept it over a new cluster or a
   * restore. Such a wait would be for the whole time, whatever changes. A stale read may come from
   * a server that is ahead of this one.
   */
  private boolean isFromAnotherLife(Read<?> read) {
    return read.consistency() != Read.Consistency.STALE
        && read.minIndex() > state.version().appliedIndex();
  }

  /** Answers all that wait with what is there; from now on none waits. Returns at once. */
  void end() {
    ending = true;
    state.watches().wakeAll();
  }

  /** A read that waits: what wakes it, and what ends it. */
  private static final class Wait<R extends QueryResult> {
    final Read<R> read;
    final long untilNanos;
    final CompletableFuture<ReadOutcome<R>> outcome;
    private volatile Watches.Watch watch;
    private volatile Timers.Timer timer;

    Wait(Read<R> read, long untilNanos, CompletableFuture<ReadOutcome<R>> outcome) {
      this.read = read;
      this.untilNanos = untilNanos;
      this.outcome = outcome;
    }

    void on(Watches.Watch nextWatch, Timers.Timer nextTimer) {
      watch = nextWatch;
      timer = nextTimer;
      if (outcome.isDone()) {
        end(); // it came to its end before there was anything to end
      }
    }

    void end() {
      Watches.Watch openWatch = watch;
      Timers.Timer openTimer = timer;
      if (openWatch != null) {
        openWatch.cancel();
      }
      if (openTimer != null) {
        openTimer.cancel();
      }
    }
  }

  private <R extends QueryResult> void waitFor(Wait<R> wait) {
    Query<R> query = wait.read.query();
    Optional<Watches.Watch> watch =
        state
            .watches()
            .register(query, () -> later(() -> guarded(wait.outcome, () -> woken(wait))));
    if (watch.isEmpty()) {
      wait.outcome.complete(
          new ReadOutcome.Failed<>(Failure.OVERLOADED, state.watches().refusal()));
      return;
    }
    Timers.Timer timer =
        timers.at(
            wait.untilNanos,
            () ->
                executor.execute(
                    () -> guarded(wait.outcome, () -> complete(look(wait.read), wait.outcome))));
    wait.on(watch.get(), timer);
    // Registered first, looked at afterwards: no change can slip through in between.
    Guard.Seen<R> seen = look(wait.read);
    if (seen.isNews(wait.read.minIndex()) || ending) {
      complete(seen, wait.outcome);
    }
  }

  private void later(Runnable read) {
    woken.add(read);
    startTask();
  }

  private void startTask() {
    for (int now = tasks.get(); now < MAX_TASKS; now = tasks.get()) {
      if (tasks.compareAndSet(now, now + 1)) {
        executor.execute(this::answerWoken);
        return;
      }
    }
  }

  private void answerWoken() {
    for (int i = 0; i < READS_A_TASK; i++) {
      Runnable read = woken.poll();
      if (read == null) {
        break;
      }
      read.run(); // guarded: one faulty answer keeps no other waiting
    }
    if (!woken.isEmpty()) {
      executor.execute(this::answerWoken);
      return;
    }
    if (tasks.decrementAndGet() == 0) {
      shared = null; // holds an old version of everything
    }
    if (!woken.isEmpty()) {
      startTask(); // came after this task had looked for the last time
    }
  }

  private <R extends QueryResult> Guard.Seen<R> lookShared(Read<R> read) {
    Shared now = shared();
    R result = evaluateShared(read.query(), now);
    return guard.isOn()
        ? guard.seeShared(read.caller(), read.query(), result, now.version, now.seen)
        : Guard.Seen.all(result);
  }

  private Shared shared() {
    StateVersion version = state.version();
    Shared now = shared;
    if (now == null || now.version != version) {
      now = new Shared(version);
      shared = now;
    }
    return now;
  }

  private <R extends QueryResult> R evaluateShared(Query<R> query, Shared now) {
    StateVersion version = now.version;
    return now.results.size() >= MAX_SHARED
        ? state.evaluate(query, version)
        : query.result().cast(now.results.computeIfAbsent(query, q -> state.evaluate(q, version)));
  }

  private <R extends QueryResult> void woken(Wait<R> wait) {
    if (wait.outcome.isDone()) {
      return;
    }
    Guard.Seen<R> seen = lookShared(wait.read);
    boolean over = ending || !withheld.get().isEmpty() || timers.now() - wait.untilNanos >= 0;
    if (over || seen.isNews(wait.read.minIndex())) {
      complete(seen, wait.outcome);
    } else {
      wait.end();
      waitFor(wait);
    }
  }

  private <R extends QueryResult> void complete(
      Guard.Seen<R> seen, CompletableFuture<ReadOutcome<R>> outcome) {
    String why = withheld.get();
    if (!why.isEmpty()) {
      outcome.complete(new ReadOutcome.Failed<>(Failure.UNAVAILABLE, why));
      return;
    }
    if (seen.denial() != null) {
      outcome.complete(new ReadOutcome.Failed<>(Failure.DENIED, seen.denial()));
      return;
    }
    Status now = status.get();
    long silent = now.lastContactNanos(timers.now());
    outcome.complete(
        new ReadOutcome.Answer<>(
            seen.result(), now.hasLeader(), Math.max(0, silent / 1_000_000), seen.filtered()));
  }
}
