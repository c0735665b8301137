package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.comitia.cluster.Caller;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.Command;
import org.comitia.state.Query;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Applying or saving is slower than what comes in. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SlowPartsTest {
  @TempDir Path root;

  private final CountDownLatch goOn = new CountDownLatch(1);

  private void block() {
    try {
      goOn.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aServerThatIsAboutToStopLetsNoWriteWaitForAMajorityThatIsGone() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      cluster.raftMultiplier = 5;
      List<Node> three = cluster.startThree(name -> new Around());
      Node leader = LoopbackCluster.leader(three);
      for (Node node : three) {
        if (node != leader) {
          node.transport.close(); // it hears and says nothing any more
        }
      }
      CompletableFuture<WriteOutcome> write = put(leader, "k", 1);
      leader.server.answerWaiting();
      assertThat(write.get(30, TimeUnit.SECONDS))
          .isInstanceOfSatisfying(
              WriteOutcome.Unknown.class,
              answer -> assertThat(answer.message()).contains("this server is stopping"));
    }
  }

  @Test
  void whenAThreadCannotBeMadeAStopEndsTheOthers() throws Exception {
    List<Thread> made = new ArrayList<>();
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      cluster.threads =
          body -> {
            if (made.size() == 2) {
              throw new IllegalStateException("no more threads");
            }
            made.add(new Thread(body));
            return made.get(made.size() - 1);
          };
      assertThatThrownBy(() -> cluster.start("n1", 0, true)).hasMessage("no more threads");
      assertThat(made).hasSize(2).noneMatch(Thread::isAlive);
    }
  }

  @Test
  void aLeaderThatAppliesTooSlowlyRefusesWritesAndTakesThemAgainWhenItHasCaughtUp()
      throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node node = cluster.start("n1", 0, true);
      await("n1 leads", () -> node.server.status().established());
      node.server.state().watches().register(new Query.KvGet("slow"), this::block);
      List<CompletableFuture<WriteOutcome>> taken = new ArrayList<>();
      taken.add(put(node, "slow", 1));
      boolean refused = false;
      for (int i = 0; i < 200 && !refused; i++) {
        long before = node.server.status().commitIndex();
        CompletableFuture<WriteOutcome> write = put(node, "k", 400 << 10);
        if (write.isDone()) {
          assertThat(write.join())
              .isInstanceOfSatisfying(
                  WriteOutcome.NotApplied.class,
                  answer -> assertThat(answer.failure()).isEqualTo(Failure.OVERLOADED));
          refused = true;
        } else {
          taken.add(write);
          await("it is committed", () -> node.server.status().commitIndex() > before);
        }
      }
      assertThat(refused).isTrue();
      goOn.countDown();
      for (CompletableFuture<WriteOutcome> write : taken) {
        assertThat(write.get(30, TimeUnit.SECONDS)).isNotNull();
      }
      await(
          "writes are taken again",
          () ->
              put(node, "k", 1).orTimeout(20, TimeUnit.SECONDS).join()
                  instanceof WriteOutcome.Applied);
    } finally {
      goOn.countDown();
    }
  }

  @Test
  void aStopWaitsForTheSaveThatIsUnderWayBeforeAnythingIsClosed() throws Exception {
    AtomicBoolean saving = new AtomicBoolean();
    AtomicBoolean closedTooEarly = new AtomicBoolean();
    Around around = new Around();
    around.catalog =
        store ->
            Wrapped.before(
                CatalogStore.class,
                store,
                (method, arguments) -> {
                  if (method.getName().equals("save")) {
                    saving.set(true);
                    block();
                    saving.set(false);
                  }
                });
    around.transport =
        transport ->
            Wrapped.before(
                Transport.class,
                transport,
                (method, arguments) -> {
                  if (method.getName().equals("close") && saving.get()) {
                    closedTooEarly.set(true);
                  }
                });
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node node = cluster.start("n1", 0, true, around);
      await("n1 leads", () -> node.server.status().established());
      put(node, "k", 1);
      await("a save is under way", saving::get);
      Thread stopping =
          new Thread(
              () -> {
                try {
                  cluster.stop(node);
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      stopping.start();
      await(
          "the stop waits for the save, or has passed it by",
          () -> !stopping.isAlive() || waitsIn(stopping, "saveNow") || closedTooEarly.get());
      goOn.countDown();
      stopping.join();
      assertThat(closedTooEarly).isFalse();
    } finally {
      goOn.countDown();
    }
  }

  private static boolean waitsIn(Thread thread, String method) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals(method));
  }

  private static CompletableFuture<WriteOutcome> put(Node node, String key, int bytes) {
    return node.server
        .cluster()
        .write(Caller.ANONYMOUS, new Command.KvPut(key, new byte[bytes], 0, null))
        .toCompletableFuture();
  }
}
