package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Query;
import org.comitia.state.QueryResult.KvEntryResult;
import org.comitia.state.StateDigest;
import org.comitia.state.StateVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs that end, and servers that go on from a snapshot: real stores, real sockets. */
class InstallSnapshotTest {
  @TempDir Path folder;
  private LoopbackCluster cluster;
  private List<Node> nodes;

  @BeforeEach
  void start() throws Exception {
    cluster = new LoopbackCluster(folder);
    cluster.logKeeping = new LogKeeping(5, 5, Duration.ZERO);
    cluster.level = FeatureLevel.SNAPSHOTS;
    nodes = new ArrayList<>(cluster.startThree(n -> new Around()));
    // A server that is stopped before would hold the level, and with it each cut.
    await(
        "logs may be cut",
        () -> nodes.stream().allMatch(n -> n.server.levels().inForce() == FeatureLevel.SNAPSHOTS));
  }

  @AfterEach
  void stop() throws Exception {
    cluster.close();
  }

  private Node leader() throws InterruptedException {
    return LoopbackCluster.leader(nodes);
  }

  private Node follower() throws InterruptedException {
    Node leader = leader();
    return nodes.stream().filter(n -> n != leader).findFirst().orElseThrow();
  }

  private void write(String prefix, int count) throws Exception {
    Node leader = leader();
    List<CompletableFuture<WriteOutcome>> writes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      writes.add(LoopbackCluster.put(leader, prefix + i));
    }
    for (CompletableFuture<WriteOutcome> write : writes) {
      assertThat(write.get(20, TimeUnit.SECONDS)).isInstanceOf(WriteOutcome.Applied.class);
    }
  }

  private static long base(Node node) {
    return node.server.status().base().index();
  }

  private void awaitCut() throws InterruptedException {
    await(
        "all logs are cut",
        () ->
            nodes.stream()
                .allMatch(n -> base(n) > 0 && n.server.figures().appliedIndex() - base(n) < 12));
  }

  private void awaitSameState() throws InterruptedException {
    await(
        "all have the same state",
        () -> {
          StateVersion first = nodes.get(0).server.state().version();
          return nodes.stream()
              .allMatch(
                  n ->
                      n.server.state().version().appliedIndex() == first.appliedIndex()
                          && StateDigest.of(n.server.state().version())
                              .equals(StateDigest.of(first)));
        });
  }

  private Node restarted(Node node, Around around) throws Exception {
    Node again = cluster.start(node.name, 3, false, around);
    nodes.add(again);
    cluster.tellMembers();
    return again;
  }

  private void stopped(Node node) throws Exception {
    nodes.remove(node);
    cluster.stop(node);
  }

  private interface BeforeReplace {
    void call() throws StoreException;
  }

  /** Something happens, or fails, each time that a snapshot's tables come. */
  private static Around beforeReplace(BeforeReplace action) {
    Around around = new Around();
    around.catalog =
        store ->
            Wrapped.before(
                CatalogStore.class,
                store,
                (method, arguments) -> {
                  if (method.getName().equals("replace")) {
                    action.call();
                  }
                });
    return around;
  }

  @Test
  void logsEndBehindTheSavedTablesAndServersStartFromThem() throws Exception {
    write("a", 40);
    awaitCut();
    for (Node node : List.copyOf(nodes)) {
      stopped(node);
      restarted(node, new Around());
      await("one leads", () -> nodes.stream().anyMatch(n -> n.server.status().established()));
    }
    write("b", 10);
    awaitSameState();
    assertThat(follower().server.state().version().kv()).containsKeys("a0", "a39", "b9");
  }

  @Test
  void whoIsTooFarBehindGoesOnFromASnapshot() throws Exception {
    Node behind = follower();
    stopped(behind);
    write("a", 60);
    awaitCut();
    Node again = restarted(behind, new Around());
    awaitSameState();
    await("its log begins behind the snapshot", () -> base(again) > 20);
    write("b", 3);
    awaitSameState();
    stopped(again);
    Node third = restarted(again, new Around());
    awaitSameState();
    assertThat(third.server.figures().storeFailure()).isEmpty();
  }

  @Test
  void aReadThatWaitsIsWokenByASnapshot() throws Exception {
    Node behind = follower();
    stopped(behind);
    write("a", 60);
    awaitCut();
    AtomicInteger replaced = new AtomicInteger();
    CompletableFuture<Void> entered = new CompletableFuture<>();
    CompletableFuture<Void> held = new CompletableFuture<>();
    Around around =
        beforeReplace(
            () -> {
              replaced.incrementAndGet();
              entered.complete(null);
              held.join();
            });
    Node again = restarted(behind, around);
    CompletableFuture<ReadOutcome<KvEntryResult>> waits =
        again
            .server
            .cluster()
            .read(
                new Read<>(
                    new Query.KvGet("a50"),
                    Read.Consistency.STALE,
                    again.server.state().version().appliedIndex(),
                    Duration.ofMinutes(5),
                    null))
            .toCompletableFuture();
    entered.get(60, TimeUnit.SECONDS);
    assertThat(waits).isNotDone();
    write("b", 60); // the log behind the snapshot is not cut before it is installed
    held.complete(null);
    assertThat(waits.get(60, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            ReadOutcome.Answer.class,
            answer -> assertThat(((KvEntryResult) answer.result()).entry().key()).isEqualTo("a50"));
    awaitSameState();
    assertThat(replaced).hasValue(1);
  }

  @Test
  void tablesThatCannotBeWrittenAreTriedAgain() throws Exception {
    Node behind = follower();
    stopped(behind);
    write("a", 60);
    awaitCut();
    AtomicInteger tried = new AtomicInteger();
    Around around =
        beforeReplace(
            () -> {
              if (tried.incrementAndGet() < 3) {
                throw new StoreException("no room");
              }
            });
    restarted(behind, around);
    awaitSameState();
    assertThat(tried).hasValue(3);
  }

  /** The other half of the installation is made good by the next start. */
  @Test
  void aCrashBetweenTheTablesAndTheLogDoesNoHarm() throws Exception {
    Node behind = follower();
    stopped(behind);
    write("a", 60);
    awaitCut();
    Path raft = folder.resolve(behind.name).resolve("raft");
    Path old = Files.createDirectory(folder.resolve("old"));
    Files.copy(raft.resolve("log.db"), old.resolve("log.db"));
    Node again = restarted(behind, new Around());
    awaitSameState();
    stopped(again);
    // The tables as the snapshot left them, the log as it was before.
    write("b", 1);
    try (LoopbackCluster.Stores stores = LoopbackCluster.Stores.open(raft)) {
      CatalogStore.Saved saved = stores.catalog().load();
      stores.catalog().replace(saved.point().installed(), saved.state());
    }
    Files.deleteIfExists(raft.resolve("log.db-wal"));
    Files.deleteIfExists(raft.resolve("log.db-shm"));
    Files.copy(
        old.resolve("log.db"),
        raft.resolve("log.db"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    restarted(again, new Around());
    awaitSameState();
  }

  @Test
  void lostTablesComeBackFromTheLeader() throws Exception {
    Node poor = follower();
    write("a", 40);
    awaitCut();
    stopped(poor);
    Path raft = folder.resolve(poor.name).resolve("raft");
    Files.delete(raft.resolve("catalog.db"));
    Files.deleteIfExists(raft.resolve("catalog.db-wal"));
    Files.deleteIfExists(raft.resolve("catalog.db-shm"));
    write("b", 1);
    Node again = restarted(poor, new Around());
    awaitSameState();
    assertThat(again.server.state().version().kv()).containsKeys("a0", "b0");
  }
}
