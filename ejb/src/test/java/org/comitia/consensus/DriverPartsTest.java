package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.comitia.Told;
import org.comitia.cluster.Caller;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.ReadResult;
import org.comitia.state.Command;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.wire.Commands;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver's parts by themselves: what waits in them, how long, and who is told. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DriverPartsTest {
  private static final Query.KvGet FAULTY = new Query.KvGet(null);

  private final Inbox inbox = new Inbox(3);
  private final List<Long> answers = new ArrayList<>();
  private final ReadGate gate = new ReadGate(inbox, id -> {}, Runnable::run, () -> {});

  private void runInbox() throws InterruptedException {
    List<Inbox.Input> inputs = new ArrayList<>();
    inbox.drain(inputs, 100);
    inputs.forEach(Inbox.Input::run);
  }

  @Test
  void aReadThatTheCoreDoesNotAnswerIsGivenUpAtItsLimitAndNotBefore() throws Exception {
    gate.readIndex(answers::add);
    long before = System.nanoTime();
    runInbox();
    long after = System.nanoTime();
    gate.expire(before + ReadGate.LIMIT_NANOS - 1);
    assertThat(answers).isEmpty();
    gate.expire(after + ReadGate.LIMIT_NANOS);
    assertThat(answers).containsExactly(-1L);
    gate.answered(new ReadResult(1, 9));
    assertThat(answers).as("it is answered once").hasSize(1);
  }

  @Test
  void anotherServersQuestionIsAnsweredOnTheCoreThreadWithoutATask() throws Exception {
    ReadGate busy =
        new ReadGate(
            inbox,
            id -> {},
            task -> {
              throw new AssertionError("a task");
            },
            () -> {});
    busy.readIndexOnCore(answers::add);
    runInbox();
    busy.answered(new ReadResult(1, 9));
    assertThat(answers).containsExactly(9L);
  }

  @Test
  void ofSixteenReadsOfABatchOneFaultyOneKeepsNoOtherWaiting() throws Exception {
    gate.readIndex(
        index -> {
          throw new IllegalStateException("an odd read");
        });
    for (int i = 0; i < 15; i++) {
      gate.readIndex(answers::add);
    }
    runInbox();
    gate.answered(new ReadResult(1, 9));
    assertThat(answers).hasSize(15).containsOnly(9L);
  }

  @Test
  void aReadThatCannotBeEvaluatedFails() {
    BlockingReads reads =
        new BlockingReads(
            new StateMachine(StateVersion.EMPTY),
            new Timers(),
            Runnable::run,
            () -> null,
            () -> "",
            Guards.OFF);
    CompletableFuture<ReadOutcome<QueryResult.KvEntryResult>> outcome = new CompletableFuture<>();
    reads.answer(
        new Read<>(Caller.ANONYMOUS, FAULTY, Read.Consistency.DEFAULT, 0, Duration.ZERO, null),
        outcome);
    assertThat(outcome.join()).isInstanceOf(ReadOutcome.Failed.class);
  }

  @Test
  void aReadThatEndsWithAnErrorFails() {
    BlockingReads reads =
        new BlockingReads(
            new StateMachine(StateVersion.EMPTY),
            new Timers(),
            Runnable::run,
            () -> {
              throw new StackOverflowError("struck by the test");
            },
            () -> "",
            Guards.OFF);
    CompletableFuture<ReadOutcome<QueryResult.KvEntryResult>> outcome = new CompletableFuture<>();
    Query.KvGet query = new Query.KvGet("k");
    reads.answer(
        new Read<>(Caller.ANONYMOUS, query, Read.Consistency.DEFAULT, 0, Duration.ZERO, null),
        outcome);
    assertThat(outcome.join()).isInstanceOf(ReadOutcome.Failed.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ofSixteenHeldRequestsOneFaultyOneKeepsNoOtherWaitingAndIsAnswered(boolean error) {
    HeldRequests held = new HeldRequests(new Timers(), Runnable::run);
    long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    List<Failure> givenUp = new ArrayList<>();
    AtomicInteger triedAgain = new AtomicInteger();
    AtomicInteger broken = new AtomicInteger();
    held.hold(
        until,
        () -> {
          if (error) {
            throw new AssertionError("an odd request");
          }
          throw new IllegalStateException("an odd request");
        },
        givenUp::add,
        fault -> broken.incrementAndGet());
    for (int i = 0; i < 15; i++) {
      held.hold(
          until, triedAgain::incrementAndGet, givenUp::add, fault -> broken.incrementAndGet());
    }
    held.wake();
    assertThat(triedAgain).hasValue(15);
    assertThat(givenUp).isEmpty();
    assertThat(broken).hasValue(1);
  }

  @Test
  void anErrorInOneAnswerKeepsNoOtherWaiting() {
    List<Integer> told = new ArrayList<>();
    Fanout.tell(
        List.of(1, 2, 3),
        Runnable::run,
        one -> {
          if (one == 1) {
            throw new AssertionError("an odd answer");
          }
          told.add(one);
        });
    assertThat(told).containsExactly(2, 3);
  }

  @Test
  void aReadThatIsGivenUpLeavesNothingBehind() {
    AppliedIndex applied = new AppliedIndex(4);
    List<Boolean> told = new ArrayList<>();
    Runnable forget = applied.whenApplied(5, told::add);
    assertThat(applied.waiting()).isEqualTo(1);
    forget.run();
    assertThat(applied.waiting()).isZero();
    applied.advance(5);
    assertThat(told).isEmpty();
  }

  @Test
  void aFloodOfRequestsDropsNoFrames() throws Exception {
    AtomicInteger ran = new AtomicInteger();
    for (int i = 0; i < 3; i++) {
      assertThat(inbox.offer(ran::incrementAndGet)).isTrue();
    }
    assertThat(inbox.offer(ran::incrementAndGet)).isFalse();
    for (int i = 0; i < 3; i++) {
      assertThat(inbox.offerFrame(ran::incrementAndGet, 0)).isTrue();
    }
    assertThat(inbox.offerFrame(ran::incrementAndGet, 0)).isFalse();
    runInbox();
    assertThat(ran).hasValue(6);
    assertThat(inbox.offerFrame(ran::incrementAndGet, 0)).isTrue();
    assertThat(inbox.offer(ran::incrementAndGet)).isTrue();
  }

  @Test
  void framesThatWaitAreBoundedInBytes() throws Exception {
    AtomicInteger ran = new AtomicInteger();
    assertThat(inbox.offerFrame(ran::incrementAndGet, Inbox.MAX_FRAME_BYTES)).isTrue();
    assertThat(inbox.offerFrame(ran::incrementAndGet, 1)).isFalse();
    assertThat(inbox.offerFrame(ran::incrementAndGet, 0)).as("a heartbeat").isTrue();
    runInbox();
    assertThat(ran).hasValue(2);
    assertThat(inbox.offerFrame(ran::incrementAndGet, 1)).isTrue();
    inbox.close("ended");
    assertThat(inbox.offerFrame(ran::incrementAndGet, Inbox.MAX_FRAME_BYTES)).isFalse();
  }

  private static final CatalogStore.Point NOTHING =
      new CatalogStore.Point(0, 0, null, new Configuration(List.of()), 0);

  private static Applier applier(StateMachine state) {
    return new Applier(
        state,
        Comparisons.none(),
        0,
        new CatalogStore.Point(0, 0, null, new Configuration(List.of()), 0),
        new AppliedIndex(0),
        new PendingWrites(Runnable::run),
        Runnable::run,
        why -> {});
  }

  @Test
  void anApplierThatHaltedBetweenStateAndPointSavesNothing() throws Exception {
    StateMachine state = new StateMachine(StateVersion.EMPTY);
    state
        .watches()
        .register(
            new Query.KvGet("k"),
            () -> {
              throw new AssertionError("struck by the test");
            });
    Applier applier = applier(state);
    Thread thread = new Thread(applier);
    thread.start();
    Command put = new Command.KvPut("k", "v".getBytes(StandardCharsets.UTF_8), 0, null);
    applier.submit(List.of(new Entry(1, 1, Entry.Kind.COMMAND, Commands.encode(put))));
    await("it has halted", () -> !applier.halted().isEmpty());
    assertThat(applier.prepareSave().get(20, TimeUnit.SECONDS)).isNull();
    applier.stop();
    thread.join();
  }

  /** It would wait for a save that is none, and blame the disk. */
  @Test
  void aStopDoesNotWaitForASaverThatHasEnded() throws Exception {
    Applier applier = applier(new StateMachine(StateVersion.EMPTY));
    CatalogStore faulty =
        Wrapped.of(
            CatalogStore.class,
            (method, arguments) -> {
              throw new OutOfMemoryError("struck by the test");
            });
    TableSaver saver = new TableSaver(faulty, applier, Runnable::run, () -> 1, NOTHING);
    Command put = new Command.KvPut("k", "v".getBytes(StandardCharsets.UTF_8), 0, null);
    applier.joined(new UUID(1, 1));
    applier.submit(List.of(new Entry(1, 1, Entry.Kind.COMMAND, Commands.encode(put))));
    applier.step();
    saver.saveSoon();
    applier.step();
    assertThat(saver.failure()).startsWith("COM3006");
    List<String> told = new ArrayList<>();
    Handler handler = new Told(line -> told.add(line.getMessage()));
    Logger log = Logger.getLogger("consul.fsm");
    log.addHandler(handler);
    try {
      saver.saveNow(null);
    } finally {
      log.removeHandler(handler);
    }
    assertThat(told).isEmpty();
    assertThat(saver.failure()).startsWith("COM3006");
  }

  /** Nobody knows then whose rows are there, the snapshot's or those of before. */
  @Test
  void afterAReplacementOfUnknownOutcomeAllRowsAreWrittenAnew() {
    Applier applier = applier(new StateMachine(StateVersion.EMPTY));
    List<String> calls = new ArrayList<>();
    CatalogStore store =
        Wrapped.of(
            CatalogStore.class,
            (method, arguments) -> {
              calls.add(method.getName());
              if (calls.size() == 1) {
                throw new StoreException("whether that is committed is unknown");
              }
              return null;
            });
    TableSaver saver = new TableSaver(store, applier, Runnable::run, () -> 2, NOTHING);
    CatalogStore.Point snapshot =
        new CatalogStore.Point(1, 1, new UUID(1, 1), new Configuration(List.of()), 0);
    assertThatThrownBy(() -> saver.replace(snapshot, StateVersion.EMPTY))
        .isInstanceOf(StoreException.class);
    applier.joined(new UUID(1, 1));
    for (int i = 1; i <= 2; i++) {
      Command put = new Command.KvPut("k" + i, new byte[] {1}, 0, null);
      applier.submit(List.of(new Entry(i, 1, Entry.Kind.COMMAND, Commands.encode(put))));
      applier.step();
      saver.saveSoon();
      applier.step();
      assertThat(saver.savedIndex()).isEqualTo(i);
    }
    assertThat(calls).containsExactly("replace", "replace", "save");
  }

  /** A periodic save that comes as the server stops would wait for ever, and the stop for it. */
  @Test
  void anApplierThatHasEndedAnswersWhoWantsToSave() throws Exception {
    Applier applier = applier(new StateMachine(StateVersion.EMPTY));
    CompletableFuture<Applier.SaveJob> queued = applier.prepareSave();
    applier.close();
    assertThat(queued.get(20, TimeUnit.SECONDS)).isNull();
    assertThat(applier.prepareSave().get(20, TimeUnit.SECONDS)).isNull();
  }
}
