package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.comitia.access.AccessObject;
import org.comitia.access.Policy;
import org.comitia.access.Token;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens, policies and roles on several servers, on real threads. */
class AccessTablesTest {
  private static final int ROUNDS = 6;
  private static final String ID = "cccc1111-0000-0000-0000-00000000000";

  @TempDir Path folder;

  private static Token token(int number, long expirationMillis) {
    return new Token(
        ID + number,
        "secret " + number,
        "",
        List.of(Policy.GLOBAL_MANAGEMENT),
        List.of(),
        List.of(),
        List.of(),
        false,
        "",
        1,
        expirationMillis,
        0,
        0);
  }

  private static WriteOutcome write(Node node, Command command) throws Exception {
    return node.server
        .cluster()
        .write(Caller.ANONYMOUS, command)
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  private static void set(Node node, Token token) throws Exception {
    assertThat(write(node, new Command.AccessSet(token, true)))
        .isInstanceOfSatisfying(
            WriteOutcome.Applied.class,
            applied -> assertThat(applied.result()).isEqualTo(new CommandResult.Done(true)));
  }

  private static QueryResult.AccessObjects ask(Node node, Query<QueryResult.AccessObjects> query) {
    ReadOutcome<QueryResult.AccessObjects> outcome =
        node.server
            .cluster()
            .read(
                new Read<>(
                    Caller.ANONYMOUS, query, Read.Consistency.DEFAULT, 0, Duration.ZERO, null))
            .toCompletableFuture()
            .join();
    return ((ReadOutcome.Answer<QueryResult.AccessObjects>) outcome).result();
  }

  private static boolean knows(Node node, int number) {
    return !ask(node, new Query.TokenBySecret("secret " + number)).objects().isEmpty();
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
  void nothingIsKeptBeforeAllServersKnowItAndAllOfItAfterThat() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(folder)) {
      cluster.level = FeatureLevel.ACCESS - 1;
      List<Node> nodes = cluster.startThree(n -> new Around());
      await(
          "the level before is in force",
          () -> nodes.get(0).server.levels().inForce() == FeatureLevel.ACCESS - 1);
      cluster.awaitRounds(ROUNDS);
      for (Node node : nodes) {
        WriteOutcome refused = write(node, new Command.AclBootstrap(token(1, 0), 0));
        assertThat(refused).isInstanceOf(WriteOutcome.NotApplied.class);
        assertThat(((WriteOutcome.NotApplied) refused).failure()).isEqualTo(Failure.REFUSED);
        assertThat(((WriteOutcome.NotApplied) refused).message()).startsWith("COM3090: ");
      }

      cluster.level = FeatureLevel.ACCESS;
      List<Node> all = upgraded(cluster, nodes);
      await(
          "the level is in force",
          () -> all.get(0).server.levels().inForce() == FeatureLevel.ACCESS);
      assertThat(write(all.get(1), new Command.AclBootstrap(token(1, 0), 0)))
          .isInstanceOf(WriteOutcome.Applied.class);
      for (Node node : all) {
        assertThat(knows(node, 1)).isTrue();
        assertThat(ask(node, new Query.AccessGet(AccessObject.Kind.TOKEN, ID + 1)).names())
            .containsEntry(Policy.GLOBAL_MANAGEMENT, "global-management");
      }
      List<Node> again = upgraded(cluster, all);
      assertThat(knows(again.get(2), 1)).as("after restarts").isTrue();
    }
  }

  @Test
  void theLeaderDeletesWhatHasExpired() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(folder)) {
      cluster.level = FeatureLevel.ACCESS;
      List<Node> nodes = cluster.startThree(n -> new Around());
      await(
          "the level is in force",
          () -> nodes.get(0).server.levels().inForce() == FeatureLevel.ACCESS);
      set(nodes.get(0), token(1, 2));
      set(nodes.get(1), token(2, Long.MAX_VALUE));
      set(nodes.get(2), token(3, 0));
      await("the one that has expired is gone", () -> !knows(nodes.get(2), 1));
      assertThat(knows(nodes.get(0), 2)).isTrue();
      assertThat(knows(nodes.get(1), 3)).isTrue();
    }
  }
}
