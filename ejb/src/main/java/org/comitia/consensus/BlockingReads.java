package org.comitia.consensus;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.comitia.state.Queries;
import org.comitia.state.QueryResult;
import org.comitia.state.StateMachine;
import org.comitia.state.Watches;

/**
 * Answers reads from the current state, at once or when what they look at changes. A waiting read
 * is a watch and a timer: it holds no thread.
 */
final class BlockingReads {
  private final StateMachine state;
  private final Timers timers;
  private final Executor executor;
  private final Supplier<Status> status;

  BlockingReads(StateMachine state, Timers timers, Executor executor, Supplier<Status> status) {
    this.state = state;
    this.timers = timers;
    this.executor = executor;
    this.status = status;
  }

  void answer(Read read, CompletableFuture<ReadOutcome> outcome) {
    QueryResult result = Queries.evaluate(read.query(), state.version());
    if (read.minIndex() <= 0 || result.index() > read.minIndex()) {
      complete(result, outcome);
    } else {
      waitFor(read, System.nanoTime() + read.maxWait().toNanos(), outcome);
    }
  }

  private void waitFor(Read read, long until, CompletableFuture<ReadOutcome> outcome) {
    AtomicReference<Timers.Timer> timer = new AtomicReference<>();
    Optional<Watches.Watch> watch =
        state
            .watches()
            .register(
                read.query(), () -> executor.execute(() -> woken(read, until, timer, outcome)));
    if (watch.isEmpty()) {
      outcome.complete(new ReadOutcome.Failed(Failure.OVERLOADED, state.watches().refusal()));
      return;
    }
    timer.set(
        timers.at(
            until,
            () -> {
              watch.get().cancel();
              executor.execute(
                  () -> complete(Queries.evaluate(read.query(), state.version()), outcome));
            }));
    // Registered first, looked at afterwards: no change can slip through in between.
    QueryResult result = Queries.evaluate(read.query(), state.version());
    if (result.index() > read.minIndex()) {
      watch.get().cancel();
      timer.get().cancel();
      complete(result, outcome);
    }
  }

  private void woken(
      Read read,
      long until,
      AtomicReference<Timers.Timer> timer,
      CompletableFuture<ReadOutcome> outcome) {
    Timers.Timer set = timer.get();
    if (set != null) {
      set.cancel();
    }
    if (outcome.isDone()) {
      return;
    }
    QueryResult result = Queries.evaluate(read.query(), state.version());
    if (result.index() > read.minIndex() || System.nanoTime() - until >= 0) {
      complete(result, outcome);
    } else {
      waitFor(read, until, outcome);
    }
  }

  private void complete(QueryResult result, CompletableFuture<ReadOutcome> outcome) {
    Status now = status.get();
    long silent = now.lastContactNanos(System.nanoTime());
    outcome.complete(
        new ReadOutcome.Answer(result, now.hasLeader(), Math.max(0, silent / 1_000_000)));
  }
}
