package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.Command;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class FirstContactTest {
  @TempDir Path root;

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final FirstContact contact = new FirstContact(now::get);

  @Test
  void itIsAwaitedUpToItsLimitAndNeverAgain() {
    now.addAndGet(FirstContact.LIMIT_NANOS - 1);
    assertThat(contact.isAwaited(-1)).isTrue();
    now.incrementAndGet();
    assertThat(contact.isAwaited(-1)).isFalse();
    now.addAndGet(-1);
    assertThat(contact.isAwaited(-1)).isFalse();
  }

  @Test
  void onceMadeItIsAwaitedNeverAgain() {
    assertThat(contact.isAwaited(-1)).isTrue();
    assertThat(contact.isAwaited(0)).isFalse();
    assertThat(contact.isAwaited(-1)).isFalse();
  }

  @Test
  void inAnOutageAServerThatHasJustStartedAnswersStaleReads() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      List<Node> three = cluster.startThree(name -> new Around());
      Node leader = LoopbackCluster.leader(three);
      Command write = new Command.KvPut("k", "v".getBytes(StandardCharsets.UTF_8), 0, null);
      leader.server.cluster().write(write).toCompletableFuture().get(30, TimeUnit.SECONDS);
      Node first = three.get(0);
      await("n1 has it", () -> first.server.state().version().kv().get("k") != null);
      for (Node node : three) {
        cluster.stop(node);
      }
      Node alone = cluster.start("n1", 3, false);
      ReadOutcome outcome =
          alone
              .server
              .cluster()
              .read(new Read(new Query.KvGet("k"), Read.Consistency.STALE, 0, Duration.ZERO, null))
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
      assertThat(outcome).isInstanceOf(ReadOutcome.Answer.class);
      QueryResult result = ((ReadOutcome.Answer) outcome).result();
      assertThat(result.index()).isPositive();
      assertThat(alone.server.status().hasLeader()).isFalse();
    }
  }
}
