package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.consensus.LoopbackCluster.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.comitia.agent.NodeAgent;
import org.comitia.consensus.LoopbackCluster.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ReturnAfterLeaveTest {
  @TempDir Path root;

  /** Nobody at this agent asked for the join: the others took it in, as with retry-join. */
  @Test
  void aServerThatLeftIsAMemberAgainWhenTheOthersHaveTakenItIn() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      cluster.start("n2", 0, false);
      Node c = cluster.start("n3", 0, false);
      cluster.tellMembers();
      await("three voters", () -> a.server.status().configuration().voters().size() == 3);
      cluster.leaving("n3");
      assertThat(c.server.leave(Duration.ofSeconds(14))).isNull();
      cluster.stop(c);

      Node again = cluster.start("n3", 0, false);
      NodeAgent agent = agent(again);
      assertThat(agent.isMember()).isFalse();
      cluster.tellMembers();
      await("it is a voter again", () -> a.server.status().configuration().voters().size() == 3);
      await("it knows that it is", agent::isMember);
    }
  }

  private static NodeAgent agent(Node node) {
    return new NodeAgent(
        new NodeAgent.Parts(
            node.name,
            UUID.randomUUID(),
            "dc1",
            "",
            false,
            false,
            null,
            node.server,
            null,
            null,
            () -> "",
            null));
  }
}
