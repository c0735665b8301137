package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.Caller;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Failure;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.TermRun;
import org.comitia.state.Command;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.wire.Commands;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Feature levels on real servers, which are upgraded one after another. */
class FeatureLevelsTest {
  /** In which a leader that raised what it must not, or took in whom it must not, would have. */
  private static final int ROUNDS = 10;

  @TempDir Path root;

  private static int level(Node node) {
    return node.server.levels().inForce();
  }

  private static boolean put(Node node, String key) throws Exception {
    return LoopbackCluster.put(node, key).get(30, TimeUnit.SECONDS) instanceof WriteOutcome.Applied;
  }

  private static List<Node> upgraded(LoopbackCluster cluster, List<Node> nodes, int which)
      throws Exception {
    List<Node> now = new ArrayList<>(nodes);
    cluster.stop(nodes.get(which));
    now.set(which, cluster.start(nodes.get(which).name, 3, false));
    cluster.tellMembers();
    await("it has a leader", () -> now.get(which).server.status().hasLeader());
    return now;
  }

  @Test
  void theLevelRisesWhenTheLastServerIsUpgradedAndStays() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      List<Node> nodes = cluster.startThree(name -> new Around());
      cluster.level = 1;
      nodes = upgraded(cluster, nodes, 0);
      nodes = upgraded(cluster, nodes, 1);
      cluster.awaitRounds(ROUNDS);
      assertThat(nodes).extracting(FeatureLevelsTest::level).containsOnly(0);
      List<Node> mixed = nodes;
      mixed.get(2).server.handOver(); // what it does not know it cannot miss
      await(
          "the leader names who holds it back",
          () -> mixed.stream().anyMatch(n -> n.server.levels().heldBy().equals("n3 (0)")));

      List<Node> all = upgraded(cluster, nodes, 2);
      await("level 1 is in force", () -> all.stream().allMatch(node -> level(node) == 1));
      Levels seen = LoopbackCluster.leader(all).server.levels();
      assertThat(seen).isEqualTo(new Levels(1, 1, 1, ""));
      assertThat(put(all.get(0), "k")).isTrue();

      List<Node> again = upgraded(cluster, all, 1);
      await("it is there after a restart", () -> level(again.get(1)) == 1);
    }
  }

  @Test
  void aLeaderThatIsToldToHoldItDoes() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      cluster.level = 1;
      cluster.levelLimit = 0;
      List<Node> nodes = cluster.startThree(name -> new Around());
      Node leader = LoopbackCluster.leader(nodes);
      await("all know it", () -> leader.server.levels().lowest() == 1);
      cluster.awaitRounds(ROUNDS);
      assertThat(leader.server.levels()).isEqualTo(new Levels(0, 1, 1, "feature_level_max (0)"));
    }
  }

  @Test
  void aServerThatKnowsLessIsNotTakenInUntilItIsUpgraded() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      cluster.level = 1;
      Node first = cluster.start("n1", 0, true);
      await("level 1 is in force", () -> level(first) == 1);
      cluster.level = 0;
      Node older = cluster.start("n2", 0, false);
      cluster.tellMembers();
      cluster.awaitRounds(ROUNDS);
      assertThat(first.server.status().configuration().contains(older.server.id())).isFalse();

      cluster.stop(older);
      cluster.level = 1;
      Node newer = cluster.start("n2", 0, false);
      cluster.tellMembers();
      await(
          "it is a voter", () -> first.server.status().configuration().isVoter(newer.server.id()));
      await("it applies level 1", () -> level(newer) == 1);
    }
  }

  private static Applier applier(StateMachine state, int known, CatalogStore.Point point) {
    return new Applier(
        state,
        Comparisons.none(),
        known,
        point,
        new AppliedIndex(point.appliedIndex()),
        new PendingWrites(Runnable::run),
        Runnable::run,
        why -> {});
  }

  /** It is not proposed so; yet whoever finds it in the log must not pass over it. */
  @Test
  void aServerStopsAtALevelThatItDoesNotKnowAndGoesOnWhenItIsUpgraded() {
    List<Entry> entries =
        List.of(
            command(1, new Command.KvPut("before", new byte[] {1}, 0, null)),
            command(2, new Command.RaiseLevel(1)),
            command(3, new Command.KvPut("behind", new byte[] {1}, 0, null)));
    CatalogStore.Point none = new CatalogStore.Point(0, 0, null, Configuration.EMPTY, 0);
    StateMachine state = new StateMachine(StateVersion.EMPTY);
    Applier older = applier(state, 0, none);
    older.submit(entries);
    older.step();
    assertThat(older.halted())
        .startsWith("COM3005: applying stopped at index 2: ")
        .contains("COM3017: the log holds feature level 1");
    assertThat(state.version().kv()).containsOnlyKeys("before");
    assertThat(state.version().level()).isZero();

    CatalogStore.Point before = new CatalogStore.Point(1, 1, null, Configuration.EMPTY, 0);
    StateMachine loaded = new StateMachine(state.version());
    Applier newer = applier(loaded, 1, before);
    newer.submit(entries.subList(1, 3));
    newer.step();
    assertThat(newer.halted()).isEmpty();
    assertThat(loaded.version().level()).isEqualTo(1);
    assertThat(loaded.version().kv()).containsOnlyKeys("before", "behind");
  }

  private static Entry command(long index, Command command) {
    return new Entry(index, 1, Entry.Kind.COMMAND, Commands.encode(command));
  }

  @Test
  void tablesAtALevelThatAServerDoesNotKnowRefuseTheStart() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      cluster.level = 1;
      Node newer = cluster.start("n1", 0, true);
      await("level 1 is in force", () -> level(newer) == 1);
      cluster.stop(newer);
      cluster.level = 0;
      assertThatThrownBy(() -> cluster.start("n1", 0, true))
          .isInstanceOf(StoreException.class)
          .hasMessageStartingWith("COM1025: the saved tables are at feature level 1")
          .hasMessageContaining("install the version");
    }
  }

  @Test
  void nobodyElseRaisesIt() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      cluster.level = 1;
      cluster.levelLimit = 0;
      Node node = cluster.start("n1", 0, true);
      await("it leads", () -> node.server.status().established());
      WriteOutcome outcome =
          node.server
              .cluster()
              .write(Caller.ANONYMOUS, new Command.RaiseLevel(1))
              .toCompletableFuture()
              .get(10, TimeUnit.SECONDS);
      assertThat(outcome)
          .isInstanceOfSatisfying(
              WriteOutcome.NotApplied.class,
              not -> assertThat(not.failure()).isEqualTo(Failure.REFUSED));
      assertThat(level(node)).isZero();
    }
  }

  @Test
  void whoIsSentWhatItCannotReadSaysSo() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node node = cluster.start("n1", 0, true);
      cluster.tellMembers();
      await("it leads", () -> node.server.status().established());
      Transport.Handler desk = node.server.handler(Duration.ofMinutes(1), RequestRates.NONE);
      UUID ours = node.server.status().cluster();
      ServerId self = node.server.id();
      ServerId stranger = new ServerId(new UUID(1, 1), new UUID(2, 2));
      desk.onUnreadable(new UUID(3, 3), self, self, "of another cluster");
      desk.onUnreadable(ours, stranger, self, "from a stranger");
      desk.onUnreadable(ours, self, stranger, "for somebody else");
      assertThat(node.server.whyLeftBehind()).isEmpty();

      desk.onUnreadable(ours, self, self, "entry 5: unknown entry\u001b kind 9");
      assertThat(node.server.whyLeftBehind())
          .startsWith("COM3031: ")
          .contains("from=n1", "entry 5: unknown entry")
          .doesNotContain("\u001b");
    }
  }

  @Test
  void aLogWithAConfigurationOfANewerVersionRefusesTheStart() throws Exception {
    Around around = new Around();
    around.log =
        log ->
            Wrapped.of(
                LogStore.class,
                (method, arguments) -> {
                  Object result = method.invoke(log, arguments);
                  return result instanceof StoredLog stored ? newer(stored) : result;
                });
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      assertThatThrownBy(() -> cluster.start("n1", 0, true, around))
          .isInstanceOf(StoreException.class)
          .hasMessageStartingWith("COM1026: the log was written by a newer version (entry 1: ")
          .hasMessageContaining("format 9");
    }
  }

  private static StoredLog newer(StoredLog stored) {
    return new StoredLog(
        stored.hardState(),
        stored.base(),
        1,
        List.of(new TermRun(1, 1)),
        List.of(new Entry(1, 1, Entry.Kind.CONFIGURATION, new byte[] {9})),
        0,
        List.of());
  }
}
