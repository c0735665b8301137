package org.comitia.agent.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.comitia.access.Unrestricted;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.Queries;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;

/** The real state machine without a log, and without a leader when a test wants that. */
final class StateCluster implements Cluster {
  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private final List<Command> written = new ArrayList<>();
  private final List<Caller> callers = new ArrayList<>();
  private final List<Runnable> held = new ArrayList<>();
  private boolean leaderless;
  private boolean failing;
  private boolean holding;
  private long index;

  /** The next read throws. */
  synchronized void failOnce() {
    failing = true;
  }

  synchronized void setLeaderless(boolean without) {
    leaderless = without;
  }

  /** Answers to writes are kept back until they are released. */
  synchronized void hold() {
    holding = true;
  }

  void release() {
    List<Runnable> answers;
    synchronized (this) {
      holding = false;
      answers = List.copyOf(held);
      held.clear();
    }
    answers.forEach(Runnable::run);
  }

  /** The commands since the last call. */
  synchronized List<Command> takeWritten() {
    List<Command> taken = List.copyOf(written);
    written.clear();
    return taken;
  }

  /** Who wrote them. */
  synchronized List<Caller> takeCallers() {
    List<Caller> taken = List.copyOf(callers);
    callers.clear();
    return taken;
  }

  synchronized void apply(Command command) {
    index++;
    machine.apply(index, command);
  }

  synchronized <R extends QueryResult> R evaluate(Query<R> query) {
    return Queries.evaluate(query, machine.version());
  }

  @Override
  public synchronized CompletionStage<WriteOutcome> write(Caller caller, Command command) {
    if (leaderless) {
      return CompletableFuture.completedFuture(
          new WriteOutcome.NotApplied(Failure.NO_LEADER, "No cluster leader"));
    }
    written.add(command);
    callers.add(caller);
    index++;
    WriteOutcome outcome = new WriteOutcome.Applied(index, machine.apply(index, command));
    CompletableFuture<WriteOutcome> answer = new CompletableFuture<>();
    if (holding) {
      held.add(() -> answer.complete(outcome));
    } else {
      answer.complete(outcome);
    }
    return answer;
  }

  @Override
  public synchronized <R extends QueryResult> CompletionStage<ReadOutcome<R>> read(Read<R> read) {
    if (failing) {
      failing = false;
      throw new AssertionError("struck by the test");
    }
    return CompletableFuture.completedFuture(
        leaderless
            ? new ReadOutcome.Failed<>(Failure.NO_LEADER, "No cluster leader")
            : new ReadOutcome.Answer<>(evaluate(read.query()), true, 0, false));
  }

  @Override
  public CompletionStage<StatusAnswer> status() {
    return CompletableFuture.completedFuture(new StatusAnswer(Optional.empty(), List.of(), null));
  }

  @Override
  public CompletionStage<ConfigurationAnswer> configuration(Caller caller, boolean stale) {
    return CompletableFuture.completedFuture(new ConfigurationAnswer(List.of(), 0, null, null));
  }

  @Override
  public CompletionStage<RemovalAnswer> removePeer(Caller caller, String id, String address) {
    throw new AssertionError("an agent's local services remove no server");
  }

  @Override
  public CompletionStage<AuthorizerAnswer> authorizer(Caller caller) {
    return CompletableFuture.completedFuture(AuthorizerAnswer.of(Unrestricted.INSTANCE));
  }

  @Override
  public CompletionStage<ReadOutcome<QueryResult.SessionList>> renew(
      Caller caller, String session) {
    throw new AssertionError("an agent's local services have no session");
  }

  @Override
  public CompletionStage<AutopilotAnswer> autopilot(Caller caller) {
    throw new AssertionError("an agent's local services ask nothing of servers");
  }

  @Override
  public CompletionStage<TransferAnswer> transferLeader(Caller caller, String id) {
    throw new AssertionError("an agent's local services hand nothing over");
  }

  @Override
  public CompletionStage<RestoreAnswer> restore(Caller caller, Path archive) {
    throw new AssertionError("an agent's local services restore nothing");
  }

  @Override
  public CompletionStage<SnapshotAnswer> snapshot(Caller caller, boolean stale) {
    throw new AssertionError("an agent's local services save nothing");
  }
}
