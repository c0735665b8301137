package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.comitia.Told;
import org.comitia.agent.Agent;
import org.comitia.agent.NodeAgent;
import org.comitia.agent.token.AgentTokens;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server whose {@code raft/} is put back from before what it has acknowledged. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OldCopyTest {
  private static final Logger RAFT = Logger.getLogger("raft");

  @TempDir Path root;
  @TempDir Path backup;

  @Test
  void aServerThatTheLeaderHasRuledOutIsNotReadyAndSaysWhy() throws Exception {
    List<String> said = new CopyOnWriteArrayList<>();
    Told log =
        new Told(
            line -> {
              if (line.getMessage().startsWith("COM3025")) {
                said.add(line.getMessage());
              }
            });
    RAFT.addHandler(log);
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      cluster.raftMultiplier = 5;
      List<Node> three = cluster.startThree(name -> new LoopbackCluster.Around());
      Node leader = LoopbackCluster.leader(three);
      String name = three.stream().filter(n -> n != leader).findFirst().orElseThrow().name;
      Path raft = root.resolve(name).resolve("raft");
      Node follower = three.stream().filter(n -> n.name.equals(name)).findFirst().orElseThrow();

      cluster.stop(follower);
      copy(raft, backup.resolve("raft"));
      Node forward = cluster.start(name, 3, false);
      cluster.tellMembers();
      long term = leader.server.status().term();
      for (int i = 0; i < 20; i++) {
        assertThat(LoopbackCluster.put(leader, "k" + i).get(20, TimeUnit.SECONDS))
            .isInstanceOf(WriteOutcome.Applied.class);
      }
      await(
          "it has all, or another leads",
          () -> isReady(cluster, forward) && hasAllOf(leader, forward) || !leads(leader));
      // What it has not acknowledged it may lose: its disk may be behind what it shows.
      await(
          "the leader knows, or another leads",
          () -> hasAcknowledgedAll(leader, forward) || !leads(leader));

      cluster.stop(forward);
      delete(raft);
      copy(backup.resolve("raft"), raft);
      said.clear();
      Node back = cluster.start(name, 3, false);
      cluster.tellMembers();
      await("it knows a leader", () -> back.server.status().hasLeader());
      Agent.Health told = health(cluster, back);
      assumeTrue(
          leads(leader) && leader.server.status().term() == term, "a new leader cannot know");
      assertThat(told.ready()).as("from its first moment on").isFalse();
      assertThat(told.data().get("reason"))
          .startsWith("COM3025: what the leader sends does not fit this server's log")
          .contains("COM3001");
      assertThat(isReady(cluster, leader)).isTrue();
      await("its log has it, or another leads", () -> !said.isEmpty() || !leads(leader));
      assumeTrue(leads(leader) && leader.server.status().term() == term, "as before");
      assertThat(said).isNotEmpty();
    } finally {
      RAFT.removeHandler(log);
    }
  }

  @Test
  void aCopyFromBeforeTheStoreWasEmptiedIsNamed() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      List<Node> three = cluster.startThree(name -> new LoopbackCluster.Around());
      Node leader = LoopbackCluster.leader(three);
      Node follower = three.stream().filter(n -> n != leader).findFirst().orElseThrow();
      String name = follower.name;
      Path raft = root.resolve(name).resolve("raft");

      cluster.stop(follower);
      copy(raft, backup.resolve("raft"));
      delete(raft);
      Node emptied = cluster.start(name, 3, false);
      cluster.tellMembers();
      await(
          "it is a voter again",
          () -> emptied.server.status().configuration().isVoter(emptied.server.id()));

      cluster.stop(emptied);
      delete(raft);
      copy(backup.resolve("raft"), raft);
      Node back = cluster.start(name, 3, false);
      cluster.tellMembers();
      await(
          "it says what it is",
          () ->
              back.server
                  .whyNoLeader()
                  .contains("; a leader sends to another raft/ folder of this server"));
      assertThat(isReady(cluster, back)).isFalse();
    }
  }

  private static boolean leads(Node node) {
    return node.server.status().isLeader();
  }

  private static boolean hasAllOf(Node leader, Node follower) {
    return follower.server.status().commitIndex() == leader.server.status().lastIndex();
  }

  private static boolean hasAcknowledgedAll(Node leader, Node follower) {
    Status status = leader.server.status();
    return status.peers().stream()
        .anyMatch(
            peer ->
                peer.id().equals(follower.server.id()) && peer.matchIndex() == status.lastIndex());
  }

  private static boolean isReady(LoopbackCluster cluster, Node node) {
    return health(cluster, node).ready();
  }

  private static Agent.Health health(LoopbackCluster cluster, Node node) {
    return new NodeAgent(
            new NodeAgent.Parts(
                node.name,
                node.server.id().node(),
                "dc1",
                "0",
                false,
                false,
                cluster.membership(),
                node.server,
                null,
                AgentTokens.none(),
                () -> "",
                null))
        .health();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
