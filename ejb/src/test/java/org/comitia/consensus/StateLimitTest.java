package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.Command;
import org.comitia.state.TxnOp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real server says when its state has reached the limit. */
class StateLimitTest {
  @TempDir Path root;

  private static WriteOutcome write(Node node, Command command) throws Exception {
    return node.server
        .cluster()
        .write(Caller.ANONYMOUS, command)
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  private static Command put(String key, int length) {
    return new Command.KvPut(key, new byte[length], 0, null);
  }

  private static void refused(WriteOutcome outcome) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            WriteOutcome.NotApplied.class,
            not -> {
              assertThat(not.failure()).isEqualTo(Failure.OVERLOADED);
              assertThat(not.message()).contains("comitia.state-limit", "delete");
            });
  }

  @Test
  void atTheLimitGrowthIsRefusedThroughEveryServerAndDeletionsMakeRoom() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      cluster.stateLimit = 64 * 1024;
      cluster.raftMultiplier = 5;
      List<Node> nodes = cluster.startThree(name -> new LoopbackCluster.Around());
      assertThat(write(nodes.get(0), put("a", 40_000))).isInstanceOf(WriteOutcome.Applied.class);
      for (Node node : nodes) {
        refused(write(node, put("b", 40_000)));
        refused(
            write(
                node,
                new Command.Txn(
                    List.of(
                        new TxnOp.Kv(TxnOp.KvVerb.SET, "b", new byte[20_000], 0, 0, ""),
                        new TxnOp.Kv(TxnOp.KvVerb.SET, "c", new byte[20_000], 0, 0, "")))));
        assertThat(write(node, put("a", 39_000))).isInstanceOf(WriteOutcome.Applied.class);
      }
      await(
          "all have applied it",
          () -> nodes.stream().map(n -> n.server.stateBytes()).distinct().count() == 1);
      assertThat(write(nodes.get(1), new Command.KvDelete("a", null)))
          .isInstanceOf(WriteOutcome.Applied.class);
      assertThat(write(nodes.get(1), put("b", 40_000))).isInstanceOf(WriteOutcome.Applied.class);
    }
  }

  /** An older agent forwards what it does not measure. */
  @Test
  void whatIsOverABoundIsNotProposed() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      await("n1 leads", () -> a.server.status().established());
      assertThat(write(a, put("k".repeat(2_048), 1))).isInstanceOf(WriteOutcome.Applied.class);
      assertThat(write(a, put("k".repeat(2_049), 1)))
          .isInstanceOfSatisfying(
              WriteOutcome.NotApplied.class,
              not -> assertThat(not.failure()).isEqualTo(Failure.REFUSED));
    }
  }
}
