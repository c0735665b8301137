package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.comitia.cluster.Caller;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.WriteOutcome;
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
    assertThat(contact.isAwaited()).isTrue();
    now.incrementAndGet();
    assertThat(contact.isAwaited()).isFalse();
    now.addAndGet(-1);
    assertThat(contact.isAwaited()).isFalse();
  }

  @Test
  void onceMadeItIsAwaitedNeverAgain() {
    assertThat(contact.isAwaited()).isTrue();
    contact.made();
    assertThat(contact.isAwaited()).isFalse();
  }

  /** The tables are saved twice a second: what was written since comes from the log. */
  @Test
  void aStaleReadAfterAStartIsNotBehindWhatWasShownBefore() throws Exception {
    AtomicBoolean savesFail = new AtomicBoolean();
    Around around = new Around();
    around.catalog =
        store ->
            Wrapped.before(
                CatalogStore.class,
                store,
                (method, arguments) -> {
                  if (method.getName().equals("save") && savesFail.get()) {
                    throw new StoreException("struck by the test");
                  }
                });
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node before = cluster.start("n1", 0, true, around);
      cluster.tellMembers();
      await("it leads", () -> before.server.status().isLeader());
      write(before, "first");
      await("tables are saved", () -> before.server.figures().savedIndex() > 1);
      savesFail.set(true);
      long shown = write(before, "last");
      cluster.stop(before);
      savesFail.set(false);

      Node after = cluster.start("n1", 0, true, around);
      cluster.tellMembers();
      assertThat(stale(after).index()).isGreaterThanOrEqualTo(shown);
    }
  }

  private static long write(Node node, String value) throws Exception {
    Command put = new Command.KvPut("k", value.getBytes(StandardCharsets.UTF_8), 0, null);
    WriteOutcome outcome =
        node.server
            .cluster()
            .write(Caller.ANONYMOUS, put)
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
    return ((WriteOutcome.Applied) outcome).index();
  }

  private static QueryResult stale(Node node) throws Exception {
    Read<QueryResult.KvEntryResult> read =
        new Read<>(
            Caller.ANONYMOUS, new Query.KvGet("k"), Read.Consistency.STALE, 0, Duration.ZERO, null);
    ReadOutcome<QueryResult.KvEntryResult> outcome =
        node.server.cluster().read(read).toCompletableFuture().get(30, TimeUnit.SECONDS);
    assertThat(outcome).isInstanceOf(ReadOutcome.Answer.class);
    return ((ReadOutcome.Answer<QueryResult.KvEntryResult>) outcome).result();
  }

  @Test
  void inAnOutageAServerThatHasJustStartedAnswersStaleReads() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      List<Node> three = cluster.startThree(name -> new Around());
      Node leader = LoopbackCluster.leader(three);
      long written = write(leader, "v");
      Node first = three.get(0);
      // Alone it knows of what is saved only: that more of its log is committed nobody tells it.
      await("n1 has saved it", () -> first.server.figures().savedIndex() >= written);
      for (Node node : three) {
        cluster.stop(node);
      }
      Node alone = cluster.start("n1", 3, false);
      QueryResult result = stale(alone);
      assertThat(result.index()).isPositive();
      assertThat(alone.server.status().hasLeader()).isFalse();
    }
  }
}
