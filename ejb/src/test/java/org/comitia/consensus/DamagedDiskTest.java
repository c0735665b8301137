package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.comitia.cluster.Caller;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Failure;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Disks that rot, stand still, are nearly full or lose a file, under running servers. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class DamagedDiskTest {
  private static final DiskOptions SCRUBBED = new DiskOptions(() -> Duration.ofMillis(200), 0);

  @TempDir Path root;
  private LoopbackCluster cluster;

  @BeforeEach
  void make() {
    cluster = new LoopbackCluster(root);
    cluster.level = FeatureLevel.SNAPSHOTS;
    cluster.disk = SCRUBBED;
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
  }

  private Node alone() throws Exception {
    Node node = cluster.start("n1", 0, true);
    await("n1 leads", () -> node.server.status().established());
    await("logs may be cut", () -> node.server.levels().inForce() == FeatureLevel.SNAPSHOTS);
    return node;
  }

  private List<Node> three() throws Exception {
    List<Node> nodes = cluster.startThree(name -> new Around());
    await(
        "logs may be cut",
        () -> nodes.stream().allMatch(n -> n.server.levels().inForce() == FeatureLevel.SNAPSHOTS));
    return nodes;
  }

  private static void write(Node node, String prefix, int count) throws Exception {
    List<CompletableFuture<WriteOutcome>> writes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      writes.add(LoopbackCluster.put(node, prefix + i));
    }
    for (CompletableFuture<WriteOutcome> write : writes) {
      assertThat(write.get(20, TimeUnit.SECONDS)).isInstanceOf(WriteOutcome.Applied.class);
    }
  }

  private static void awaitSaved(Node node, String key) throws InterruptedException {
    await(
        "all is saved",
        () ->
            node.server.state().version().kv().containsKey(key)
                && node.server.figures().savedIndex()
                    == node.server.state().version().appliedIndex());
  }

  private Path raft(Node node) {
    return root.resolve(node.name).resolve("raft");
  }

  private static void tamper(Path file, String sql) throws SQLException {
    try (Connection person = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = person.createStatement()) {
      statement.execute("PRAGMA busy_timeout=20000");
      assertThat(statement.executeUpdate(sql)).isEqualTo(1);
    }
  }

  /** Empty while there is none, or no such file. */
  private static String saved(Path file, String key) {
    try (Connection person = DriverManager.getConnection("jdbc:sqlite:file:" + file + "?mode=ro");
        Statement statement = person.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT CAST(value AS TEXT) FROM kv WHERE key='" + key + "'")) {
      return rows.next() ? rows.getString(1) : "";
    } catch (SQLException beingMade) {
      return "";
    }
  }

  private static List<String> kept(Path raft, String file) throws IOException {
    try (Stream<Path> found = Files.list(raft)) {
      return found
          .map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith(file + ".damaged-") && !name.endsWith("-wal"))
          .toList();
    }
  }

  @Test
  void whatRotsInTheSavedTablesIsFoundAndWrittenAnewFromMemory() throws Exception {
    Node node = alone();
    write(node, "a", 20);
    awaitSaved(node, "a19");
    Path file = raft(node).resolve("catalog.db");
    tamper(file, "UPDATE kv SET value = x'00' WHERE key = 'a7'");

    await("it is as it was", () -> saved(file, "a7").equals("v"));

    assertThat(kept(raft(node), "catalog.db")).hasSize(1);
    await("nothing is found any more", () -> node.server.lastScrub().contains("found nothing"));
    cluster.stop(node);
    Node again = cluster.start("n1", 0, true);
    await("it has all", () -> again.server.state().version().kv().containsKey("a7"));
    assertThat(kept(raft(node), "catalog.db")).hasSize(1);
  }

  @Test
  void whatRotsInTheLogIsCutAwayWhereTheTablesHaveIt() throws Exception {
    List<Node> nodes = three();
    Node leader = LoopbackCluster.leader(nodes);
    Node follower = nodes.stream().filter(n -> n != leader).findFirst().orElseThrow();
    write(leader, "a", 20);
    awaitSaved(follower, "a19");
    tamper(
        raft(follower).resolve("log.db"),
        "UPDATE log_batches SET entries = x'00'"
            + " WHERE first_index = (SELECT max(first_index) FROM log_batches WHERE first_index < 8)");

    await("its log begins later", () -> follower.server.status().base().index() > 7);

    await("it is well", () -> follower.server.figures().storeFailure().isEmpty());
    assertThat(kept(raft(follower), "log.db")).hasSize(1);
    write(LoopbackCluster.leader(nodes), "b", 3);
    awaitSaved(follower, "b2");
    cluster.stop(follower);
    Node again = cluster.start(follower.name, 3, false);
    cluster.tellMembers();
    awaitSaved(again, "b2");
  }

  @Test
  void aLogThatRotsBehindTheTablesIsNotUsedAnyMore() throws Exception {
    cluster.level = 0; // nothing may be cut
    Node node = cluster.start("n1", 0, true);
    await("n1 leads", () -> node.server.status().established());
    write(node, "a", 20);
    tamper(
        raft(node).resolve("log.db"),
        "UPDATE log_batches SET last_term = 9"
            + " WHERE first_index = (SELECT max(first_index) FROM log_batches WHERE first_index < 8)");

    await("it says so", () -> node.server.whyNoLeader().contains("COM3003"));

    assertThat(node.server.whyNoLeader()).contains("table log_batches").contains("keep its raft/");
    assertThat(node.server.status().isLeader()).isFalse();
    assertThat(kept(raft(node), "log.db")).isEmpty();
  }

  @Test
  void savedTablesWhoseFileIsDeletedAreWrittenAnew() throws Exception {
    Node node = alone();
    write(node, "a", 20);
    awaitSaved(node, "a19");
    Path file = raft(node).resolve("catalog.db");
    Files.delete(file);

    await("it is there again", () -> Files.exists(file) && saved(file, "a7").equals("v"));

    write(node, "b", 1);
    awaitSaved(node, "b0");
    await("it is saved there", () -> saved(file, "b0").equals("v"));
  }

  @Test
  void aLeaderWhoseLogIsMovedAwayHandsOverAndGoesOnWhenItIsBack() throws Exception {
    List<Node> nodes = three();
    Node leader = LoopbackCluster.leader(nodes);
    List<Node> others = nodes.stream().filter(n -> n != leader).toList();
    write(leader, "a", 5);
    Path file = raft(leader).resolve("log.db");
    Path away = raft(leader).resolve("away");
    Files.move(file, away);

    await("another one leads", () -> others.stream().anyMatch(n -> n.server.status().isLeader()));
    await("it says why", () -> leader.server.figures().storeFailure().contains("COM3076"));
    Node next = LoopbackCluster.leader(others);
    write(next, "b", 5);
    assertThat(leader.server.figures().storeFailure()).contains("was deleted");
    assertThat(Files.exists(file)).isFalse();

    Files.move(away, file);
    await("it is well", () -> leader.server.figures().storeFailure().isEmpty());
    awaitSaved(leader, "b4");
  }

  @Test
  void aDeletedWriteAheadLogIsNoLoss() throws Exception {
    Node node = alone();
    write(node, "a", 5);
    Path wal = raft(node).resolve("log.db-wal");
    Files.delete(wal);

    await("it is there again", () -> Files.exists(wal));

    await("it leads again", () -> node.server.status().established());
    write(node, "b", 5);
    cluster.stop(node);
    Node again = cluster.start("n1", 0, true);
    await("it has all", () -> again.server.state().version().kv().containsKey("b4"));
    assertThat(again.server.state().version().kv()).containsKeys("a0", "a4", "b0");
  }

  @Test
  void tablesThatAreDamagedAtTheStartComeFromTheOthers() throws Exception {
    cluster.logKeeping = new LogKeeping(5, 5, Duration.ZERO);
    List<Node> nodes = three();
    Node leader = LoopbackCluster.leader(nodes);
    Node follower = nodes.stream().filter(n -> n != leader).findFirst().orElseThrow();
    write(leader, "a", 40);
    awaitSaved(follower, "a39");
    await("its log is cut", () -> follower.server.status().base().index() > 20);
    cluster.stop(follower);
    tamper(raft(follower).resolve("catalog.db"), "UPDATE kv SET flags = 5 WHERE key = 'a7'");

    Node again = cluster.start(follower.name, 3, false);
    cluster.tellMembers();

    awaitSaved(again, "a7");
    assertThat(again.server.state().version().kv().get("a7").flags()).isZero();
    assertThat(kept(raft(follower), "catalog.db")).hasSize(1);
  }

  @Test
  void aNearlyFullDiskIsToldAndTakesDeletionsOnly() throws Exception {
    Node node = alone();
    write(node, "a", 2);
    cluster.stop(node);
    cluster.disk = new DiskOptions(() -> Duration.ZERO, 1L << 60);
    Node full = cluster.start("n1", 0, true);
    await("it leads", () -> full.server.status().established());
    await("it says so", () -> full.server.whyRuledOut().contains("COM3077"));

    assertThat(LoopbackCluster.put(full, "a2").get(20, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            WriteOutcome.NotApplied.class,
            refused -> {
              assertThat(refused.failure()).isEqualTo(Failure.OVERLOADED);
              assertThat(refused.message()).contains("COM3077").contains("comitia.disk-reserve");
            });
    assertThat(
            full.server
                .cluster()
                .write(Caller.ANONYMOUS, new Command.KvDelete("a0", null))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS))
        .isInstanceOf(WriteOutcome.Applied.class);
  }

  @Test
  void aLeaderWhoseDiskIsNearlyFullGivesWay() throws Exception {
    List<Node> nodes = new ArrayList<>(cluster.startThree(n -> new Around()));
    Node before = LoopbackCluster.leader(nodes);
    nodes.remove(before);
    cluster.stop(before);
    cluster.disk = new DiskOptions(() -> Duration.ZERO, 1L << 60);
    Node full = cluster.start(before.name, 3, false, new Around());
    cluster.tellMembers();
    await("it says so", () -> full.server.whyRuledOut().contains("COM3077"));
    await("it has all", () -> full.server.status().hasLeader());
    Node leader = LoopbackCluster.leader(nodes);
    leader
        .server
        .cluster()
        .transferLeader(Caller.ANONYMOUS, full.server.id().node().toString())
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
    await(
        "one with room leads",
        () -> nodes.stream().anyMatch(node -> node.server.status().established()));
    assertThat(LoopbackCluster.put(nodes.get(0), "k").get(20, TimeUnit.SECONDS))
        .isInstanceOf(WriteOutcome.Applied.class);
  }

  @Test
  void aServerWhoseTablesCannotBeSavedSaysSoUntilTheyCan() throws Exception {
    cluster.disk = new DiskOptions(() -> Duration.ZERO, 0, Duration.ofMillis(300));
    AtomicBoolean readOnly = new AtomicBoolean();
    Node node = cluster.start("n1", 0, true, savesFailWhile(readOnly));
    await("n1 leads", () -> node.server.status().established());
    readOnly.set(true);
    write(node, "a", 1);

    await("it says so", () -> node.server.whyRuledOut().contains("COM3079"));
    assertThat(node.server.whyRuledOut()).contains("SQLITE_READONLY");

    readOnly.set(false);
    await("it is well", () -> node.server.whyRuledOut().isEmpty());
    awaitSaved(node, "a0");
  }

  @Test
  void aServerWhoseSaveDoesNotEndSaysSoUntilItDoes() throws Exception {
    cluster.disk = new DiskOptions(() -> Duration.ZERO, 0, Duration.ofMillis(100));
    Semaphore free = new Semaphore(1);
    Around around =
        beforeEachSave(
            () -> {
              free.acquireUninterruptibly();
              free.release();
            });
    Node node = cluster.start("n1", 0, true, around);
    await("n1 leads", () -> node.server.status().established());
    free.acquire();
    write(node, "a", 1);

    await("it says so", () -> node.server.whyRuledOut().contains("COM3079"));
    assertThat(node.server.whyRuledOut()).contains("a save has not ended");

    free.release();
    await("it is well", () -> node.server.whyRuledOut().isEmpty());
    awaitSaved(node, "a0");
  }

  @Test
  void aLeaderWhoseTablesCannotBeSavedGivesWay() throws Exception {
    cluster.disk = new DiskOptions(() -> Duration.ZERO, 0, Duration.ofMillis(300));
    Map<String, AtomicBoolean> readOnly = new ConcurrentHashMap<>();
    List<Node> nodes =
        cluster.startThree(
            name -> savesFailWhile(readOnly.computeIfAbsent(name, n -> new AtomicBoolean())));
    Node failing = LoopbackCluster.leader(nodes);
    readOnly.get(failing.name).set(true);
    write(failing, "a", 1);

    await("it says so", () -> failing.server.whyRuledOut().contains("COM3079"));
    await(
        "another one leads",
        () -> nodes.stream().anyMatch(n -> n != failing && n.server.status().established()));
  }

  private static Around savesFailWhile(AtomicBoolean readOnly) {
    return beforeEachSave(
        () -> {
          if (readOnly.get()) {
            throw new StoreException("[SQLITE_READONLY] attempt to write");
          }
        });
  }

  private static Around beforeEachSave(Executable before) {
    Around around = new Around();
    around.catalog =
        store ->
            Wrapped.before(
                CatalogStore.class,
                store,
                (method, arguments) -> {
                  if (method.getName().equals("save")) {
                    before.execute();
                  }
                });
    return around;
  }

  @Test
  void aLeaderWhoseDiskStandsStillHandsOverSaysWhyAndGoesOn() throws Exception {
    AtomicBoolean stands = new AtomicBoolean();
    CountDownLatch goOn = new CountDownLatch(1);
    String[] stalled = new String[1];
    List<Node> nodes =
        cluster.startThree(
            name -> {
              Around around = new Around();
              around.log =
                  store ->
                      Wrapped.before(
                          LogStore.class,
                          store,
                          (method, arguments) -> {
                            if (method.getName().equals("write")
                                && stands.get()
                                && name.equals(stalled[0])) {
                              goOn.await();
                            }
                          });
              return around;
            });
    Node leader = LoopbackCluster.leader(nodes);
    List<Node> others = nodes.stream().filter(n -> n != leader).toList();
    stalled[0] = leader.name;
    stands.set(true);
    LoopbackCluster.put(leader, "during");

    await("another one leads", () -> others.stream().anyMatch(n -> n.server.status().isLeader()));
    await("it says why", () -> leader.server.whyRuledOut().contains("COM3078"));
    write(LoopbackCluster.leader(others), "b", 5);
    assertThat(leader.server.status().isLeader()).isFalse();

    goOn.countDown();
    await("it is well", () -> leader.server.whyRuledOut().isEmpty());
    awaitSaved(leader, "b4");
  }
}
