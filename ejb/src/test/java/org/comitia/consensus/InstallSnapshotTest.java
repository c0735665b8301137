package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.comitia.cluster.Caller;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Reply;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.raft.Configuration;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Query;
import org.comitia.state.QueryResult.KvEntryResult;
import org.comitia.state.StateDigest;
import org.comitia.state.StateVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
                    Caller.ANONYMOUS,
                    new Query.KvGet("a50"),
                    Read.Consistency.STALE,
                    again.server.state().version().appliedIndex(),
                    Duration.ofMinutes(5),
                    null))
            .toCompletableFuture();
    entered.get(60, TimeUnit.SECONDS);
    assertThat(waits).isNotDone();
    write("b", 60); // the log behind the snapshot is not cut before it is installed
    assertThat(again.server.status().needsSnapshot()).isTrue();
    assertThat(again.server.whyRuledOut()).contains("COM3033");
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

  /** What a server may answer that is not what was asked for. */
  private enum Lie {
    ANOTHER_CLUSTER {
      @Override
      Forwarded.SnapshotAnswer told(Forwarded.SnapshotAnswer a) {
        CatalogStore.Point p = a.point();
        return with(a, point(p, p.appliedTerm(), new UUID(1, 2), p.configuration()), a.next());
      }
    },
    A_LATER_TERM {
      @Override
      Forwarded.SnapshotAnswer told(Forwarded.SnapshotAnswer a) {
        CatalogStore.Point p = a.point();
        return with(a, point(p, p.appliedTerm() + 1, p.cluster(), p.configuration()), a.next());
      }
    },
    NO_VOTER {
      @Override
      Forwarded.SnapshotAnswer told(Forwarded.SnapshotAnswer a) {
        CatalogStore.Point p = a.point();
        return with(a, point(p, p.appliedTerm(), p.cluster(), Configuration.EMPTY), a.next());
      }
    },
    CUT_SHORT {
      @Override
      Forwarded.SnapshotAnswer told(Forwarded.SnapshotAnswer a) {
        return new Forwarded.SnapshotAnswer(
            a.point(),
            a.stateBytes(),
            new byte[0],
            new byte[0],
            0,
            a.digest(),
            a.confirmedAt(),
            "");
      }
    },
    WITHOUT_END {
      @Override
      Forwarded.SnapshotAnswer told(Forwarded.SnapshotAnswer a) {
        return new Forwarded.SnapshotAnswer(
            a.point(), a.stateBytes(), new byte[0], new byte[] {1}, 0, "", 0, "");
      }
    },
    TOO_LARGE {
      @Override
      Forwarded.SnapshotAnswer told(Forwarded.SnapshotAnswer a) {
        return new Forwarded.SnapshotAnswer(
            a.point(),
            Runtime.getRuntime().maxMemory(),
            a.rows(),
            a.next(),
            0,
            a.digest(),
            a.confirmedAt(),
            "");
      }
    },
    NO_SNAPSHOT {
      @Override
      Forwarded.SnapshotAnswer told(Forwarded.SnapshotAnswer a) {
        return Forwarded.SnapshotAnswer.refused("none today");
      }
    };

    abstract Forwarded.SnapshotAnswer told(Forwarded.SnapshotAnswer truth);

    private static CatalogStore.Point point(
        CatalogStore.Point p, long term, UUID cluster, Configuration configuration) {
      return new CatalogStore.Point(
          p.appliedIndex(), term, cluster, configuration, p.configurationIndex());
    }

    private static Forwarded.SnapshotAnswer with(
        Forwarded.SnapshotAnswer a, CatalogStore.Point point, byte[] next) {
      return new Forwarded.SnapshotAnswer(
          point, a.stateBytes(), a.rows(), next, 0, a.digest(), a.confirmedAt(), "");
    }
  }

  /** Its checksum is right, whatever it says. */
  private static Forwarded.SnapshotAnswer summed(
      Forwarded.SnapshotAnswer a, Forwarded.SnapshotRequest request) {
    return a.point() == null
        ? a
        : new Forwarded.SnapshotAnswer(
            a.point(),
            a.stateBytes(),
            a.rows(),
            a.next(),
            SnapshotSource.checksum(a.point().appliedIndex(), request.cursor(), a.rows(), a.next()),
            a.digest(),
            a.confirmedAt(),
            "");
  }

  private static Reply<Forwarded.SnapshotAnswer> told(
      Lie lie, Forwarded.SnapshotRequest request, Reply<Forwarded.SnapshotAnswer> truth) {
    return truth.match(
        answer ->
            new Reply.Answered<>(
                answer.point() == null ? answer : summed(lie.told(answer), request)),
        why -> truth,
        why -> truth);
  }

  @ParameterizedTest
  @EnumSource(Lie.class)
  void nothingIsInstalledThatIsNotTheLeadersState(Lie lie) throws Exception {
    Node behind = follower();
    stopped(behind);
    write("a", 60);
    awaitCut();
    AtomicBoolean lies = new AtomicBoolean(true);
    AtomicInteger begun = new AtomicInteger();
    Around around = new Around();
    around.transport =
        transport ->
            Wrapped.of(
                Transport.class,
                (method, arguments) -> {
                  Object result = method.invoke(transport, arguments);
                  if (!method.getName().equals("request")
                      || !(arguments[1] instanceof Forwarded.SnapshotRequest request)) {
                    return result;
                  }
                  begun.addAndGet(request.index() == 0 && lies.get() ? 1 : 0);
                  @SuppressWarnings("unchecked")
                  CompletionStage<Reply<Forwarded.SnapshotAnswer>> reply =
                      (CompletionStage<Reply<Forwarded.SnapshotAnswer>>) result;
                  return lies.get() ? reply.thenApply(r -> told(lie, request, r)) : reply;
                });
    Node again = restarted(behind, around);
    long saved = again.server.figures().savedIndex();
    await("it has begun anew", () -> begun.get() >= 2);
    assertThat(again.server.figures().savedIndex()).isEqualTo(saved);
    assertThat(base(again)).isLessThan(20);
    assertThat(again.server.state().version().kv()).doesNotContainKey("a50");
    lies.set(false);
    awaitSameState();
  }
}
