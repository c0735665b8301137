package org.comitia.agent.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.comitia.access.Unrestricted;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.CheckStatus;
import org.comitia.state.Command;
import org.comitia.state.Queries;
import org.comitia.state.QueryResult;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;

/**
 * What an agent lends its checks: executors as small as an agent's, its own checks, and a catalog
 * (the real state machine, without a log).
 */
final class Bench implements AutoCloseable {
  record Update(CheckStatus status, String output) {}

  final ScheduledExecutorService scheduled = Executors.newScheduledThreadPool(2);
  final ExecutorService executor = Executors.newFixedThreadPool(4);
  final BlockingQueue<Update> updates = new LinkedBlockingQueue<>();
  final Local local = new Local();
  final Catalog catalog = new Catalog();
  final CheckRunners runners =
      new CheckRunners(
          new CheckRunners.Parts(
              "n1",
              scheduled,
              executor,
              Thread::new,
              catalog,
              local,
              () -> Caller.ANONYMOUS,
              4096));

  private final List<CheckRunner> running = new ArrayList<>();

  CheckRunner start(SpecBuilder spec) {
    CheckRunner runner =
        runners.runner(
            spec.build(), (id, status, output) -> updates.add(new Update(status, output)));
    running.add(runner);
    runner.start();
    return runner;
  }

  /** The next result of a check that is running; a hang ends the test. */
  Update next() throws InterruptedException {
    Update update = updates.poll(20, TimeUnit.SECONDS);
    if (update == null) {
      throw new AssertionError("no result in 20 s");
    }
    return update;
  }

  /** The first result of a check. */
  Update once(SpecBuilder spec) throws InterruptedException {
    CheckRunner runner = start(spec);
    Update update = next();
    runner.close();
    return update;
  }

  @Override
  public void close() {
    running.forEach(CheckRunner::close);
    runners.close();
    scheduled.shutdownNow();
    executor.shutdownNow();
  }

  /** An agent's checks. */
  static final class Local implements LocalChecks {
    private List<Entry> entries = List.of();
    private List<String> services = List.of();
    private CompletableFuture<Void> change = new CompletableFuture<>();

    synchronized void set(List<String> services, Entry... entries) {
      this.services = services;
      this.entries = List.of(entries);
      CompletableFuture<Void> told = change;
      change = new CompletableFuture<>();
      told.complete(null);
    }

    @Override
    public synchronized List<Entry> entries() {
      return entries;
    }

    @Override
    public synchronized boolean hasService(String serviceId) {
      return services.contains(serviceId);
    }

    @Override
    public synchronized CompletionStage<Void> changed() {
      return change;
    }
  }

  /** The state machine of this JVM alone. */
  static final class Catalog implements Cluster {
    private record Waiting<R extends QueryResult>(
        Read<R> read, CompletableFuture<ReadOutcome<R>> answer) {
      private boolean answered(StateVersion version) {
        R result = Queries.evaluate(read.query(), version);
        return (read.minIndex() == 0 || result.index() > read.minIndex())
            && answer.complete(new ReadOutcome.Answer<>(result, true, 0, false));
      }
    }

    private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
    private final List<Waiting<?>> waiting = new ArrayList<>();
    private long index;

    @Override
    public synchronized CompletionStage<WriteOutcome> write(Caller caller, Command command) {
      index++;
      WriteOutcome outcome = new WriteOutcome.Applied(index, machine.apply(index, command));
      waiting.removeIf(read -> read.answered(machine.version()));
      return CompletableFuture.completedFuture(outcome);
    }

    @Override
    public synchronized <R extends QueryResult> CompletionStage<ReadOutcome<R>> read(Read<R> read) {
      Waiting<R> wait = new Waiting<>(read, new CompletableFuture<>());
      if (!wait.answered(machine.version())) {
        waiting.add(wait);
      }
      return wait.answer;
    }

    @Override
    public CompletionStage<AuthorizerAnswer> authorizer(Caller caller) {
      return CompletableFuture.completedFuture(AuthorizerAnswer.of(Unrestricted.INSTANCE));
    }

    @Override
    public CompletionStage<ReadOutcome<QueryResult.SessionList>> renew(
        Caller caller, String session) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<RemovalAnswer> removePeer(Caller caller, String id, String address) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<AutopilotAnswer> autopilot(Caller caller) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<TransferAnswer> transferLeader(Caller caller, String id) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<RestoreAnswer> restore(Caller caller, Path archive) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<SnapshotAnswer> snapshot(Caller caller, boolean stale) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<StatusAnswer> status() {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<ConfigurationAnswer> configuration(Caller caller, boolean stale) {
      throw new UnsupportedOperationException();
    }
  }
}
