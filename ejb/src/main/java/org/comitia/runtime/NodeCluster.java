package org.comitia.runtime;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;

/** The cluster of a node that may not run yet, or not at all; answers so then. */
final class NodeCluster implements Cluster {
  private final Supplier<Cluster> running;
  private final Supplier<String> why;

  /**
   * @param running null while the node does not run
   * @param why it does not, in words
   */
  NodeCluster(Supplier<Cluster> running, Supplier<String> why) {
    this.running = running;
    this.why = why;
  }

  @Override
  public CompletionStage<WriteOutcome> write(Command command) {
    Cluster there = running.get();
    return there != null
        ? there.write(command)
        : CompletableFuture.completedFuture(
            new WriteOutcome.NotApplied(Failure.UNAVAILABLE, why.get()));
  }

  @Override
  public CompletionStage<ReadOutcome> read(Read read) {
    Cluster there = running.get();
    return there != null
        ? there.read(read)
        : CompletableFuture.completedFuture(new ReadOutcome.Failed(Failure.UNAVAILABLE, why.get()));
  }

  @Override
  public CompletionStage<ReadOutcome> renew(String session) {
    Cluster there = running.get();
    return there != null
        ? there.renew(session)
        : CompletableFuture.completedFuture(new ReadOutcome.Failed(Failure.UNAVAILABLE, why.get()));
  }

  @Override
  public CompletionStage<StatusAnswer> status() {
    Cluster there = running.get();
    return there != null
        ? there.status()
        : CompletableFuture.completedFuture(
            new StatusAnswer(Optional.empty(), List.of(), Failure.UNAVAILABLE));
  }

  @Override
  public CompletionStage<ConfigurationAnswer> configuration(boolean stale) {
    Cluster there = running.get();
    return there != null
        ? there.configuration(stale)
        : CompletableFuture.completedFuture(
            new ConfigurationAnswer(List.of(), 0, Failure.UNAVAILABLE, why.get()));
  }

  @Override
  public CompletionStage<RemovalAnswer> removePeer(String id, String address) {
    Cluster there = running.get();
    return there != null
        ? there.removePeer(id, address)
        : CompletableFuture.completedFuture(new RemovalAnswer(Failure.UNAVAILABLE, why.get()));
  }
}
