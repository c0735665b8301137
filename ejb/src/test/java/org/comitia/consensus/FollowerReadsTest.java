package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.comitia.cluster.Failure;
import org.comitia.raft.Configuration;
import org.comitia.raft.LogBase;
import org.comitia.raft.Role;
import org.junit.jupiter.api.Test;

/** Linearizable reads of a server that does not lead: how they share questions to the leader. */
class FollowerReadsTest {
  private record Question(String leader, long nanos, LongConsumer then) {}

  private long now = 1_000;
  private String leader = "10.0.0.1:8300";
  private boolean strike;
  private final List<Question> questions = new ArrayList<>();
  private final List<String> heard = new ArrayList<>();
  private final Timers timers = new Timers(() -> now);
  private final AppliedIndex applied = new AppliedIndex(10);
  private final LinearizableReads reads =
      new LinearizableReads(
          this::status, null, this::ask, applied, timers, Runnable::run, () -> "");

  private void ask(String address, long nanos, LongConsumer then) {
    if (strike) {
      strike = false;
      throw new OutOfMemoryError("struck by the test");
    }
    questions.add(new Question(address, nanos, then));
  }

  private Status status() {
    return new Status(
        now,
        Role.FOLLOWER,
        1,
        null,
        leader,
        false,
        0,
        false,
        0,
        0,
        0,
        Configuration.EMPTY,
        0,
        LogBase.NONE,
        false,
        false,
        null,
        "",
        List.of());
  }

  private void read(String name) {
    Consumer<Failure> fail = failure -> heard.add(name + " " + failure);
    reads.await(() -> heard.add(name), fail);
  }

  @Test
  void readsThatComeWhileAQuestionIsUnderWayShareTheNextOne() {
    read("a");
    for (String name : List.of("b", "c", "d")) {
      read(name);
    }
    assertThat(questions).hasSize(1);
    questions.get(0).then.accept(10);
    assertThat(heard).as("only what came before the question").containsExactly("a");
    assertThat(questions).hasSize(2);
    questions.get(1).then.accept(10);
    assertThat(heard).containsExactly("a", "b", "c", "d");
    assertThat(questions).as("nobody waits, nobody is asked").hasSize(2);
  }

  @Test
  void aReadWaitsUntilTheIndexThatItsOwnQuestionGotIsApplied() {
    read("a");
    read("b");
    questions.get(0).then.accept(10);
    questions.get(1).then.accept(11);
    assertThat(heard).containsExactly("a");
    applied.advance(11);
    assertThat(heard).containsExactly("a", "b");
  }

  @Test
  void nobodyWaitsForTheAnswerOfAFormerLeader() {
    read("a");
    read("b");
    leader = "10.0.0.2:8300";
    read("c");
    assertThat(questions).hasSize(2);
    assertThat(questions.get(1).leader).isEqualTo(leader);
    questions.get(1).then.accept(10);
    assertThat(heard).containsExactly("b", "c");
    questions.get(0).then.accept(-1);
    assertThat(heard).containsExactly("b", "c", "a NO_LEADER");
  }

  @Test
  void whoHasCollectedIsAskedForAsSoonAsAnotherLeaderIsKnown() {
    read("a");
    read("b");
    leader = "10.0.0.2:8300";
    reads.wake();
    assertThat(questions).hasSize(2);
    reads.wake();
    assertThat(questions).as("once").hasSize(2);
  }

  @Test
  void whatTheLeaderDoesNotTellIsAskedAgainByWhoeverHoldsTheRead() {
    read("a");
    read("b");
    questions.get(0).then.accept(-1);
    assertThat(heard).containsExactly("a NO_LEADER");
    assertThat(questions).hasSize(2);
    leader = null;
    read("c");
    questions.get(1).then.accept(-1);
    assertThat(heard).containsExactly("a NO_LEADER", "c NO_LEADER", "b NO_LEADER");
  }

  @Test
  void aQuestionThatCannotBeAskedKeepsNobodyWaiting() {
    strike = true;
    read("a");
    assertThat(heard).containsExactly("a NO_LEADER");
    read("b");
    assertThat(questions).hasSize(1);
    questions.get(0).then.accept(10);
    assertThat(heard).contains("b");
  }

  @Test
  void aReadHasTwoSecondsForTheLeadersAnswerWhateverItWaitedForTheQuestionBefore() {
    read("a");
    assertThat(questions.get(0).nanos).isEqualTo(FollowerReads.LIMIT_NANOS);
    read("b");
    now += FollowerReads.LIMIT_NANOS - 1;
    questions.get(0).then.accept(10);
    assertThat(questions.get(1).nanos).isEqualTo(1);
    read("c");
    now += FollowerReads.LIMIT_NANOS;
    questions.get(1).then.accept(10);
    assertThat(questions).as("the time of c is over").hasSize(2);
    assertThat(heard).contains("c NO_LEADER");
  }

  @Test
  void aServerThatLagsHasTenSecondsToApplyWhatTheLeaderHasCommitted() {
    read("a");
    questions.get(0).then.accept(11);
    timers.run(now + LinearizableReads.APPLY_NANOS - 1);
    assertThat(heard).isEmpty();
    timers.run(now + LinearizableReads.APPLY_NANOS);
    assertThat(heard).containsExactly("a UNAVAILABLE");
    assertThat(applied.waiting()).isZero();
  }

  @Test
  void beforeAStopReadsDoNotWaitLongForALaggingServer() {
    read("a");
    questions.get(0).then.accept(11);
    reads.end();
    read("b");
    questions.get(1).then.accept(12);
    applied.advance(11);
    assertThat(heard).containsExactly("a");
    timers.run(now + LinearizableReads.LAST_APPLY_NANOS);
    assertThat(heard).containsExactly("a", "b UNAVAILABLE");
    assertThat(applied.waiting()).isZero();
  }

  @Test
  void whatOnlyTheLeaderMayAnswerIsNotConfirmedByAnotherLeader() {
    reads.awaitAsLeader(() -> heard.add("a"), failure -> heard.add("a " + failure));
    assertThat(questions).isEmpty();
    assertThat(heard).containsExactly("a NO_LEADER");
  }

  @Test
  void soManyReadsWaitAndOneMoreIsRefusedAtOnce() {
    for (int i = 0; i < FollowerReads.MAX_WAITING; i++) {
      read("within");
    }
    assertThat(heard).isEmpty();
    read("over");
    assertThat(heard).containsExactly("over OVERLOADED");
    questions.get(0).then.accept(10);
    read("after");
    assertThat(heard).as("there is room for one").containsExactly("over OVERLOADED", "within");
    questions.get(1).then.accept(10);
    questions.get(2).then.accept(10);
    assertThat(heard.size()).isEqualTo(FollowerReads.MAX_WAITING + 2);
  }

  @Test
  void ofSixteenReadsOneFaultyOneKeepsNoOtherWaiting() {
    reads.await(
        () -> {
          throw new IllegalStateException("an odd read");
        },
        failure -> {});
    leader = "10.0.0.2:8300";
    reads.await(
        () -> {
          throw new IllegalStateException("an odd read");
        },
        failure -> {});
    read("a");
    read("b");
    questions.get(1).then.accept(10);
    questions.get(2).then.accept(10);
    assertThat(heard).containsExactly("a", "b");
  }
}
