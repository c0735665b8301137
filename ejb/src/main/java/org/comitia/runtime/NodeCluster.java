package org.comitia.runtime;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.RequestRates;
import org.comitia.state.Command;
import org.comitia.state.QueryResult;

/** The cluster of a node that may not run yet, or not at all; answers so then. */
final class NodeCluster implements Cluster {
  private final Supplier<NodeState> state;

  /**
   * @param state as it is now; asked for each request
   */
  NodeCluster(Supplier<NodeState> state) {
    this.state = state;
  }

  /** What the cluster answers, or at once that this node does not run. */
  private <T> CompletionStage<T> ask(
      Function<Cluster, CompletionStage<T>> question, Function<String, T> notRunning) {
    return state
        .get()
        .match(
            node -> question.apply(node.cluster()),
            not -> CompletableFuture.completedFuture(notRunning.apply(not.why())));
  }

  /** The same for what is counted: beyond its rate it is not asked. */
  private <T> CompletionStage<T> ask(
      Predicate<RequestRates> isTaken,
      Function<Cluster, CompletionStage<T>> question,
      BiFunction<Failure, String, T> not) {
    return state
        .get()
        .match(
            node ->
                isTaken.test(node.rates())
                    ? question.apply(node.cluster())
                    : CompletableFuture.completedFuture(
                        not.apply(Failure.OVERLOADED, RequestRates.EXCEEDED)),
            stopped ->
                CompletableFuture.completedFuture(not.apply(Failure.UNAVAILABLE, stopped.why())));
  }

  @Override
  public CompletionStage<WriteOutcome> write(Caller caller, Command command) {
    return ask(
        RequestRates::takesWrite, cluster -> cluster.write(caller, command), WriteOutcome.NotApplied::new);
  }

  @Override
  public <R extends QueryResult> CompletionStage<ReadOutcome<R>> read(Read<R> read) {
    return ask(RequestRates::takesRead, cluster -> cluster.read(read), ReadOutcome.Failed<R>::new);
  }

  @Override
  public CompletionStage<AuthorizerAnswer> authorizer(Caller caller) {
    return ask(
        cluster -> cluster.authorizer(caller),
        why -> AuthorizerAnswer.failed(Failure.UNAVAILABLE, why));
  }

  @Override
  public CompletionStage<ReadOutcome<QueryResult.SessionList>> renew(
      Caller caller, String session) {
    return ask(
        cluster -> cluster.renew(caller, session),
        why -> new ReadOutcome.Failed<>(Failure.UNAVAILABLE, why));
  }

  @Override
  public CompletionStage<StatusAnswer> status() {
    return ask(
        Cluster::status, why -> new StatusAnswer(Optional.empty(), List.of(), Failure.UNAVAILABLE));
  }

  @Override
  public CompletionStage<ConfigurationAnswer> configuration(Caller caller, boolean stale) {
    return ask(
        cluster -> cluster.configuration(caller, stale),
        why -> new ConfigurationAnswer(List.of(), 0, Failure.UNAVAILABLE, why));
  }

  @Override
  public CompletionStage<RemovalAnswer> removePeer(Caller caller, String id, String address) {
    return ask(
        cluster -> cluster.removePeer(caller, id, address),
        why -> new RemovalAnswer(Failure.UNAVAILABLE, why));
  }

  @Override
  public CompletionStage<TransferAnswer> transferLeader(Caller caller, String id) {
    return ask(
        cluster -> cluster.transferLeader(caller, id),
        why -> new TransferAnswer(Failure.UNAVAILABLE, why));
  }

  @Override
  public CompletionStage<RestoreAnswer> restore(Caller caller, Path archive) {
    return ask(
        cluster -> cluster.restore(caller, archive),
        why -> RestoreAnswer.failed(Failure.UNAVAILABLE, why));
  }

  @Override
  public CompletionStage<AutopilotAnswer> autopilot(Caller caller) {
    return ask(
        cluster -> cluster.autopilot(caller),
        why -> AutopilotAnswer.failed(Failure.UNAVAILABLE, why));
  }

  @Override
  public CompletionStage<SnapshotAnswer> snapshot(Caller caller, boolean stale) {
    return ask(
        cluster -> cluster.snapshot(caller, stale),
        why -> SnapshotAnswer.failed(Failure.UNAVAILABLE, why));
  }
}
