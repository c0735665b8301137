package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionsTest {
  private static final String A = "aaaaaaaa-0000-0000-0000-000000000001";
  private static final String B = "bbbbbbbb-0000-0000-0000-000000000002";
  private static final long SECOND = 1_000_000_000L;

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  @BeforeEach
  void registerNodes() {
    register("n1", "serfHealth", "passing");
    register("n2", "serfHealth", "passing");
  }

  private CommandResult apply(Command command) {
    return machine.apply(++index, command);
  }

  private boolean done(Command command) {
    return ((CommandResult.Done) apply(command)).value();
  }

  private String refused(Command command) {
    String before = StateDigest.of(machine.version());
    String message = ((CommandResult.Failed) apply(command)).message();
    assertThat(StateDigest.of(new StateVersion(index - 1, machine.version().tables())))
        .isEqualTo(before);
    return message;
  }

  private void register(String node, String check, String status) {
    Check row = new Check("", check, check, status, "", "", "", "", List.of(), "", 0, 0);
    assertThat(
            done(
                new Command.Register(
                    new Node("", node, "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
                    false,
                    null,
                    List.of(row))))
        .isTrue();
  }

  private static Session session(
      String id, String node, long lockDelay, Session.Behavior behavior, String... checks) {
    return new Session(id, "", node, lockDelay, behavior, "", List.of(checks), List.of(), 0, 0);
  }

  private void create(String id, String node) {
    create(session(id, node, 0, Session.Behavior.RELEASE, "serfHealth"));
  }

  private void create(Session session) {
    assertThat(done(new Command.SessionCreate(session))).isTrue();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private boolean acquire(String key, String session) {
    return done(new Command.KvAcquire(key, bytes("v"), 0, session));
  }

  private boolean release(String key, String session) {
    return done(new Command.KvRelease(key, bytes("r"), 0, session));
  }

  private KvEntry kv(String key) {
    return machine.version().kv().get(key);
  }

  private List<Session> sessions(Query<?> query) {
    return ((QueryResult.SessionList) Queries.evaluate(query, machine.version())).sessions();
  }

  // ---- sessions

  @Test
  void aSessionIsShownByItsIdByItsNodeAndAmongAll() {
    create(A, "n1");
    create(B, "n2");
    assertThat(sessions(new Query.Sessions())).extracting(Session::id).containsExactly(A, B);
    assertThat(sessions(new Query.NodeSessions("N1"))).extracting(Session::id).containsExactly(A);
    Session shown = sessions(new Query.SessionGet(A)).get(0);
    assertThat(shown.createIndex()).isEqualTo(3);
    assertThat(shown.modifyIndex()).isEqualTo(3);
    assertThat(shown.nodeChecks()).containsExactly("serfHealth");
    assertThat(sessions(new Query.SessionGet(A.replace('a', 'c')))).isEmpty();
    assertThat(Queries.evaluate(new Query.SessionGet(A), machine.version()).index())
        .as("the table's")
        .isEqualTo(4);
  }

  @Test
  void aSessionNeedsItsNodeAndItsChecksAlive() {
    assertThat(refused(new Command.SessionCreate(session(A, "", 0, Session.Behavior.RELEASE))))
        .isEqualTo("Must provide Node");
    assertThat(refused(new Command.SessionCreate(session(A, "n9", 0, Session.Behavior.RELEASE))))
        .isEqualTo("Missing node registration");
    assertThat(
            refused(
                new Command.SessionCreate(session(A, "n1", 0, Session.Behavior.RELEASE, "mem"))))
        .isEqualTo("Missing check 'mem' registration");
    register("n1", "mem", "critical");
    assertThat(
            refused(
                new Command.SessionCreate(session(A, "n1", 0, Session.Behavior.RELEASE, "mem"))))
        .isEqualTo("Check 'mem' is in critical state");
    register("n1", "mem", "warning");
    create(session(A, "n1", 0, Session.Behavior.RELEASE, "mem"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "999ms | Invalid Session TTL '999000000', must be between [1s=24h0m0s]",
        "25h | Invalid Session TTL '90000000000000', must be between [1s=24h0m0s]",
        "abc | Session TTL 'abc' invalid: time: invalid duration \"abc\"",
        "15 | Session TTL '15' invalid: time: missing unit in duration \"15\""
      })
  void aTtlIsOfASecondToADay(String ttl, String text) {
    Session wrong =
        new Session(A, "", "n1", 0, Session.Behavior.RELEASE, ttl, List.of(), List.of(), 0, 0);
    assertThat(refused(new Command.SessionCreate(wrong))).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1s", "24h", "0s", ""})
  void aTtlWithinTheBoundsOrNoneIsTaken(String ttl) {
    create(new Session(A, "", "n1", 0, Session.Behavior.RELEASE, ttl, List.of(), List.of(), 0, 0));
  }

  // ---- locks

  @Test
  void theLockIndexCountsHolds() {
    create(A, "n1");
    create(B, "n2");
    assertThat(acquire("k", A)).isTrue();
    assertThat(kv("k").lockIndex()).isEqualTo(1);
    assertThat(kv("k").session()).isEqualTo(A);
    assertThat(acquire("k", B)).as("held").isFalse();
    assertThat(done(new Command.KvAcquire("k", bytes("new"), 7, A))).as("its own").isTrue();
    assertThat(kv("k").lockIndex()).isEqualTo(1);
    assertThat(kv("k").value()).isEqualTo(bytes("new"));
    assertThat(kv("k").flags()).isEqualTo(7);
    assertThat(release("k", B)).as("not the holder").isFalse();
    assertThat(release("k", A)).isTrue();
    assertThat(kv("k").session()).isNull();
    assertThat(kv("k").lockIndex()).isEqualTo(1);
    assertThat(kv("k").value()).isEqualTo(bytes("r"));
    assertThat(acquire("k", B)).isTrue();
    assertThat(kv("k").lockIndex()).isEqualTo(2);
    assertThat(release("none", A)).isFalse();
  }

  @Test
  void acquiringAgainWithTheSameValueChangesNothing() {
    create(A, "n1");
    acquire("k", A);
    long modified = kv("k").modifyIndex();
    assertThat(acquire("k", A)).isTrue();
    assertThat(kv("k").modifyIndex()).isEqualTo(modified);
  }

  @Test
  void aLockNeedsASession() {
    assertThat(refused(new Command.KvAcquire("k", bytes("v"), 0, A)))
        .isEqualTo("invalid session \"" + A + "\"");
    assertThat(refused(new Command.KvAcquire("k", bytes("v"), 0, ""))).isEqualTo("missing session");
    assertThat(refused(new Command.KvAcquire("", bytes("v"), 0, A))).isEqualTo("Must provide key");
  }

  @Test
  void aPlainPutKeepsTheHolder() {
    create(A, "n1");
    acquire("k", A);
    assertThat(done(new Command.KvPut("k", bytes("put"), 0, null))).isTrue();
    assertThat(kv("k").session()).isEqualTo(A);
    assertThat(kv("k").lockIndex()).isEqualTo(1);
    assertThat(kv("k").value()).isEqualTo(bytes("put"));
  }

  @Test
  void aDeletedKeyIsHeldByNobody() {
    create(A, "n1");
    create(B, "n1");
    acquire("k", A);
    assertThat(done(new Command.KvDelete("k", null))).isTrue();
    assertThat(acquire("k", B)).isTrue();
    assertThat(kv("k").lockIndex()).isEqualTo(1);
    assertThat(done(new Command.SessionDestroy(A))).isTrue();
    assertThat(kv("k").session()).isEqualTo(B);
  }

  // ---- the end of sessions

  private void held(long lockDelay, Session.Behavior behavior) {
    create(session(A, "n1", lockDelay, behavior, "serfHealth"));
    acquire("k", A);
    acquire("l", A);
  }

  private void assertReleased() {
    assertThat(sessions(new Query.Sessions())).isEmpty();
    assertThat(kv("k").session()).isNull();
    assertThat(kv("k").lockIndex()).isEqualTo(1);
    assertThat(kv("k").modifyIndex()).isEqualTo(index);
    assertThat(kv("l").session()).isNull();
  }

  @Test
  void aDestroyedSessionReleasesItsLocks() {
    held(0, Session.Behavior.RELEASE);
    assertThat(done(new Command.SessionDestroy(A))).isTrue();
    assertReleased();
    assertThat(done(new Command.SessionDestroy(A))).as("is over already").isTrue();
    assertThat(machine.version().lockDelays()).isEmpty();
  }

  @Test
  void aSessionEndsWhenItsCheckTurnsCritical() {
    held(0, Session.Behavior.RELEASE);
    register("n1", "other", "critical");
    register("n2", "serfHealth", "critical");
    register("n1", "serfHealth", "warning");
    assertThat(kv("k").session()).isEqualTo(A);
    register("n1", "serfHealth", "critical");
    assertReleased();
  }

  @Test
  void aSessionEndsWithItsCheck() {
    held(0, Session.Behavior.RELEASE);
    done(new Command.Deregister("n1", null, "serfHealth"));
    assertReleased();
  }

  @Test
  void aSessionEndsWithItsNode() {
    held(0, Session.Behavior.RELEASE);
    done(new Command.Deregister("n1", null, null));
    assertReleased();
  }

  @Test
  void aSessionWithoutChecksEndsWithItsNodeToo() {
    create(session(A, "n1", 0, Session.Behavior.RELEASE));
    acquire("k", A);
    acquire("l", A);
    register("n1", "serfHealth", "critical");
    assertThat(kv("k").session()).isEqualTo(A);
    done(new Command.Deregister("n1", null, null));
    assertReleased();
  }

  @Test
  void aSessionThatWantsItDeletesItsKeys() {
    held(0, Session.Behavior.DELETE);
    done(new Command.SessionDestroy(A));
    assertThat(machine.version().kv()).isEmpty();
    assertThat(machine.version().tombstones()).containsOnlyKeys("k", "l");
    assertThat(Queries.evaluate(new Query.KvList("k"), machine.version()).index()).isEqualTo(index);
  }

  // ---- lock-delay

  @Test
  void anInvalidatedLockCannotBeTakenUntilTheDelayIsEnded() {
    held(15 * SECOND, Session.Behavior.RELEASE);
    create(B, "n2");
    register("n1", "serfHealth", "critical");
    long since = index;
    assertThat(machine.version().lockDelays())
        .isEqualTo(
            Map.of("k", new LockDelay(15 * SECOND, since), "l", new LockDelay(15 * SECOND, since)));
    assertThat(acquire("k", B)).isFalse();
    assertThat(done(new Command.KvPut("k", bytes("x"), 0, null))).as("a put may").isTrue();
    done(new Command.EndLockDelays(Map.of("k", since - 1)));
    assertThat(acquire("k", B)).as("a delay that began later stays").isFalse();
    done(new Command.EndLockDelays(Map.of("k", since)));
    assertThat(acquire("k", B)).isTrue();
    assertThat(kv("k").lockIndex()).isEqualTo(2);
    assertThat(acquire("l", B)).isFalse();
  }

  @Test
  void aReleasedLockHasNoDelay() {
    held(15 * SECOND, Session.Behavior.RELEASE);
    create(B, "n2");
    release("k", A);
    assertThat(acquire("k", B)).isTrue();
  }

  @Test
  void aDelayIsOfAMinuteAtMost() {
    held(100 * SECOND, Session.Behavior.DELETE);
    done(new Command.SessionDestroy(A));
    assertThat(machine.version().lockDelays().get("k").delayNanos()).isEqualTo(60 * SECOND);
    create(B, "n2");
    assertThat(acquire("k", B)).as("deleted, and delayed as well").isFalse();
  }

  @Test
  void whatNeverWasASessionDuringADelayIsFalseAsInConsul() {
    held(15 * SECOND, Session.Behavior.RELEASE);
    done(new Command.SessionDestroy(A));
    assertThat(acquire("k", A)).isFalse();
  }
}
