package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An archived state takes the place of the one that is there, or nothing happens. */
class RestoringTest {
  private static final CommandResult DONE = new CommandResult.Done(true);

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;
  private StateVersion archived;

  private CommandResult apply(Command command) {
    return machine.apply(++index, command);
  }

  private void put(String key, String value) {
    assertThat(apply(new Command.KvPut(key, value.getBytes(), 0, null))).isEqualTo(DONE);
  }

  private String value(String key) {
    KvEntry entry = machine.evaluate(new Query.KvGet(key)).entry();
    return entry == null ? null : new String(entry.value());
  }

  @BeforeEach
  void anArchiveAndWhatCameAfterIt() {
    apply(new Command.RaiseLevel(1));
    apply(new Command.RaiseLevel(2));
    apply(new Command.RaiseLevel(3));
    apply(
        new Command.Register(
            new Node("", "n", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
            false,
            null,
            List.of()));
    apply(
        new Command.SessionCreate(
            new Session(
                "11111111-aaaa-0000-0000-000000000001",
                "",
                "n",
                15_000_000_000L,
                Session.Behavior.RELEASE,
                "10s",
                List.of(),
                List.of(),
                0,
                0)));
    put("k", "old");
    put("gone", "x");
    apply(new Command.KvAcquire("lock", new byte[] {1}, 0, "11111111-aaaa-0000-0000-000000000001"));
    archived = machine.version();
    apply(new Command.SessionDestroy("11111111-aaaa-0000-0000-000000000001"));
    put("k", "new");
    apply(new Command.KvDelete("gone", null));
    put("later", "y");
  }

  private Command.RestoreBegin begin(String id) {
    return new Command.RestoreBegin(id, archived.level(), 1, archived.tables().bytes());
  }

  private Restoring.Progress progress(long parts) {
    long bytes = archived.tables().bytes();
    return new Restoring.Progress("r", parts, parts * bytes, bytes);
  }

  private Command.RestoreRows rows(String id, long sequence) {
    return new Command.RestoreRows(id, sequence, archived.tables());
  }

  private void isRefused(String code, Command command) {
    StateVersion before = machine.version();
    assertThat(((CommandResult.Failed) apply(command)).message()).startsWith(code);
    assertThat(machine.version().tables()).isSameAs(before.tables());
  }

  @Test
  void allOfItIsThereAtOnceWithNewIndexesAndEverybodyIsWoken() {
    AtomicInteger woken = new AtomicInteger();
    machine.watches().register(new Query.KvGet("k"), woken::incrementAndGet);
    machine.watches().register(new Query.KvGet("no"), woken::incrementAndGet);
    machine.watches().register(new Query.KvList("q"), woken::incrementAndGet);
    machine.watches().register(new Query.Nodes(Map.of()), woken::incrementAndGet);
    Tables before = machine.version().tables();
    assertThat(apply(begin("r"))).isEqualTo(DONE);
    assertThat(machine.restoring()).isEqualTo(progress(0));
    assertThat(apply(rows("r", 0))).isEqualTo(DONE);
    assertThat(machine.restoring()).isEqualTo(progress(1));
    assertThat(machine.version().tables()).isSameAs(before);
    assertThat(woken).hasValue(0);

    assertThat(apply(new Command.RestoreCommit("r"))).isEqualTo(DONE);
    assertThat(machine.restoring()).isNull();
    assertThat(machine.restored()).isEqualTo(new Restoring.Ended("r", index, null));
    assertThat(woken).hasValue(4);
    assertThat(value("k")).isEqualTo("old");
    assertThat(value("gone")).isEqualTo("x");
    assertThat(value("later")).isNull();
    KvEntry lock = machine.version().kv().get("lock");
    assertThat(lock.session()).isEqualTo("11111111-aaaa-0000-0000-000000000001");
    assertThat(lock.lockIndex()).isEqualTo(1);
    assertThat(machine.version().lockDelays()).isEmpty();
    assertThat(machine.version().sessions()).hasSize(1);
    assertThat(machine.version().level()).isEqualTo(3);
    for (Query<?> query :
        List.of(
            new Query.KvGet("k"),
            new Query.KvGet("later"),
            new Query.KvList("la"),
            new Query.KvList(""),
            new Query.Nodes(Map.of()),
            new Query.Sessions(),
            new Query.ServiceInstances("web", List.of(), Map.of()))) {
      assertThat(machine.evaluate(query).index()).as(query.toString()).isEqualTo(index);
    }
    assertThat(machine.version().kv().get("k").createIndex())
        .isEqualTo(archived.kv().get("k").createIndex());
  }

  /** By an index of what was there before nothing is compared and set. */
  @Test
  void anIndexFromBeforeItFitsNothing() {
    long seen = archived.kv().get("k").modifyIndex();
    apply(begin("r"));
    apply(rows("r", 0));
    apply(new Command.RestoreCommit("r"));
    assertThat(apply(new Command.KvPut("k", new byte[0], 0, seen)))
        .isEqualTo(new CommandResult.Done(false));
    assertThat(value("k")).isEqualTo("old");
  }

  @Test
  void anArchiveWithHigherIndexesThanTheLogsRaisesNone() {
    StateMachine young = new StateMachine(StateVersion.EMPTY);
    young.apply(1, new Command.RaiseLevel(1));
    young.apply(2, new Command.RaiseLevel(2));
    young.apply(3, new Command.RaiseLevel(3));
    young.apply(4, begin("r"));
    young.apply(5, rows("r", 0));
    assertThat(young.apply(6, new Command.RestoreCommit("r"))).isEqualTo(DONE);
    young
        .version()
        .kv()
        .values()
        .forEach(
            row -> {
              assertThat(row.modifyIndex()).isEqualTo(6);
              assertThat(row.createIndex()).isLessThanOrEqualTo(6);
            });
    assertThat(young.version().indexes().values()).allMatch(i -> i <= 6);
    assertThat(young.version().indexes()).containsEntry("feature-level-2", 2L);
  }

  @Test
  void everyStepMayComeTwice() {
    assertThat(apply(begin("r"))).isEqualTo(DONE);
    assertThat(apply(rows("r", 0))).isEqualTo(DONE);
    assertThat(apply(begin("r"))).isEqualTo(DONE);
    assertThat(apply(rows("r", 0))).isEqualTo(DONE);
    assertThat(machine.restoring()).isEqualTo(progress(1));
    assertThat(apply(new Command.RestoreCommit("r"))).isEqualTo(DONE);
    isRefused("COM3051", new Command.RestoreCommit("r"));
    isRefused("COM3051", rows("r", 0));
    assertThat(value("k")).isEqualTo("old");
  }

  @Test
  void anotherOneTakesItsPlace() {
    apply(begin("r"));
    apply(begin("s"));
    isRefused("COM3051", rows("r", 0));
    assertThat(apply(new Command.RestoreAbort("r"))).isEqualTo(new CommandResult.Done(false));
    assertThat(apply(rows("s", 0))).isEqualTo(DONE);
    assertThat(apply(new Command.RestoreCommit("s"))).isEqualTo(DONE);
  }

  @Test
  void whatIsGivenUpIsOver() {
    apply(begin("r"));
    apply(rows("r", 0));
    assertThat(apply(new Command.RestoreAbort("r"))).isEqualTo(DONE);
    assertThat(machine.restoring()).isNull();
    isRefused("COM3051", new Command.RestoreCommit("r"));
  }

  @Test
  void partsMustFollowEachOtherAndBeAsManyAsWasSaid() {
    apply(begin("r"));
    isRefused("COM3053", rows("r", 1));
    apply(rows("r", 0));
    isRefused("COM3053", rows("r", 1));
    apply(begin("s"));
    isRefused("COM3053", new Command.RestoreCommit("s"));
    assertThat(machine.restoring()).isNull();
  }

  @Test
  void aNewerLevelIsRefusedByWhatIsSaidAndByWhatComes() {
    isRefused("COM3052", new Command.RestoreBegin("r", 4, 1, 1));
    StateMachine newer = new StateMachine(archived);
    newer.apply(archived.appliedIndex() + 1, new Command.RaiseLevel(4));
    archived = newer.version();
    apply(new Command.RestoreBegin("r", 2, 1, archived.tables().bytes()));
    apply(rows("r", 0));
    isRefused("COM3052", new Command.RestoreCommit("r"));
    assertThat(machine.restored().refusal()).startsWith("COM3052");
  }

  @Test
  void beforeItsFeatureLevelNothingIsRestored() {
    StateMachine young = new StateMachine(StateVersion.EMPTY);
    young.apply(1, new Command.RaiseLevel(1));
    assertThat(((CommandResult.Failed) young.apply(2, begin("r"))).message()).startsWith("COM3050");
    assertThat(young.restoring()).isNull();
  }

  @Test
  void aRowOverItsBoundIsRefused() {
    String key = "k".repeat(CommandRules.MAX_KEY_BYTES + 1);
    Tables tables = Tables.EMPTY;
    tables =
        new Tables(
            tables.nodes(),
            tables.services(),
            tables.checks(),
            tables.kv().plus(key, new KvEntry(key, new byte[0], 0, 0, null, 1, 1)),
            tables.tombstones(),
            tables.indexes(),
            tables.sessions(),
            tables.lockDelays(),
            tables.preparedQueries(),
            tables.coordinates(),
            tables.autopilot(),
            tables.access());
    apply(begin("r"));
    isRefused("the key is longer", new Command.RestoreRows("r", 0, tables));
  }

  @Test
  void aSnapshotsStateEndsIt() {
    apply(begin("r"));
    machine.install(archived.at(index + 10));
    index += 10;
    assertThat(machine.restoring()).isNull();
    isRefused("COM3051", rows("r", 0));
  }

  /** What was there and what is there now: the tables are saved by touched rows. */
  @Test
  void everyRowOfBothStatesIsTouched() {
    machine.drainTouched();
    apply(begin("r"));
    apply(rows("r", 0));
    assertThat(machine.drainTouched().isEmpty()).isTrue();
    apply(new Command.RestoreCommit("r"));
    Touched touched = machine.drainTouched();
    assertThat(touched.keys()).contains("k", "gone", "later", "lock");
    assertThat(touched.tombstones()).contains("gone");
    assertThat(touched.lockDelays()).contains("lock");
    assertThat(touched.nodes()).contains("n");
  }
}
