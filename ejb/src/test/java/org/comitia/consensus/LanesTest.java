package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;
import static org.comitia.consensus.LoopbackCluster.get;
import static org.comitia.consensus.LoopbackCluster.put;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who may keep whom waiting. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LanesTest {
  @TempDir Path root;

  private final Queue<Runnable> taken = new ArrayDeque<>();
  private final AtomicInteger ran = new AtomicInteger();

  @Test
  void aLaneTakesNoMoreThreadsThanItHas() {
    Lane lane = new Lane("a test", taken::add, 2, 10);
    for (int i = 0; i < 5; i++) {
      lane.execute(ran::incrementAndGet);
    }
    assertThat(taken).hasSize(2);
    taken.poll().run();
    assertThat(ran).hasValue(5);
    assertThat(lane.waitedNanos(System.nanoTime())).isZero();
  }

  @Test
  void aLaneTakesAsManyTasksAsItsBoundAndNotOneMore() {
    Lane lane = new Lane("a test", taken::add, 1, 3);
    for (int i = 0; i < 3; i++) {
      lane.execute(ran::incrementAndGet);
    }
    assertThatThrownBy(() -> lane.execute(ran::incrementAndGet))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("3 tasks wait in the lane for a test");
    taken.poll().run();
    assertThat(ran).hasValue(3);
  }

  @Test
  void whatTheExecutorRefusesWaitsAndNeverRunsOnTheCallersThread() {
    Executor[] executor = {refusing()};
    Lane lane = new Lane("a test", task -> executor[0].execute(task), 1, 10);
    lane.execute(ran::incrementAndGet);
    assertThat(ran).hasValue(0);
    assertThat(lane.startAgain()).isFalse();
    assertThat(lane.waitedNanos(System.nanoTime())).isPositive();
    executor[0] = taken::add;
    assertThat(lane.startAgain()).isTrue();
    taken.poll().run();
    assertThat(ran).hasValue(1);
  }

  @Test
  void aThreadThatTheSystemDoesNotGiveIsWaitedForLikeOneThatTheExecutorRefuses() {
    Executor[] executor = {
      task -> {
        throw new OutOfMemoryError("unable to create native thread");
      }
    };
    Lane lane = new Lane("a test", task -> executor[0].execute(task), 1, 10);
    lane.execute(ran::incrementAndGet);
    assertThat(lane.startAgain()).isFalse();
    executor[0] = taken::add;
    assertThat(lane.startAgain()).isTrue();
    taken.poll().run();
    assertThat(ran).hasValue(1);
  }

  @Test
  void aTaskThatThrowsAnErrorTakesNoThreadFromTheLane() {
    Lane lane = new Lane("a test", taken::add, 1, 10);
    for (int i = 0; i < 3; i++) {
      lane.execute(
          () -> {
            throw new AssertionError("struck by the test");
          });
    }
    taken.poll().run();
    lane.execute(ran::incrementAndGet);
    taken.poll().run();
    assertThat(ran).hasValue(1);
  }

  @Test
  void aThreadThatHasNothingToDoWaitsForTheNextTask() throws Exception {
    Lane lane = lane(1, TimeUnit.HOURS.toNanos(1));
    Thread first = runsOn(lane);
    for (int i = 0; i < 3; i++) {
      await("it waits", () -> first.getState() == Thread.State.TIMED_WAITING);
      assertThat(runsOn(lane)).isSameAs(first);
    }
    assertThat(lane.waiting()).isZero();
    first.interrupt();
    first.join();
    assertThat(runsOn(lane)).isNotSameAs(first);
  }

  @Test
  void aThreadThatWaitedInVainGoesBack() throws Exception {
    Lane lane = lane(1, TimeUnit.MILLISECONDS.toNanos(1));
    Thread first = runsOn(lane);
    first.join();
    assertThat(runsOn(lane)).isNotSameAs(first);
  }

  @Test
  void aTaskDoesNotWaitForTheThreadThatAnotherOneIsGoingToTake() throws Exception {
    Lane lane = lane(2, TimeUnit.HOURS.toNanos(1));
    Thread first = runsOn(lane);
    await("it waits", () -> first.getState() == Thread.State.TIMED_WAITING);
    CompletableFuture<Boolean> second = new CompletableFuture<>();
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    lane.execute(() -> done.complete(second.join()));
    lane.execute(() -> second.complete(true));
    assertThat(done.get(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void oneThreadWaitsAndNoMore() throws Exception {
    Lane lane = lane(3, TimeUnit.HOURS.toNanos(1));
    List<Thread> threads = new CopyOnWriteArrayList<>();
    CountDownLatch all = new CountDownLatch(3);
    for (int i = 0; i < 3; i++) {
      lane.execute(
          () -> {
            threads.add(Thread.currentThread());
            all.countDown();
            untilZero(all);
          });
    }
    untilZero(all);
    await("two end", () -> threads.stream().filter(Thread::isAlive).count() == 1);
    await(
        "one waits",
        () -> threads.stream().anyMatch(t -> t.getState() == Thread.State.TIMED_WAITING));
  }

  private static void untilZero(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Lane lane(int width, long idleNanos) {
    return new Lane("a test", LanesTest::onAThreadOfItsOwn, width, 10, idleNanos);
  }

  private static void onAThreadOfItsOwn(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    thread.start();
  }

  private static Thread runsOn(Lane lane) throws Exception {
    CompletableFuture<Thread> ranOn = new CompletableFuture<>();
    lane.execute(() -> ranOn.complete(Thread.currentThread()));
    return ranOn.get(30, TimeUnit.SECONDS);
  }

  @Test
  void aLeaderWhoseExecutorTakesNothingGoesOnLeadingAndAnswers() throws Exception {
    inOneOfThree(this::leadsOnAndAnswersThoughTheExecutorTakesNothing);
  }

  private boolean leadsOnAndAnswersThoughTheExecutorTakesNothing(Path folder) throws Exception {
    boolean[] refuses = {false};
    Around around = new Around();
    AtomicInteger refused = new AtomicInteger();
    around.executor =
        executor ->
            task -> {
              if (refuses[0]) {
                refused.incrementAndGet();
                refusing().execute(task);
              }
              executor.execute(task);
            };
    around.idleThreads = false;
    try (LoopbackCluster cluster = new LoopbackCluster(folder)) {
      List<Node> nodes = cluster.startThree(name -> around);
      Node leader = LoopbackCluster.leader(nodes);
      long term = leader.server.status().term();
      refuses[0] = true; // on all three
      for (Node node : nodes) {
        for (int i = 0; i < 5; i++) {
          WriteOutcome written = put(node, "k").get(20, TimeUnit.SECONDS);
          Object read = get(node, "k").get(20, TimeUnit.SECONDS);
          if (leader.server.status().term() != term) {
            return false;
          }
          assertThat(written).isInstanceOf(WriteOutcome.Applied.class);
          assertThat(read).isInstanceOf(ReadOutcome.Answer.class);
        }
      }
      assertThat(leader.vital.failure()).isEmpty();
      assertThat(refused).hasPositiveValue();
      refuses[0] = false;
      return true;
    }
  }

  private interface Attempt {
    /** Whether the leader led to the end. */
    boolean leadsOn(Path folder) throws Exception;
  }

  /**
   * On a machine that stands still for an election timeout another one leads, whatever a leader's
   * executor and lanes do; if they are to blame, it happens each time.
   */
  private void inOneOfThree(Attempt attempt) throws Exception {
    boolean ledOn = false;
    for (int i = 0; i < 3 && !ledOn; i++) {
      ledOn = attempt.leadsOn(root.resolve("attempt-" + i));
    }
    assertThat(ledOn).isTrue();
  }

  @Test
  void withEveryLaneFullTheLeaderLeadsAndWhatIsWrittenIsCommitted() throws Exception {
    inOneOfThree(LanesTest::leadsOnWithEveryLaneFull);
  }

  private static boolean leadsOnWithEveryLaneFull(Path folder) throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(folder)) {
      List<Node> nodes = cluster.startThree(name -> new Around());
      Node leader = LoopbackCluster.leader(nodes);
      long term = leader.server.status().term();
      CountDownLatch free = new CountDownLatch(1);
      try {
        for (Lane lane :
            List.of(leader.lanes.blocking(), leader.lanes.channel(), leader.lanes.joins())) {
          fill(lane, free);
        }
        for (Node node : nodes) {
          WriteOutcome written = put(node, "k").get(20, TimeUnit.SECONDS);
          if (leader.server.status().term() != term) {
            return false;
          }
          assertThat(written).isInstanceOf(WriteOutcome.Applied.class);
        }
        await("that it is late is known", () -> !leader.lanes.areTimely());

        for (int i = 0; i < Lanes.WIDTH; i++) {
          leader.lanes.completions().execute(() -> awaitUninterruptibly(free));
        }
        CompletableFuture<WriteOutcome> unanswered = put(leader, "late");
        for (Node node : nodes) {
          await(
              "it is applied everywhere, or another leads",
              () -> "v".equals(stale(node, "late")) || leader.server.status().term() != term);
        }
        free.countDown();
        WriteOutcome outcome = unanswered.get(20, TimeUnit.SECONDS);
        return leader.server.status().term() == term && outcome instanceof WriteOutcome.Applied;
      } finally {
        free.countDown();
      }
    }
  }

  private static void fill(Lane lane, CountDownLatch free) {
    try {
      while (true) {
        lane.execute(() -> awaitUninterruptibly(free));
      }
    } catch (RejectedExecutionException full) {
      assertThat(full).hasMessageContaining("tasks wait");
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Executor refusing() {
    return task -> {
      throw new RejectedExecutionException("it takes nothing");
    };
  }

  private static String stale(Node node, String key) {
    var entry = node.server.state().version().kv().get(key);
    return entry == null ? null : new String(entry.value(), StandardCharsets.UTF_8);
  }

  /** A stop's last saves and farewells: the container takes no tasks then. */
  @Test
  void whatTheExecutorRefusesInAStopIsRunByWhoeverStops() {
    Lanes lanes =
        new Lanes(
            task -> {
              throw new RejectedExecutionException("stopping");
            });
    List<String> ran = new ArrayList<>();
    lanes.blocking().execute(() -> ran.add("save"));
    lanes.channel().execute(() -> ran.add("farewell"));
    assertThat(ran).isEmpty();
    lanes.runRefused(System.nanoTime());
    assertThat(ran).containsExactly("save", "farewell");
  }

  @Test
  void whatTheExecutorTakesInAStopAndDoesNotBeginIsRunByWhoeverStops() {
    Lanes lanes = new Lanes(taken::add);
    lanes.blocking().execute(ran::incrementAndGet);
    lanes.runRefused(System.nanoTime());
    assertThat(ran).as("it has just been taken").hasValue(0);
    lanes.runRefused(System.nanoTime() + TimeUnit.SECONDS.toNanos(1));
    assertThat(ran).hasValue(1);
    taken.forEach(Runnable::run);
    assertThat(ran).hasValue(1);
  }

  /** Nobody else runs them: the periodic work has ended by then. */
  @Test
  void answersAreGivenInAStopAndAfterTheLastClosing() {
    Lanes lanes = new Lanes(refusing());
    CompletableFuture<Boolean> answered = new CompletableFuture<>();
    lanes.runStop(
        () -> {
          lanes.completions().execute(() -> answered.complete(true));
          answered.completeOnTimeout(false, 5, TimeUnit.SECONDS).join();
          for (int i = 0; i < 2_000; i++) {
            lanes.completions().execute(ran::incrementAndGet);
          }
        });
    assertThat(answered.join()).isTrue();
    assertThat(ran).hasValue(2_000);
  }

  @Test
  void whatTheExecutorTookAndDidNotBeginIsRunAfterTheLastClosing() {
    Lanes lanes = new Lanes(taken::add);
    lanes.runStop(() -> lanes.completions().execute(ran::incrementAndGet));
    assertThat(ran).hasValue(1);
  }

  @Test
  void aStopReturnsWhenItIsThrough() {
    List<String> done = new ArrayList<>();
    Lanes lanes = new Lanes(refusing());
    lanes.runStop(
        () -> {
          CompletableFuture<Void> saved = new CompletableFuture<>();
          lanes.blocking().execute(() -> saved.complete(null));
          saved.join();
          done.add("closed");
        });
    assertThat(done).containsExactly("closed");
  }
}
