package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import org.comitia.access.AccessKey;
import org.comitia.access.AccessObject;
import org.comitia.access.Token;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Node;
import org.comitia.state.Restoring;
import org.comitia.state.Session;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.junit.jupiter.api.Test;

/** The leader's clocks against the real state; the test is the clock, the quorum and the log. */
class LeaderClocksTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long ROUND = SECOND / 10;

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private final Led led = new Led();
  private final LeaderClocks clocks = new LeaderClocks(led);
  private long now = -7 * SECOND; // crosses zero

  private final class Led implements LeaderClocks.Leadership {
    private long term = 1;
    private long millis = 1_000_000;
    private boolean quorum = true;
    private boolean holdsWrites;
    private boolean losesWrites;
    private boolean unsure;
    private final List<LongConsumer> asked = new ArrayList<>();
    private final List<Runnable> written = new ArrayList<>();
    private final List<Command> proposed = new ArrayList<>();

    @Override
    public long term() {
      return term;
    }

    @Override
    public StateVersion state() {
      return machine.version();
    }

    @Override
    public long millis() {
      return millis;
    }

    @Override
    public Restoring.Progress restoring() {
      return machine.restoring();
    }

    @Override
    public boolean confirm(LongConsumer then) {
      asked.add(then);
      if (quorum) {
        answer(machine.version().appliedIndex());
      }
      return true;
    }

    private void answer(long index) {
      List<LongConsumer> all = List.copyOf(asked);
      asked.clear();
      all.forEach(then -> then.accept(index));
    }

    @Override
    public CompletionStage<WriteOutcome> propose(Command command) {
      proposed.add(command);
      CompletableFuture<WriteOutcome> outcome = new CompletableFuture<>();
      if (unsure) {
        outcome.complete(new WriteOutcome.Unknown("it was not committed in time"));
        written.add(() -> apply(command));
        return outcome;
      }
      written.add(
          () ->
              outcome.complete(
                  losesWrites
                      ? new WriteOutcome.NotApplied(Failure.NO_LEADER, "lost")
                      : new WriteOutcome.Applied(1, apply(command))));
      if (!holdsWrites) {
        land();
      }
      return outcome;
    }

    private void land() {
      List<Runnable> all = List.copyOf(written);
      written.clear();
      all.forEach(Runnable::run);
    }
  }

  private CommandResult apply(Command command) {
    return machine.apply(machine.version().appliedIndex() + 1, command);
  }

  private void mustApply(Command command) {
    assertThat(apply(command)).isEqualTo(new CommandResult.Done(true));
  }

  private void registerNode() {
    mustApply(
        new Command.Register(
            new Node("", "n", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
            false,
            null,
            List.of()));
  }

  private String session(String ttl, long lockDelaySeconds) {
    if (machine.version().nodes().isEmpty()) {
      registerNode();
    }
    String id = UUID.randomUUID().toString();
    mustApply(
        new Command.SessionCreate(
            new Session(
                id,
                "",
                "n",
                lockDelaySeconds * SECOND,
                Session.Behavior.RELEASE,
                ttl,
                List.of(),
                List.of(),
                0,
                0)));
    return id;
  }

  private boolean lives(String id) {
    return machine.version().sessions().containsKey(id);
  }

  private void round() {
    now += ROUND;
    led.millis += 100;
    clocks.round(now);
  }

  private void pass(long seconds) {
    for (long until = now + seconds * SECOND; now < until; ) {
      round();
    }
  }

  @Test
  void aSessionEndsAfterTwiceItsTtlAndNotBefore() {
    String id = session("10s", 0);
    pass(20);
    assertThat(lives(id)).isTrue();
    pass(1);
    assertThat(lives(id)).isFalse();
  }

  private void token(String id, long expirationMillis) {
    mustApply(
        new Command.AccessSet(
            new Token(
                id,
                "secret of " + id,
                "",
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                false,
                "",
                led.millis,
                expirationMillis,
                0,
                0),
            true));
  }

  private List<String> tokens() {
    return machine.version().access().rows().keySet().stream().map(AccessKey::id).toList();
  }

  private static final String TOKEN = "cccc1111-0000-0000-0000-00000000000";

  private void raiseToAccess() {
    for (int level = 1; level <= FeatureLevel.ACCESS; level++) {
      mustApply(new Command.RaiseLevel(level));
    }
  }

  @Test
  void anExpiredTokenIsDeletedAndNotBefore() {
    raiseToAccess();
    token(TOKEN + 1, led.millis + 10_000);
    token(TOKEN + 2, led.millis + 20_000);
    token(TOKEN + 3, 0);
    long end = led.millis + 10_000;
    while (led.millis + 100 < end) {
      round();
    }
    assertThat(led.proposed).isEmpty();
    pass(2);
    assertThat(tokens()).containsExactly(TOKEN + 2, TOKEN + 3);
    pass(10);
    assertThat(tokens()).containsExactly(TOKEN + 3);
    pass(100);
    assertThat(led.proposed)
        .containsExactly(
            new Command.AccessDelete(AccessObject.Kind.TOKEN, TOKEN + 1),
            new Command.AccessDelete(AccessObject.Kind.TOKEN, TOKEN + 2));
  }

  @Test
  void manyExpiredTokensAreDeletedSomeAtATimeAndALostDeletionIsProposedAgain() {
    raiseToAccess();
    for (int i = 0; i < 150; i++) {
      token("cccc1111-0000-0000-0000-0000000%05d".formatted(i), led.millis + 500);
    }
    led.losesWrites = true;
    pass(3);
    assertThat(tokens()).hasSize(150);
    led.losesWrites = false;
    led.holdsWrites = true;
    int before = led.proposed.size();
    pass(5);
    assertThat(led.proposed.size() - before).isBetween(1, 64); // the rest waits for their outcome
    led.holdsWrites = false;
    led.land();
    pass(5);
    assertThat(tokens()).isEmpty();
  }

  /** By then the table may be another one: a token that was made meanwhile is seen. */
  @Test
  void whoDoesNotLeadDeletesNothing() {
    raiseToAccess();
    led.term = -1;
    token(TOKEN + 1, led.millis + 500);
    pass(10);
    assertThat(tokens()).hasSize(1);
    led.term = 2;
    token(TOKEN + 2, led.millis + 500);
    pass(2);
    assertThat(tokens()).isEmpty();
  }

  @Test
  void aSessionWithoutATtlNeverEnds() {
    String without = session("", 0);
    String zero = session("0s", 0);
    pass(100);
    assertThat(lives(without)).isTrue();
    assertThat(lives(zero)).isTrue();
    assertThat(led.proposed).isEmpty();
  }

  @Test
  void aRenewalGivesItAllItsTimeAgain() {
    String id = session("10s", 0);
    for (int i = 0; i < 10; i++) {
      pass(19);
      assertThat(clocks.renew(id, now)).isTrue();
    }
    assertThat(lives(id)).isTrue();
    pass(21);
    assertThat(lives(id)).isFalse();
  }

  @Test
  void whateverIsRenewedIsNotLost() {
    assertThat(clocks.renew("no such session", now)).isTrue();
    String id = session("10s", 0);
    clocks.renew(id, now); // before the first round has seen it
    pass(19);
    assertThat(lives(id)).isTrue();
  }

  @Test
  void aPauseStartsEveryTimeAnew() {
    String id = session("10s", 0);
    pass(19);
    now += 60 * SECOND;
    round();
    pass(19);
    assertThat(lives(id)).isTrue();
    pass(2);
    assertThat(lives(id)).isFalse();
  }

  @Test
  void aNewTermStartsEveryTimeAnew() {
    String id = session("10s", 0);
    pass(19);
    led.term = -1;
    pass(5);
    assertThat(lives(id)).isTrue();
    led.term = 2;
    pass(20);
    assertThat(lives(id)).isTrue();
    pass(1);
    assertThat(lives(id)).isFalse();
  }

  @Test
  void withoutAQuorumNothingEnds() {
    String id = session("10s", 0);
    led.quorum = false;
    pass(60);
    assertThat(led.asked).hasSize(1);
    led.answer(-1);
    pass(60);
    assertThat(led.proposed).isEmpty();
    assertThat(lives(id)).isTrue();
    led.answer(1);
    pass(1);
    assertThat(lives(id)).isFalse();
  }

  @Test
  void aQuorumOfAnEarlierTermEndsNothing() {
    String id = session("10s", 0);
    led.quorum = false;
    pass(21);
    assertThat(led.asked).hasSize(1);
    led.term = 2;
    pass(21); // over in the new term as well, and the answer of the old one still on its way
    led.answer(1);
    round();
    assertThat(led.proposed).isEmpty();
    assertThat(lives(id)).isTrue();
    led.answer(1);
    round();
    assertThat(lives(id)).isFalse();
  }

  @Test
  void aRenewalThatComesWhileTheQuorumIsAskedGoesFirst() {
    String id = session("10s", 0);
    led.quorum = false;
    pass(21);
    assertThat(led.asked).hasSize(1);
    clocks.renew(id, now);
    led.answer(1);
    led.quorum = true;
    pass(19);
    assertThat(lives(id)).isTrue();
  }

  @Test
  void aRenewalThatComesAfterTheQuorumGoesFirstToo() {
    String id = session("10s", 0);
    led.quorum = false;
    pass(21);
    led.answer(1);
    clocks.renew(id, now); // it waited in a queue until now
    round();
    assertThat(led.proposed).isEmpty();
    assertThat(lives(id)).isTrue();
  }

  @Test
  void aRenewalAfterTheEndWasProposedWaitsForWhatBecomesOfIt() {
    String id = session("10s", 0);
    led.holdsWrites = true;
    pass(22);
    assertThat(led.proposed).containsExactly(new Command.SessionDestroy(id));
    assertThat(clocks.renew(id, now)).isFalse();
    CompletableFuture<Void> ended = clocks.ended(id).toCompletableFuture();
    assertThat(ended).isNotDone();
    pass(5);
    assertThat(led.proposed).hasSize(1);
    led.land();
    assertThat(ended).isDone();
    assertThat(lives(id)).isFalse();
    assertThat(clocks.renew(id, now)).isTrue();
  }

  @Test
  void anEndWhoseOutcomeIsUnknownLetsNoRenewalThroughUntilItIsAppliedOrTheTermIsOver() {
    String id = session("10s", 0);
    led.unsure = true;
    pass(22);
    assertThat(led.proposed).containsExactly(new Command.SessionDestroy(id));
    assertThat(clocks.renew(id, now)).isFalse();
    CompletableFuture<Void> ended = clocks.ended(id).toCompletableFuture();
    pass(30);
    assertThat(ended).isNotDone();
    assertThat(led.proposed).as("it is not proposed twice").hasSize(1);
    led.land();
    pass(1);
    assertThat(ended).isDone();
    assertThat(lives(id)).isFalse();

    String other = session("10s", 0);
    pass(22);
    assertThat(clocks.renew(other, now)).isFalse();
    led.term++;
    pass(1);
    assertThat(clocks.renew(other, now)).isTrue();
  }

  @Test
  void anEndThatWasLostIsProposedAgain() {
    String id = session("10s", 0);
    led.losesWrites = true;
    pass(22);
    assertThat(led.proposed).isNotEmpty();
    assertThat(clocks.ended(id).toCompletableFuture()).isDone();
    led.losesWrites = false;
    pass(1);
    assertThat(lives(id)).isFalse();
  }

  @Test
  void whatWasDestroyedMeanwhileIsNotEndedAgain() {
    String id = session("10s", 0);
    pass(15);
    mustApply(new Command.SessionDestroy(id));
    pass(10);
    assertThat(led.proposed).isEmpty();
  }

  @Test
  void manySessionsEndABoundedNumberARound() {
    int count = 10_000;
    for (int i = 0; i < count; i++) {
      session("10s", 0);
    }
    int most = 0;
    for (int i = 0; i < 400 && !machine.version().sessions().isEmpty(); i++) {
      int before = led.proposed.size();
      round();
      most = Math.max(most, led.proposed.size() - before);
    }
    assertThat(machine.version().sessions()).isEmpty();
    assertThat(led.proposed).hasSize(count);
    assertThat(most).isLessThanOrEqualTo(512);
  }

  private String lockAndInvalidate(String key, long delaySeconds) {
    String id = session("", delaySeconds);
    mustApply(new Command.KvAcquire(key, new byte[0], 0, id));
    mustApply(new Command.SessionDestroy(id));
    return session("", 0);
  }

  private boolean acquire(String key, String session) {
    return apply(new Command.KvAcquire(key, new byte[0], 0, session))
        .equals(new CommandResult.Done(true));
  }

  @Test
  void aLockDelayEndsAfterItsTimeAndNotBefore() {
    String next = lockAndInvalidate("k", 15);
    pass(14);
    assertThat(acquire("k", next)).isFalse();
    pass(2);
    assertThat(acquire("k", next)).isTrue();
    assertThat(machine.version().lockDelays()).isEmpty();
  }

  @Test
  void aLockDelayRestartsInFullUnderANewLeader() {
    String next = lockAndInvalidate("k", 15);
    pass(14);
    led.term = 2;
    pass(14);
    assertThat(acquire("k", next)).isFalse();
    pass(2);
    assertThat(acquire("k", next)).isTrue();
  }

  @Test
  void aLockDelayThatBeganAgainHasAllItsTime() {
    lockAndInvalidate("k", 15);
    pass(10);
    mustApply(new Command.KvDelete("k", null));
    mustApply(new Command.EndLockDelays(Map.of("k", delayOf("k"))));
    String next = lockAndInvalidate("k", 15);
    pass(10);
    assertThat(acquire("k", next)).isFalse();
    pass(6);
    assertThat(acquire("k", next)).isTrue();
  }

  private long delayOf(String key) {
    return machine.version().lockDelays().get(key).since();
  }

  @Test
  void manyLockDelaysEndInOneCommandAtATime() {
    for (int i = 0; i < 600; i++) {
      lockAndInvalidate("k" + i, 1);
    }
    led.holdsWrites = true;
    pass(3);
    assertThat(led.proposed).hasSize(1);
    led.holdsWrites = false;
    led.land();
    pass(1);
    assertThat(machine.version().lockDelays()).isEmpty();
    assertThat(led.proposed).hasSize(2);
  }

  @Test
  void tombstonesAreReapedAfterAQuarterOfAnHour() {
    mustApply(new Command.KvPut("a", new byte[0], 0, null));
    mustApply(new Command.KvDelete("a", null));
    pass(14 * 60);
    assertThat(machine.version().tombstones()).hasSize(1);
    mustApply(new Command.KvPut("b", new byte[0], 0, null));
    mustApply(new Command.KvDelete("b", null));
    pass(90);
    assertThat(machine.version().tombstones()).containsOnlyKeys("b");
    pass(15 * 60);
    assertThat(machine.version().tombstones()).isEmpty();
    int proposals = led.proposed.size();
    pass(60 * 60);
    assertThat(led.proposed).hasSize(proposals);
  }

  // ---- restorations ----

  private void beginRestoration(String id) {
    if (machine.version().level() < 2) {
      apply(new Command.RaiseLevel(1));
      apply(new Command.RaiseLevel(2));
    }
    StateVersion now = machine.version();
    mustApply(new Command.RestoreBegin(id, now.level(), 2, 2 * now.tables().bytes()));
  }

  @Test
  void aRestorationThatStandsStillIsGivenUp() {
    beginRestoration("r");
    pass(59);
    mustApply(new Command.RestoreRows("r", 0, machine.version().tables()));
    pass(59);
    assertThat(led.proposed).isEmpty();
    pass(2);
    assertThat(led.proposed).containsExactly(new Command.RestoreAbort("r"));
    assertThat(machine.restoring()).isNull();
  }

  /** Each of its parts comes in time, and it would go on for days. */
  @Test
  void aRestorationThatTakesTooLongIsGivenUp() {
    apply(new Command.RaiseLevel(1));
    apply(new Command.RaiseLevel(2));
    long most = 300L << 18; // what is announced gives no time, what has come does
    mustApply(new Command.RestoreBegin("r", machine.version().level(), 1_000, most));
    for (int part = 0; part < 10; part++) {
      mustApply(new Command.RestoreRows("r", part, machine.version().tables()));
      pass(59);
    }
    assertThat(led.proposed).isEmpty();
    mustApply(new Command.RestoreRows("r", 10, machine.version().tables()));
    pass(11);
    assertThat(led.proposed).containsExactly(new Command.RestoreAbort("r"));
    mustApply(new Command.RestoreBegin("s", machine.version().level(), 1_000, most));
    pass(59);
    assertThat(led.proposed).hasSize(1);
  }

  @Test
  void aNewLeaderGivesItAllItsTime() {
    beginRestoration("r");
    pass(40);
    led.term = 2;
    pass(59);
    assertThat(led.proposed).isEmpty();
    pass(2);
    assertThat(led.proposed).containsExactly(new Command.RestoreAbort("r"));
  }

  @Test
  void aSessionThatIsRestoredHasAllItsTimeAgain() {
    String id = session("10s", 0);
    StateVersion archived = machine.version();
    pass(19);
    apply(new Command.RaiseLevel(1));
    apply(new Command.RaiseLevel(2));
    mustApply(new Command.RestoreBegin("r", 0, 1, archived.tables().bytes()));
    mustApply(new Command.RestoreRows("r", 0, archived.tables()));
    mustApply(new Command.RestoreCommit("r"));
    pass(19);
    assertThat(lives(id)).isTrue();
    pass(2);
    assertThat(lives(id)).isFalse();
  }
}
