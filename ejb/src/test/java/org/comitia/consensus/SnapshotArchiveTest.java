package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.Caller;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Snapshot;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.snapshot.ArchiveFormat;
import org.comitia.snapshot.ArchiveWriter;
import org.comitia.snapshot.DamagedArchiveException;
import org.comitia.snapshot.Manifest;
import org.comitia.state.FeatureLevel;
import org.comitia.state.KvEntry;
import org.comitia.state.RandomCommands;
import org.comitia.state.StateDigest;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.wire.Commands;
import org.comitia.wire.SnapshotChunks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The state as an archive, and back. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SnapshotArchiveTest {
  private static final ServerId ID = new ServerId(new UUID(1, 1), new UUID(2, 2));
  private static final Configuration ALONE =
      new Configuration(List.of(new Server(ID, "n1", "10.0.0.1:8300", true)));
  private static final Instant TIME = Instant.parse("2026-11-30T06:00:00.123Z");

  private static Applier.View view(StateVersion state) {
    return new Applier.View(
        new CatalogStore.Point(state.appliedIndex(), 3, new UUID(5, 5), ALONE, 2), state, 0);
  }

  private static byte[] bytes(Snapshot snapshot) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] piece = snapshot.next(); piece != null; piece = snapshot.next()) {
      assertThat(piece.length).isBetween(1, 2 << 20);
      all.writeBytes(piece);
    }
    assertThat(snapshot.next()).isNull();
    return all.toByteArray();
  }

  private static ReadSnapshot read(byte[] archive) throws Exception {
    return ReadSnapshot.of(new ByteArrayInputStream(archive));
  }

  private static StateVersion random(long seed) throws Exception {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    RandomCommands some = new RandomCommands(seed);
    for (int i = 1; i <= 500; i++) {
      machine.apply(i, Commands.decode(Commands.encode(some.next(i))));
    }
    return machine.version();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void aStateComesBackWithWhatBelongsToIt(long seed) throws Exception {
    StateVersion state = random(seed);
    byte[] archive = bytes(new StateArchive(view(state), "dc1", TIME));
    assertThat(bytes(new StateArchive(view(state), "dc1", TIME))).isEqualTo(archive);
    ReadSnapshot back = read(archive);
    assertThat(StateDigest.of(back.state())).isEqualTo(StateDigest.of(state));
    Manifest manifest = back.manifest();
    assertThat(manifest.index()).isEqualTo(500);
    assertThat(manifest.term()).isEqualTo(3);
    assertThat(manifest.cluster()).isEqualTo(new UUID(5, 5).toString());
    assertThat(manifest.time()).isEqualTo(TIME);
    assertThat(manifest.servers())
        .containsExactly(
            new Manifest.Peer(
                ID.node().toString(), ID.incarnation().toString(), "n1", "10.0.0.1:8300", true));
    assertThat(manifest.rows()).containsEntry("kv", (long) state.kv().size());
  }

  @Test
  void anArchiveIsReadUpToTheFeatureLevelThatServersKnow() {
    assertThat(Manifest.KNOWN_LEVEL).isEqualTo(FeatureLevel.KNOWN);
  }

  @Test
  void nothingIsAStateAsWell() throws Exception {
    Applier.View none =
        new Applier.View(
            new CatalogStore.Point(0, 0, null, Configuration.EMPTY, 0), StateVersion.EMPTY, 0);
    ReadSnapshot back = read(bytes(new StateArchive(none, "dc1", TIME)));
    assertThat(back.manifest().cluster()).isEmpty();
    assertThat(StateDigest.of(back.state())).isEqualTo(StateDigest.of(StateVersion.EMPTY));
  }

  /** The archive itself is whole: only the digest tells. */
  @Test
  void aStateOfAnotherDigestIsRefused() throws Exception {
    StateVersion state = random(4);
    ReadSnapshot good = read(bytes(new StateArchive(view(state), "dc1", TIME)));
    assertThatThrownBy(() -> read(archive(good.manifest(), random(5))))
        .isInstanceOf(DamagedArchiveException.class);
    KvEntry one = state.kv().firstEntry().getValue();
    byte[] value = one.value().clone();
    one.value()[0]++; // nobody may, but a test
    try {
      assertThatThrownBy(() -> read(archive(good.manifest(), state)))
          .isInstanceOf(DamagedArchiveException.class)
          .hasMessageContaining("state.bin: its state has another digest");
    } finally {
      System.arraycopy(value, 0, one.value(), 0, value.length);
    }
    assertThat(read(archive(good.manifest(), state)).state()).isNotNull();
  }

  private static byte[] archive(Manifest manifest, StateVersion state) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] rows = SnapshotChunks.chunk(state, null).rows();
    Manifest fitting =
        new Manifest(
            manifest.level(),
            manifest.index(),
            manifest.term(),
            manifest.cluster(),
            manifest.datacenter(),
            manifest.servers(),
            manifest.configurationIndex(),
            manifest.version(),
            manifest.time(),
            ArchiveFormat.framedLength(rows.length),
            manifest.rows(),
            manifest.digest());
    ArchiveWriter writer = new ArchiveWriter(out, fitting);
    writer.chunk(rows);
    writer.finish();
    return out.toByteArray();
  }

  @Test
  void rowsThatAreNoneAreDamage() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveWriter writer =
        new ArchiveWriter(
            out,
            new Manifest(
                0, 1, 1, "", "dc1", List.of(), 0, "0", TIME, 4, java.util.Map.of("nodes", 1L), ""));
    writer.chunk(new byte[] {1 << 3 | 2, 1, 7}); // a node of one byte
    writer.finish();
    assertThatThrownBy(() -> read(out.toByteArray()))
        .isInstanceOf(DamagedArchiveException.class)
        .hasMessageContaining("state.bin: not a SnapshotChunkFrame");
  }

  // ---- of servers

  @TempDir Path root;

  private static Cluster.SnapshotAnswer take(Node node, boolean stale) throws Exception {
    return node.server
        .cluster()
        .snapshot(Caller.ANONYMOUS, stale)
        .toCompletableFuture()
        .get(40, TimeUnit.SECONDS);
  }

  @Test
  void aFollowersSnapshotHasEachAcknowledgedWrite() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      List<Node> nodes = cluster.startThree(name -> new Around());
      Node leader = LoopbackCluster.leader(nodes);
      for (int i = 0; i < 20; i++) {
        WriteOutcome.Applied write =
            (WriteOutcome.Applied) LoopbackCluster.put(leader, "k" + i).get(20, TimeUnit.SECONDS);
        for (Node node : nodes) {
          Cluster.SnapshotAnswer answer = take(node, false);
          assertThat(answer.failure()).isNull();
          assertThat(answer.knownLeader()).isTrue();
          assertThat(answer.snapshot().index()).isGreaterThanOrEqualTo(write.index());
          ReadSnapshot back = read(bytes(answer.snapshot()));
          assertThat(back.state().kv()).containsKey("k" + i);
          assertThat(back.manifest().index()).isEqualTo(answer.snapshot().index());
          assertThat(back.manifest().servers()).hasSize(3);
          assertThat(back.manifest().cluster())
              .isEqualTo(leader.server.status().cluster().toString());
        }
      }
    }
  }

  @Test
  void withoutALeaderThereIsAStaleOneOnly() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      List<Node> nodes = cluster.startThree(name -> new Around());
      assertThat(LoopbackCluster.put(nodes.get(0), "k").get(20, TimeUnit.SECONDS))
          .isInstanceOf(WriteOutcome.Applied.class);
      take(nodes.get(2), false); // it has applied the write
      cluster.stop(nodes.get(0));
      cluster.stop(nodes.get(1));
      await("nobody leads", () -> !nodes.get(2).server.status().hasLeader());

      Cluster.SnapshotAnswer stale = take(nodes.get(2), true);
      assertThat(stale.knownLeader()).isFalse();
      assertThat(read(bytes(stale.snapshot())).state().kv()).containsKey("k");
      Cluster.SnapshotAnswer none = take(nodes.get(2), false);
      assertThat(none.failure()).isEqualTo(Failure.NO_LEADER);
      assertThat(none.message()).isEqualTo("No cluster leader");
    }
  }

  @Test
  void anApplierThatHasEndedShowsNothing() throws Exception {
    Applier applier =
        new Applier(
            new StateMachine(StateVersion.EMPTY),
            Comparisons.none(),
            FeatureLevel.KNOWN,
            new CatalogStore.Point(0, 0, null, Configuration.EMPTY, 0),
            new AppliedIndex(0),
            new PendingWrites(Runnable::run),
            Runnable::run,
            why -> {});
    var before = applier.view();
    applier.step();
    assertThat(before.get(1, TimeUnit.SECONDS).state()).isSameAs(StateVersion.EMPTY);
    var queued = applier.view();
    applier.close();
    assertThat(queued.get(1, TimeUnit.SECONDS)).isNull();
    assertThat(applier.view().get(1, TimeUnit.SECONDS)).isNull();
  }
}
