package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.ServerHealth;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that look after themselves, on real threads. */
class AutopilotTest {
  private static final int ROUNDS = 6;

  private static final AutopilotConfig INITIAL =
      new AutopilotConfig(true, 5_000_000_000L, 300, 3, 0, "", false, "", 0, 0);

  @TempDir Path folder;

  private static Cluster.AutopilotAnswer ask(Node node) {
    return node.server.cluster().autopilot(Caller.ANONYMOUS).toCompletableFuture().join();
  }

  private static WriteOutcome set(Node node, AutopilotConfig config, Long cas) throws Exception {
    return node.server
        .cluster()
        .write(Caller.ANONYMOUS, new Command.AutopilotSet(config, cas))
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  private static AutopilotConfig plain(Cluster.AutopilotAnswer answer) {
    return answer.config().at(0, 0);
  }

  private static List<Node> upgraded(LoopbackCluster cluster, List<Node> nodes) throws Exception {
    List<Node> now = new ArrayList<>(nodes);
    for (int i = 0; i < now.size(); i++) {
      cluster.stop(now.get(i));
      Node again = cluster.start(now.get(i).name, 3, false);
      now.set(i, again);
      cluster.tellMembers();
      await("it has a leader", () -> again.server.status().hasLeader());
    }
    return now;
  }

  @Test
  void nothingIsSetBeforeAllServersKnowIt() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(folder)) {
      cluster.level = FeatureLevel.AUTOPILOT - 1;
      cluster.autopilot = INITIAL;
      List<Node> nodes = cluster.startThree(n -> new Around());
      await("level 1 is in force", () -> nodes.get(0).server.levels().inForce() == 1);
      cluster.awaitRounds(ROUNDS);
      for (Node node : nodes) {
        assertThat(ask(node).config()).isEqualTo(AutopilotConfig.DEFAULT);
        WriteOutcome refused = set(node, INITIAL, null);
        assertThat(refused).isInstanceOf(WriteOutcome.NotApplied.class);
        assertThat(((WriteOutcome.NotApplied) refused).failure()).isEqualTo(Failure.REFUSED);
        assertThat(((WriteOutcome.NotApplied) refused).message()).startsWith("COM3068: ");
      }

      cluster.level = FeatureLevel.AUTOPILOT;
      List<Node> all = upgraded(cluster, nodes);
      await("what the settings say is set", () -> plain(ask(all.get(0))).equals(INITIAL));
      long index = ask(all.get(1)).config().modifyIndex();
      cluster.awaitRounds(ROUNDS);
      for (Node node : all) {
        assertThat(ask(node).config()).as("once").isEqualTo(INITIAL.at(index, index));
      }
      assertThat(set(all.get(2), AutopilotConfig.DEFAULT, index))
          .isInstanceOf(WriteOutcome.Applied.class);
      for (Node node : all) {
        assertThat(plain(ask(node))).isEqualTo(AutopilotConfig.DEFAULT);
      }
    }
  }

  @Test
  void theLeaderSeesWhoIsWellAndWhoIsNot() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(folder)) {
      cluster.level = FeatureLevel.AUTOPILOT;
      cluster.autopilot = INITIAL;
      List<Node> nodes = cluster.startThree(n -> new Around());
      await(
          "all are well",
          () -> ask(nodes.get(2)).servers().stream().allMatch(ServerHealth::healthy));
      assertThat(ask(nodes.get(1)).servers()).hasSize(3).allMatch(ServerHealth::voter);
      Node leader = LoopbackCluster.leader(nodes);
      Node gone = nodes.stream().filter(node -> node != leader).findFirst().orElseThrow();
      cluster.stop(gone);
      await(
          "one is not",
          () ->
              ask(leader).servers().stream()
                  .filter(server -> !server.healthy())
                  .map(ServerHealth::name)
                  .toList()
                  .equals(List.of(gone.name)));
    }
  }
}
