package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;
import static org.comitia.consensus.LoopbackCluster.put;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log's store fails, and what is said and done about it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FailedStoreTest {
  @TempDir Path root;

  private volatile boolean full;
  private final AtomicInteger reopenings = new AtomicInteger();

  @Test
  void aDiskThatIsFullAtTheReopeningTooHealsByItselfWhenThereIsSpaceAgain() throws Exception {
    Around around = new Around();
    around.log =
        store ->
            Wrapped.before(
                LogStore.class,
                store,
                (method, arguments) -> {
                  boolean reopens = method.getName().equals("reopen");
                  if (reopens) {
                    reopenings.incrementAndGet();
                  }
                  if (full && (reopens || method.getName().equals("write"))) {
                    throw new StoreException("[SQLITE_FULL] database or disk is full");
                  }
                });
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node node = cluster.start("n1", 0, true, around);
      await("n1 leads", () -> node.server.status().established());
      full = true;
      put(node, "lost");
      await("it was reopened in vain more than once", () -> reopenings.get() >= 2);
      assertThat(node.server.whyNoLeader()).contains("disk is full").doesNotContain("raft/");

      full = false;
      await("it leads again", () -> node.server.status().established());
      assertThat(put(node, "k").toCompletableFuture().get(20, TimeUnit.SECONDS))
          .isInstanceOf(WriteOutcome.Applied.class);
      assertThat(node.server.figures().storeFailure()).isEmpty();
    }
  }
}
