package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster.RestoreAnswer;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Snapshot;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Query;
import org.comitia.state.QueryResult.KvEntryResult;
import org.comitia.state.StateDigest;
import org.comitia.state.StateVersion;
import org.comitia.state.Tables;
import org.comitia.wire.SnapshotAssembly;
import org.comitia.wire.SnapshotChunks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An archive becomes the state of running servers: real stores, real sockets. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class RestoreTest {
  private static final int LARGE = 100_000;

  @TempDir Path folder;
  private LoopbackCluster cluster;
  private List<Node> nodes;

  @BeforeEach
  void start() throws Exception {
    cluster = new LoopbackCluster(folder.resolve("a"));
    cluster.logKeeping = new LogKeeping(5, 5, Duration.ZERO);
    cluster.level = FeatureLevel.RESTORE;
    startThree();
  }

  private void startThree() throws Exception {
    nodes = new ArrayList<>(cluster.startThree(n -> new Around()));
    await(
        "the level is in force",
        () ->
            nodes.stream()
                .allMatch(
                    n ->
                        n.server.levels().inForce()
                            == Math.min(cluster.level, cluster.levelLimit)));
  }

  @AfterEach
  void stop() throws Exception {
    cluster.close();
  }

  private Node follower() throws InterruptedException {
    Node leader = LoopbackCluster.leader(nodes);
    return nodes.stream().filter(n -> n != leader).findFirst().orElseThrow();
  }

  private WriteOutcome.Applied write(Command command) throws Exception {
    WriteOutcome outcome =
        follower()
            .server
            .cluster()
            .write(Caller.ANONYMOUS, command)
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
    assertThat(outcome).isInstanceOf(WriteOutcome.Applied.class);
    return (WriteOutcome.Applied) outcome;
  }

  private void put(String key, int first, int length) throws Exception {
    byte[] value = new byte[length];
    value[0] = (byte) first;
    write(new Command.KvPut(key, value, 0, null));
  }

  /** Larger than a chunk. */
  private void putMuch() throws Exception {
    for (int i = 0; i < 12; i++) {
      put("large/" + i, i, LARGE);
    }
  }

  private Path saved(String name) throws Exception {
    Snapshot snapshot =
        follower()
            .server
            .cluster()
            .snapshot(Caller.ANONYMOUS, false)
            .toCompletableFuture()
            .get(40, TimeUnit.SECONDS)
            .snapshot();
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (byte[] piece = snapshot.next(); piece != null; piece = snapshot.next()) {
        out.write(piece);
      }
    }
    return file;
  }

  private RestoreAnswer restore(Path file) throws Exception {
    return follower()
        .server
        .cluster()
        .restore(Caller.ANONYMOUS, file)
        .toCompletableFuture()
        .get(100, TimeUnit.SECONDS);
  }

  private static KvEntryResult get(Node node, String key) throws Exception {
    ReadOutcome<KvEntryResult> outcome = LoopbackCluster.get(node, key).get(30, TimeUnit.SECONDS);
    return ((ReadOutcome.Answer<KvEntryResult>) outcome).result();
  }

  private void awaitSameState() throws InterruptedException {
    await(
        "all have the same state",
        () -> {
          StateVersion first = nodes.get(0).server.state().version();
          return nodes.stream()
              .map(n -> n.server.state().version())
              .allMatch(
                  v ->
                      v.appliedIndex() == first.appliedIndex()
                          && StateDigest.of(v).equals(StateDigest.of(first)));
        });
  }

  private void restarted(Node node) throws Exception {
    Node again = cluster.start(node.name, 3, false, new Around());
    nodes.set(nodes.indexOf(node), again);
    cluster.tellMembers();
  }

  @Test
  void everyReadBehindItShowsTheArchiveWithHigherIndexes() throws Exception {
    put("k", 1, 10);
    putMuch();
    Path archive = saved("one");
    put("k", 2, 10);
    put("later", 1, 10);
    KvEntryResult seen = get(nodes.get(0), "k");
    CompletableFuture<ReadOutcome<KvEntryResult>> waiting =
        follower()
            .server
            .cluster()
            .read(
                new Read<>(
                    Caller.ANONYMOUS,
                    new Query.KvGet("large/3"),
                    Read.Consistency.DEFAULT,
                    get(nodes.get(0), "large/3").index(),
                    Duration.ofMinutes(5),
                    null))
            .toCompletableFuture();

    RestoreAnswer answer = restore(archive);

    assertThat(answer.message()).isEmpty();
    assertThat(answer.failure()).isNull();
    assertThat(answer.index()).isGreaterThan(seen.index());
    for (Node node : nodes) {
      KvEntryResult back = get(node, "k");
      assertThat(back.entry().value()[0]).isEqualTo((byte) 1);
      assertThat(back.index()).isEqualTo(answer.index());
      assertThat(get(node, "later").entry()).isNull();
      assertThat(get(node, "later").index()).isEqualTo(answer.index());
      assertThat(get(node, "large/11").entry().value()).hasSize(LARGE);
    }
    ReadOutcome<KvEntryResult> woken = waiting.get(30, TimeUnit.SECONDS);
    assertThat(((ReadOutcome.Answer<KvEntryResult>) woken).result().index())
        .isEqualTo(answer.index());
    Node one = follower();
    cluster.stop(one);
    restarted(one);
    put("k", 3, 10);
    awaitSameState();
    assertThat(get(one.equals(nodes.get(0)) ? nodes.get(1) : nodes.get(0), "k").entry().value()[0])
        .isEqualTo((byte) 3);
  }

  @Test
  void whatIsNotWholeChangesNothing() throws Exception {
    put("k", 1, 10);
    Path archive = saved("whole");
    put("k", 2, 10);
    byte[] bytes = Files.readAllBytes(archive);
    Path cut = folder.resolve("cut");
    Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
    bytes[bytes.length / 2] ^= 1;
    Path spoilt = folder.resolve("spoilt");
    Files.write(spoilt, bytes);
    Path other = folder.resolve("other");
    Files.writeString(other, "no archive");
    get(nodes.get(0), "k"); // it has applied what was written
    long before = nodes.get(0).server.state().version().tables().indexes().get("kvs");
    for (Path file : List.of(cut, spoilt, other)) {
      RestoreAnswer answer = restore(file);
      assertThat(answer.failure()).isEqualTo(Failure.REFUSED);
      assertThat(answer.message()).startsWith("COM3041: the snapshot is damaged");
    }
    assertThat(get(nodes.get(0), "k").entry().value()[0]).isEqualTo((byte) 2);
    assertThat(nodes.get(0).server.state().version().tables().indexes())
        .containsEntry("kvs", before);
    assertThat(restore(archive).failure()).isNull();
  }

  @Test
  void anotherClustersArchiveIsRestoredOnceItFits() throws Exception {
    for (int i = 0; i < 60; i++) {
      put("k" + i, i, 10);
    }
    putMuch();
    Path archive = saved("theirs");
    cluster.close();

    cluster = new LoopbackCluster(folder.resolve("b"));
    cluster.level = FeatureLevel.RESTORE;
    cluster.stateLimit = 1 << 20;
    startThree();
    RestoreAnswer tooLarge = restore(archive);
    assertThat(tooLarge.failure()).isEqualTo(Failure.REFUSED);
    assertThat(tooLarge.message()).startsWith("COM3055: the archive is too large");
    cluster.close();

    cluster = new LoopbackCluster(folder.resolve("c"));
    cluster.level = FeatureLevel.RESTORE;
    startThree();
    RestoreAnswer answer = restore(archive);
    assertThat(answer.message()).isEmpty();
    for (Node node : nodes) {
      assertThat(get(node, "k59").entry().value()[0]).isEqualTo((byte) 59);
      assertThat(get(node, "k59").index()).isEqualTo(answer.index());
    }
    awaitSameState();
  }

  @Test
  void beforeItsFeatureLevelTheLeaderProposesNothing() throws Exception {
    put("k", 1, 10);
    Path archive = saved("early");
    cluster.close();
    cluster = new LoopbackCluster(folder.resolve("b"));
    cluster.level = FeatureLevel.RESTORE;
    cluster.levelLimit = FeatureLevel.SNAPSHOTS;
    startThree();
    put("k", 2, 10);
    RestoreAnswer answer = restore(archive);
    assertThat(answer.failure()).isEqualTo(Failure.REFUSED);
    assertThat(answer.message()).startsWith("COM3050");
    assertThat(get(nodes.get(0), "k").entry().value()[0]).isEqualTo((byte) 2);
    WriteOutcome outcome =
        LoopbackCluster.leader(nodes)
            .server
            .cluster()
            .write(Caller.ANONYMOUS, new Command.RestoreAbort("r"))
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
    assertThat(outcome).isInstanceOf(WriteOutcome.NotApplied.class);
  }

  /**
   * Servers are restarted, and one comes to a cut log, while parts have come and others have not:
   * nobody is left with half of them.
   */
  @Test
  void whoComesInTheMiddleHasAllPartsInTheEnd() throws Exception {
    put("k", 1, 10);
    Node late = follower();
    cluster.stop(late);
    nodes.remove(late);
    for (int i = 0; i < 40; i++) {
      put("much/" + i, i, 10);
    }
    Node leads = LoopbackCluster.leader(nodes);
    await("its log is not there any more", () -> leads.server.status().base().index() > 20);
    StateVersion archived = leads.server.state().version();
    List<Tables> parts = new ArrayList<>();
    byte[] cursor = null;
    do {
      SnapshotChunks.Chunk chunk = SnapshotChunks.chunk(archived, cursor, 600);
      parts.add(SnapshotAssembly.rows(chunk.rows()));
      cursor = chunk.next();
    } while (cursor.length > 0);
    put("k", 2, 10);

    long begun =
        write(
                new Command.RestoreBegin(
                    "r", archived.level(), parts.size(), archived.tables().bytes()))
            .index();
    write(new Command.RestoreRows("r", 0, parts.get(0)));
    put("beside", 1, 10);
    nodes.add(late);
    restarted(late); // by a snapshot from before, and the log behind that
    Node late2 = nodes.get(2);
    await("it has all", () -> late2.server.state().restoring() != null);
    write(new Command.RestoreRows("r", 1, parts.get(1)));
    Node leader = LoopbackCluster.leader(nodes);
    cluster.stop(leader);
    restarted(leader);
    await("somebody leads", () -> nodes.stream().anyMatch(n -> n.server.status().established()));
    for (int i = 1; i < parts.size(); i++) {
      write(new Command.RestoreRows("r", i, parts.get(i)));
    }
    for (Node node : nodes) {
      assertThat(node.server.figures().savedIndex()).isLessThan(begun);
    }
    assertThat(write(new Command.RestoreCommit("r")).result())
        .isEqualTo(new CommandResult.Done(true));
    for (Node node : nodes) {
      assertThat(get(node, "k").entry().value()[0]).isEqualTo((byte) 1);
      assertThat(get(node, "beside").entry()).isNull();
    }
    awaitSameState();
    await(
        "the tables are saved again",
        () -> nodes.stream().allMatch(n -> n.server.figures().savedIndex() > begun));
  }
}
