package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.CatalogStore;
import org.comitia.raft.Configuration;
import org.comitia.raft.LogBase;
import org.comitia.raft.RaftCore;
import org.comitia.raft.RaftEvent;
import org.comitia.raft.RaftOptions;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.bootstrap.Candidate;
import org.comitia.raft.participant.Participant;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many threads bring something for the core, one at a time steps it. */
class CoreTurnTest {
  private static final class Silent implements Engine.Observer {
    @Override
    public void onEvents(List<RaftEvent> events, Status status) {}

    @Override
    public void onSnapshotNeeded(String address) {}

    @Override
    public void onWaiting(String why, boolean contradicted) {}
  }

  private final Inbox inbox = new Inbox(100_000);
  private final VitalThreads vital = new VitalThreads();
  private Engine engine;
  private Thread core;

  /** A server that waits for others: nothing is written, sent or applied. */
  @BeforeEach
  void start() {
    long now = System.nanoTime();
    PendingWrites pending = new PendingWrites(Runnable::run);
    AppliedIndex applied = new AppliedIndex(0);
    ServerId id = new ServerId(new UUID(0, 1), new UUID(0, 2));
    Server self = new Server(id, "alone", "127.0.0.1:8300", false);
    RaftOptions options = RaftOptions.withMultiplier(1);
    RaftCore raft = new RaftCore(id, options, StoredLog.EMPTY, new Random(1), now);
    Candidate candidate = new Candidate(self, "dc1", 3, false, null);
    engine =
        new Engine(
            self,
            new Participant(candidate, Map.of(), raft, new Random(1), now),
            inbox,
            null,
            pending,
            applied,
            Runnable::run,
            new Silent());
    engine.connect(
        new LogWriter(null, 0, engine, () -> "", () -> LogBase.NONE),
        null,
        new Applier(
            new StateMachine(StateVersion.EMPTY),
            Comparisons.none(),
            0,
            new CatalogStore.Point(0, 0, null, new Configuration(List.of()), 0),
            applied,
            pending,
            Runnable::run,
            why -> {}));
    core = new Thread(vital.watched("comitia-core", engine, engine::close));
    core.start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    engine.stop();
    core.join(10_000);
    assertThat(core.isAlive()).isFalse();
  }

  /** Again and again, until it was this thread that had the turn. */
  private void inATurnOfThisThread(Runnable input) throws InterruptedException {
    Thread[] ran = {null};
    while (ran[0] != Thread.currentThread() && vital.failure().isEmpty()) {
      CountDownLatch done = new CountDownLatch(1);
      inbox.put(
          () -> {
            ran[0] = Thread.currentThread();
            done.countDown();
            input.run();
          });
      engine.step();
      await("the input is taken", () -> done.getCount() == 0);
    }
  }

  @Test
  void aRequestsThreadProposesItsWriteItself() {
    Thread[] told = {null};
    for (int i = 0; i < 1_000 && told[0] != Thread.currentThread(); i++) {
      PendingWrite write = new PendingWrite(new byte[1], System.nanoTime() + 60_000_000_000L);
      CompletableFuture<Void> answered =
          write.outcome.thenAccept(outcome -> told[0] = Thread.currentThread());
      engine.propose(write);
      answered.join();
    }
    assertThat(told[0]).as("who took the turn").isSameAs(Thread.currentThread());
  }

  @Test
  void inputsOfManyThreadsAreEachTakenOnceAndOneAtATime() throws Exception {
    int[] taken = {0}; // plain: that nobody else is at it is what is shown
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (int k = 0; k < 10_000; k++) {
                  inbox.put(() -> taken[0]++);
                  engine.step();
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(engine.ask(raft -> taken[0]).get(10, TimeUnit.SECONDS)).isEqualTo(60_000);
  }

  @Test
  void whoFindsTheTurnTakenGoesOnAndItsInputIsTakenAllTheSame() throws Exception {
    CountDownLatch inTurn = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    CountDownLatch taken = new CountDownLatch(1);
    inbox.put(
        () -> {
          inTurn.countDown();
          try {
            leave.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    Thread other = new Thread(engine::step);
    other.start();
    assertThat(inTurn.await(10, TimeUnit.SECONDS)).isTrue();

    inbox.put(taken::countDown);
    engine.step();

    assertThat(taken.getCount()).isEqualTo(1);
    leave.countDown();
    assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();
    other.join();
  }

  @Test
  void anInterruptWaitsUntilTheTurnIsOver() {
    boolean[] seen = {true};
    Thread.currentThread().interrupt();
    inbox.put(() -> seen[0] = Thread.currentThread().isInterrupted());
    engine.step();
    assertThat(Thread.interrupted()).isTrue();
    engine.ask(raft -> 0).join();
    assertThat(seen[0]).isFalse();
  }

  @Test
  void whatFailsInATurnEndsTheCoreThreadAndNotTheOneThatHadTheTurn() throws Exception {
    inATurnOfThisThread(
        () -> {
          throw new AssertionError("a fault of the core");
        });
    await("the core thread has ended", () -> !core.isAlive());
    assertThat(vital.failure())
        .endsWith("thread comitia-core ended: java.lang.AssertionError: a fault of the core");
    assertThat(inbox.isClosed()).isTrue();
    assertThat(engine.ask(raft -> 0)).isCompletedExceptionally();
  }
}
