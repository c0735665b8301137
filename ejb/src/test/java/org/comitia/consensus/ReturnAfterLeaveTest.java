package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.comitia.agent.NodeAgent;
import org.comitia.agent.token.AgentTokens;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Member;
import org.comitia.cluster.Membership;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.Command;
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
      assertThat(c.server.leave(Caller.ANONYMOUS, Duration.ofSeconds(14))).isNull();
      cluster.stop(c);

      Node again = cluster.start("n3", 0, false);
      NodeAgent agent = agent(again, cluster.membership());
      cluster.tellMembers();
      await("it is a voter again", () -> a.server.status().configuration().voters().size() == 3);
      await("it knows that it is", agent::isMember);
    }
  }

  /** What it says in its tags is held up; its removal goes through the log and is not. */
  @Test
  void aServerThatLeftIsNotTakenInAgainBeforeItsTagsSayThatItLeaves() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      cluster.raftMultiplier = 5;
      Node a = cluster.start("n1", 0, true);
      Node b = cluster.start("n2", 0, false);
      Node c = cluster.start("n3", 0, false);
      cluster.tellMembers();
      List<Node> all = List.of(a, b, c);
      await("three voters", () -> a.server.status().configuration().voters().size() == 3);

      // The leader itself: its removal is answered by its successor, whose view is older still.
      Node left = LoopbackCluster.leader(all);
      List<Node> others = all.stream().filter(node -> node != left).toList();
      assertThat(left.server.leave(Caller.ANONYMOUS, Duration.ofSeconds(14))).isNull();
      assertThat(left.server.hasLeft()).isTrue();
      long removed = LoopbackCluster.leader(others).server.status().configurationIndex();
      long end = System.nanoTime() + 5_000_000_000L; // it is held off for 10 s
      for (int round = 0; round < 20 && System.nanoTime() - end < 0; round++) {
        others.forEach(node -> node.server.onMembers(cluster.members()));
        Node leader = LoopbackCluster.leader(others);
        assertThat(
                leader
                    .server
                    .cluster()
                    .write(Caller.ANONYMOUS, new Command.KvPut("round", new byte[] {1}, 0, null))
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS))
            .isInstanceOf(WriteOutcome.Applied.class);
      }
      assertThat(LoopbackCluster.leader(others).server.status().configurationIndex())
          .isEqualTo(removed);

      cluster.leaving(left.name); // now it is heard
      left.tags.remove(Member.Tags.LEAVING); // and joined anew
      left.server.joinedAgain();
      cluster.tellMembers();
      await(
          "it is a voter again",
          () ->
              others.stream()
                  .anyMatch(n -> n.server.status().configuration().isVoter(left.server.id())));
    }
  }

  @Test
  void theLastServerIsToldByItsCodeThatItCannotLeave() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      await("n1 leads", () -> a.server.status().established());
      assertThat(agent(a, cluster.membership()).leave())
          .isEqualTo(
              "COM2008: could not leave, this node stays a member: reason=\"it is the last voter:"
                  + " without it there is no cluster and no data\"");
    }
  }

  private static NodeAgent agent(Node node, Membership membership) {
    return new NodeAgent(
        new NodeAgent.Parts(
            node.name,
            UUID.randomUUID(),
            "dc1",
            "",
            false,
            false,
            membership,
            node.server,
            null,
            AgentTokens.none(),
            () -> "",
            null));
  }
}
