package org.comitia.consensus;

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;

/** Gives archives of this server's own state as it is now. Safe for any thread. */
final class SnapshotArchives {
  private final Supplier<? extends CompletionStage<Applier.View>> views;
  private final String datacenter;
  private final Supplier<Status> status;
  private final Timers timers;

  /**
   * @param views the state as it is now, with what belongs to it; null when it stands still
   */
  SnapshotArchives(
      Supplier<? extends CompletionStage<Applier.View>> views,
      String datacenter,
      Supplier<Status> status,
      Timers timers) {
    this.views = views;
    this.datacenter = datacenter;
    this.status = status;
    this.timers = timers;
  }

  /**
   * Completes the answer, or calls {@code fail}, on the apply thread: both return at once. Costs
   * nothing there: the archive is made by whoever reads it.
   */
  void take(CompletableFuture<Cluster.SnapshotAnswer> answer, Consumer<Failure> fail) {
    views
        .get()
        .thenAccept(
            view -> {
              if (view == null) {
                fail.accept(Failure.UNAVAILABLE);
                return;
              }
              Status now = status.get();
              long silent = now.lastContactNanos(timers.now());
              answer.complete(
                  new Cluster.SnapshotAnswer(
                      new StateArchive(view, datacenter, Instant.now()),
                      now.hasLeader(),
                      Math.max(0, silent / 1_000_000),
                      null,
                      null));
            });
  }
}
