package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leadership that a person has handed over. */
class LeadershipTransferTest {
  @TempDir Path folder;

  /** It answers within seconds, whatever comes of it. */
  private static Cluster.TransferAnswer transfer(Node node, String id) {
    return node.server.cluster().transferLeader(Caller.ANONYMOUS, id).toCompletableFuture().join();
  }

  @Test
  void whoIsNamedLeadsAndWhoIsAskedMayBeAnyServer() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(folder)) {
      List<Node> nodes = cluster.startThree(n -> new Around());
      for (Node heir : nodes) {
        for (Node asked : nodes) {
          if (heir.server.status().isLeader()) {
            continue;
          }
          String id = heir.server.id().node().toString();
          await("leadership can be handed over", () -> transfer(asked, id).failure() == null);
          await("it leads", () -> heir.server.status().established());
          assertThat(LoopbackCluster.put(asked, "k").get(30, TimeUnit.SECONDS))
              .isInstanceOf(WriteOutcome.Applied.class);
        }
      }
      Node leader = LoopbackCluster.leader(nodes);
      assertThat(transfer(leader, leader.server.id().node().toString()).message())
          .isEqualTo(leader.name + " is the leader already");
      assertThat(transfer(nodes.get(0), "nobody").message())
          .isEqualTo("id \"nobody\" was not found in the Raft configuration");
      long term = leader.server.status().term();
      await("somebody else takes it", () -> transfer(nodes.get(1), "").failure() == null);
      assertThat(LoopbackCluster.leader(nodes).server.status().term()).isGreaterThan(term);
    }
  }

  @Test
  void aServerThatIsAloneKeepsIt() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(folder)) {
      Node alone = cluster.start("n1", 0, true);
      cluster.tellMembers();
      await("it leads", () -> alone.server.status().established());
      assertThat(transfer(alone, "").failure()).isEqualTo(Failure.REFUSED);
      assertThat(transfer(alone, "").message()).isEqualTo("no other voter is there");
      assertThat(alone.server.status().isLeader()).isTrue();
    }
  }
}
