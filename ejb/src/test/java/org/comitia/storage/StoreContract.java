package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.TermRun;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every database must keep of the log; one subclass a database. */
abstract class StoreContract {
  private static final long ALL = Long.MAX_VALUE;

  @TempDir Path dataDir;
  private Path raftDir;
  private LogStore store;
  private long sequence;

  abstract TestDatabase database();

  @BeforeEach
  void openStore() throws Exception {
    raftDir = dataDir.resolve("raft");
    store = open();
  }

  @AfterEach
  void closeStore() {
    if (store != null) {
      store.close();
    }
  }

  LogStore open() throws Exception {
    return StorageFactory.openLog(database().dataSource(Unit.LOG, raftDir), raftDir);
  }

  void restart() throws Exception {
    store.close();
    store = open();
  }

  static Entry entry(long index, long term, String command) {
    return new Entry(index, term, Entry.Kind.COMMAND, command.getBytes(StandardCharsets.UTF_8));
  }

  Persist append(Entry... entries) {
    return new Persist(++sequence, null, 0, List.of(entries));
  }

  Persist replace(long from, Entry... entries) {
    return new Persist(++sequence, null, from, List.of(entries));
  }

  Persist begin(LogBase base, Entry... entries) {
    return new Persist(++sequence, null, 0, base, List.of(entries));
  }

  /** The log begins behind this entry, with the configuration of the first one. */
  static LogBase base(long index, long term) {
    ServerId id = new ServerId(new UUID(1, 2), new UUID(3, 4));
    Server server = new Server(id, "n1", "10.0.0.1:8300", true);
    return new LogBase(index, term, new Configuration(List.of(server)), 1);
  }

  Persist state(HardState state) {
    return new Persist(++sequence, state, 0, List.of());
  }

  void write(Persist... persists) throws StoreException {
    store.write(List.of(persists), Map.of());
  }

  @Test
  void aStoreBecomesAnotherIncarnationWithAllThatIsWrittenOrNotAtAll() throws Exception {
    write(append(entry(1, 1, "a"), entry(2, 1, "b")));
    UUID former = store.incarnation();
    UUID next = UUID.randomUUID();
    Persist gap = append(entry(9, 2, "z"));
    assertThatThrownBy(() -> store.become(next, List.of(gap), Map.of("r", new byte[] {1})))
        .isInstanceOf(StoreException.class);
    restart();
    assertThat(store.incarnation()).isEqualTo(former);
    assertThat(store.records()).isEmpty();

    HardState voted = new HardState(2, new ServerId(new UUID(1, 1), next));
    store.load(0, ALL);
    store.become(
        next,
        List.of(new Persist(0, voted, 0, List.of(entry(3, 2, "c")))),
        Map.of("r", new byte[] {1}));
    assertThat(store.incarnation()).isEqualTo(next);
    for (int i = 0; i < 2; i++) {
      StoredLog log = store.load(0, ALL);
      assertThat(log.hardState()).isEqualTo(voted);
      assertThat(log.tail()).containsExactly(entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 2, "c"));
      assertThat(store.records().get("r")).containsExactly(1);
      store.reopen(LogBase.NONE);
      restart();
      assertThat(store.incarnation()).isEqualTo(next);
    }
    write(begin(base(2, 1)));
    UUID third = UUID.randomUUID();
    store.become(third, List.of(append(entry(4, 2, "d"))), Map.of());
    restart();
    assertThat(store.incarnation()).isEqualTo(third);
    assertThat(store.load(2, ALL).base()).isEqualTo(base(2, 1));
  }

  @Test
  void aNewStoreIsEmptyAndHasAnIncarnationOfItsOwn() throws Exception {
    StoredLog log = store.load(0, ALL);

    assertThat(log).isEqualTo(StoredLog.EMPTY);
    assertThat(store.records()).isEmpty();
    UUID first = store.incarnation();
    restart();
    assertThat(store.incarnation()).isEqualTo(first);
  }

  @Test
  void whatWasWrittenIsThereAfterARestart() throws Exception {
    ServerId vote = new ServerId(UUID.randomUUID(), UUID.randomUUID());
    write(state(new HardState(3, vote)), append(entry(1, 1, "a"), entry(2, 3, "b")));
    write(append(entry(3, 3, "c")));

    restart();

    StoredLog log = store.load(0, ALL);
    assertThat(log.hardState()).isEqualTo(new HardState(3, vote));
    assertThat(log.lastIndex()).isEqualTo(3);
    assertThat(log.termRuns()).containsExactly(new TermRun(1, 1), new TermRun(2, 3));
    assertThat(log.tail()).containsExactly(entry(1, 1, "a"), entry(2, 3, "b"), entry(3, 3, "c"));
  }

  @Test
  void truncationCutsARowOfSeveralEntriesInTwo() throws Exception {
    write(append(entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c")));
    write(append(entry(4, 1, "d")));

    write(replace(2, entry(2, 2, "B")));

    assertThat(store.read(1, 1000)).containsExactly(entry(1, 1, "a"), entry(2, 2, "B"));
    restart();
    assertThat(store.load(0, ALL).tail()).containsExactly(entry(1, 1, "a"), entry(2, 2, "B"));
  }

  @Test
  void aGapIsRefused() throws Exception {
    write(append(entry(1, 1, "a")));

    assertThatThrownBy(() -> write(append(entry(3, 1, "c"))))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("entry 3 cannot be stored behind entry 1");
  }

  @Test
  void aSecondOpenerIsRefusedAndToldWhoHoldsIt() {
    assertThatThrownBy(this::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("in use")
        .hasMessageContaining("process " + ProcessHandle.current().pid());
  }

  @Test
  void recordsAreSetReplacedAndDeleted() throws Exception {
    store.write(List.of(), Map.of("cluster", new byte[] {1}, "bootstrap", new byte[] {2}));
    store.write(List.of(), Map.of("cluster", new byte[] {3}, "bootstrap", new byte[0]));

    restart();

    assertThat(store.records()).containsOnlyKeys("cluster");
    assertThat(store.records().get("cluster")).containsExactly(3);
  }

  @Test
  void configurationsAndTermRunsAreFoundAndTheTailIsBounded() throws Exception {
    Entry configuration = new Entry(2, 1, Entry.Kind.CONFIGURATION, new byte[] {9});
    write(append(new Entry(1, 1, Entry.Kind.NOOP, new byte[0]), configuration));
    write(append(entry(3, 4, "c"), entry(4, 4, "d"), entry(5, 7, "e")));

    restart();

    StoredLog log = store.load(3, ALL);
    assertThat(log.termRuns())
        .containsExactly(new TermRun(1, 1), new TermRun(3, 4), new TermRun(5, 7));
    assertThat(log.configurations()).containsExactly(configuration);
    assertThat(log.appliedIndex()).isEqualTo(3);
    assertThat(log.tail()).containsExactly(entry(4, 4, "d"), entry(5, 7, "e"));
    assertThat(store.load(0, entry(5, 7, "e").size()).tail()).containsExactly(entry(5, 7, "e"));
    assertThat(store.load(0, 0).tail()).isEmpty();
  }

  @Test
  void readingStopsBehindTheLimitButGivesAtLeastOneEntry() throws Exception {
    write(append(entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c")));

    assertThat(store.read(2, 1)).containsExactly(entry(2, 1, "b"));
    assertThat(store.read(1, entry(1, 1, "a").size() + 1))
        .containsExactly(entry(1, 1, "a"), entry(2, 1, "b"));
    assertThat(store.read(4, 1000)).isEmpty();
  }

  @Test
  void whatIsTruncatedWithinOneWriteIsNeverStored() throws Exception {
    write(
        append(entry(1, 1, "a"), entry(2, 1, "b")),
        replace(2, entry(2, 2, "B"), entry(3, 2, "C")),
        replace(3, entry(3, 3, "c")),
        state(new HardState(3, null)));

    restart();

    assertThat(store.load(0, ALL).tail())
        .containsExactly(entry(1, 1, "a"), entry(2, 2, "B"), entry(3, 3, "c"));
  }

  @Test
  void bigBatchesAreStoredWhole() throws Exception {
    List<Entry> entries = new ArrayList<>();
    for (int i = 1; i <= 3000; i++) {
      entries.add(entry(i, 1, "x".repeat(i % 1000)));
    }
    entries.add(new Entry(3001, 1, Entry.Kind.COMMAND, new byte[3 << 20]));
    write(new Persist(++sequence, null, 0, entries));

    restart();

    assertThat(store.load(0, ALL).tail()).isEqualTo(entries);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE log_batches SET last_term = last_term + 1 WHERE first_index = 2",
        "UPDATE log_batches SET first_index = 9 WHERE first_index = 2",
        "UPDATE log_batches SET checksum = checksum + 1 WHERE first_index = 2",
        "DELETE FROM log_batches WHERE first_index = 2",
        "UPDATE hard_state SET vote_node = NULL",
        "UPDATE hard_state SET term = term - 1",
        "DELETE FROM hard_state"
      })
  void damageIsNamedAndLeftAlone(String damage) throws Exception {
    writeThreeRows();
    store.close();
    assertThat(database().tamper(Unit.LOG, raftDir, damage)).isEqualTo(1);
    List<String> before = dump();
    store = open();

    assertThatThrownBy(() -> store.load(0, ALL))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(damage.contains("hard_state") ? "hard_state" : "log_batches");
    assertThatThrownBy(() -> store.reopen(LogBase.NONE))
        .isInstanceOfSatisfying(
            StoreException.class, damaged -> assertThat(damaged.isDamage()).isTrue());
    store.close();
    assertThat(dump()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE store_identity SET incarnation = '00000000-0000-0000-0000-000000000000'",
        "UPDATE store_identity SET format_version = 2",
        "UPDATE store_identity SET format_version = 99",
        "DELETE FROM store_identity"
      })
  void aDamagedIdentityIsNotReplaced(String damage) throws Exception {
    writeThreeRows();
    store.close();
    assertThat(database().tamper(Unit.LOG, raftDir, damage)).isEqualTo(1);
    List<String> before = dump();

    assertThatThrownBy(this::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("store_identity");
    assertThat(dump()).isEqualTo(before);
  }

  @Test
  void aDamagedRecordIsReported() throws Exception {
    writeThreeRows();
    store.close();
    database().tamper(Unit.LOG, raftDir, "UPDATE records SET name = 'kluster'");
    store = open();

    assertThatThrownBy(() -> store.records())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("records")
        .hasMessageContaining("kluster");
  }

  private void writeThreeRows() throws StoreException {
    ServerId vote = new ServerId(UUID.randomUUID(), UUID.randomUUID());
    store.write(
        List.of(state(new HardState(1, vote)), append(entry(1, 1, "a"))),
        Map.of("cluster", new byte[] {1}));
    write(append(entry(2, 1, "b")));
    write(append(entry(3, 1, "c")));
  }

  private List<String> dump() throws Exception {
    List<String> rows = new ArrayList<>();
    try (Connection connection = database().dataSource(Unit.LOG, raftDir).getConnection();
        Statement statement = connection.createStatement()) {
      for (String table :
          List.of("log_batches", "log_base", "hard_state", "records", "store_identity")) {
        try (ResultSet row = statement.executeQuery("SELECT * FROM " + table + " ORDER BY 1")) {
          while (row.next()) {
            StringBuilder text = new StringBuilder(table);
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
              Object value = row.getObject(i);
              text.append(' ')
                  .append(value instanceof byte[] b ? HexFormat.of().formatHex(b) : value);
            }
            rows.add(text.toString());
          }
        }
      }
    }
    return rows;
  }

  // ---- where the log begins

  @Test
  void aLogBeginsBehindItsBase() throws Exception {
    Entry first = new Entry(1, 1, Entry.Kind.CONFIGURATION, new byte[] {1});
    Entry second = new Entry(5, 2, Entry.Kind.CONFIGURATION, new byte[] {2});
    write(append(first, entry(2, 1, "b")));
    write(append(entry(3, 2, "c"), entry(4, 2, "d")));
    write(append(second), append(entry(6, 3, "f")));

    write(begin(base(4, 2)));

    checkBeginsBehindFour(second);
    restart();
    checkBeginsBehindFour(second);
    store.reopen(LogBase.NONE);
    while (store.sweep()) {}
    checkBeginsBehindFour(second);
    write(append(entry(7, 3, "g")));
    assertThat(store.load(6, ALL).tail()).containsExactly(entry(7, 3, "g"));
  }

  private void checkBeginsBehindFour(Entry configuration) throws Exception {
    StoredLog log = store.load(0, ALL);
    assertThat(log.base()).isEqualTo(base(4, 2));
    assertThat(log.lastIndex()).isEqualTo(6);
    assertThat(log.termRuns()).containsExactly(new TermRun(5, 2), new TermRun(6, 3));
    assertThat(log.configurations()).containsExactly(configuration);
    assertThat(log.tail()).containsExactly(configuration, entry(6, 3, "f"));
    assertThat(store.read(1, 1000)).isEmpty();
    assertThat(store.read(4, 1000)).isEmpty();
    assertThat(store.read(5, 1000)).containsExactly(configuration, entry(6, 3, "f"));
  }

  @Test
  void aRowThatReachesOverTheBaseStays() throws Exception {
    write(append(entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c"), entry(4, 1, "d")));

    write(begin(base(2, 1)));

    while (store.sweep()) {}
    assertThat(store.read(2, 1000)).isEmpty();
    assertThat(store.read(3, 1)).containsExactly(entry(3, 1, "c"));
    restart();
    StoredLog log = store.load(0, ALL);
    assertThat(log.termRuns()).containsExactly(new TermRun(3, 1));
    assertThat(log.tail()).containsExactly(entry(3, 1, "c"), entry(4, 1, "d"));
    write(replace(4, entry(4, 2, "D")));
    assertThat(store.read(3, 1000)).containsExactly(entry(3, 1, "c"), entry(4, 2, "D"));
    write(replace(3, entry(3, 3, "C")));
    restart();
    assertThat(store.load(0, ALL).tail()).containsExactly(entry(3, 3, "C"));
    assertThat(firstIndexes()).containsExactly(3);
  }

  @Test
  void anInstalledSnapshotReplacesTheLog() throws Exception {
    write(append(entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c")));
    write(begin(base(2, 1), entry(4, 1, "d")));

    write(new Persist(++sequence, new HardState(7, null), 3, base(20, 6), List.of()));

    assertThat(store.load(0, ALL).lastIndex()).isEqualTo(20);
    assertThat(firstIndexes()).isEmpty();
    restart();
    StoredLog log = store.load(0, ALL);
    assertThat(log.hardState()).isEqualTo(new HardState(7, null));
    assertThat(log.base()).isEqualTo(base(20, 6));
    assertThat(log.lastIndex()).isEqualTo(20);
    assertThat(log.termRuns()).isEmpty();
    assertThat(log.tail()).isEmpty();
    write(append(entry(21, 7, "u")));
    restart();
    assertThat(store.load(0, ALL).tail()).containsExactly(entry(21, 7, "u"));
  }

  @Test
  void aBaseBehindTheEndIsTheEnd() throws Exception {
    write(append(entry(1, 1, "a"), entry(2, 1, "b")));

    write(begin(base(5, 1)));

    assertThatThrownBy(() -> write(append(entry(3, 1, "c"))))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("entry 3 cannot be stored behind entry 5");
    write(append(entry(6, 1, "f")));
    restart();
    assertThat(store.load(0, ALL).tail()).containsExactly(entry(6, 1, "f"));
    while (store.sweep()) {}
    assertThat(firstIndexes()).containsExactly(6);
  }

  @Test
  void ofSeveralBasesInOneWriteTheLastOneCountsAndWhatIsBeforeItIsNotStored() throws Exception {
    write(append(entry(1, 1, "a"), entry(2, 1, "b")));

    write(
        append(entry(3, 1, "c"), entry(4, 1, "d")),
        begin(base(2, 1), entry(5, 2, "e")),
        begin(base(4, 1), entry(6, 2, "f")));

    restart();
    StoredLog log = store.load(0, ALL);
    assertThat(log.base()).isEqualTo(base(4, 1));
    assertThat(log.tail()).containsExactly(entry(5, 2, "e"), entry(6, 2, "f"));
    while (store.sweep()) {}
    assertThat(firstIndexes()).containsExactly(5);
  }

  @Test
  void whatIsForgottenDoesNotComeBack() throws Exception {
    write(append(entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c")));
    write(begin(base(2, 1)));

    assertThatThrownBy(() -> write(begin(base(1, 1))))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("cannot begin behind entry 1: it begins behind entry 2");
    assertThatThrownBy(() -> write(begin(base(3, 1)), begin(base(2, 1))))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("cannot begin behind entry 2: it begins behind entry 3");
    assertThatThrownBy(() -> write(replace(2, entry(2, 2, "B"))))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("cannot be truncated from entry 2 on: it begins behind entry 2");

    write(begin(base(2, 1)));
    assertThat(store.load(0, ALL).tail()).containsExactly(entry(3, 1, "c"));
  }

  @Test
  void onlyAStoreWithABaseIsOfTheFormatThatAnOlderVersionRefuses() throws Exception {
    write(append(entry(1, 1, "a"), entry(2, 1, "b")));
    write(begin(LogBase.NONE));
    assertThat(format()).isEqualTo(IdentityRow.WHOLE_LOG);
    UUID incarnation = store.incarnation();

    write(begin(base(1, 1)));

    assertThat(format()).isEqualTo(IdentityRow.FORMAT);
    restart();
    assertThat(store.incarnation()).isEqualTo(incarnation);
    write(begin(base(2, 1)));
    store.reopen(LogBase.NONE);
    assertThat(format()).isEqualTo(IdentityRow.FORMAT);
  }

  private long format() throws Exception {
    return numbers("SELECT format_version FROM store_identity").get(0);
  }

  @Test
  void aNewerFormatIsRefused() throws Exception {
    long newer = IdentityRow.FORMAT + 1;
    long checksum = new IdentityRow(store.incarnation(), newer).storedChecksum();
    store.close();
    database()
        .tamper(
            Unit.LOG,
            raftDir,
            "UPDATE store_identity SET format_version = " + newer + ", checksum = " + checksum);

    assertThatThrownBy(this::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("COM1016: written by a newer version");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE log_batches SET checksum = checksum + 1 WHERE first_index = 1",
        "UPDATE log_batches SET last_index = 9 WHERE first_index = 1",
        "UPDATE log_batches SET first_index = -7 WHERE first_index = 2",
        "DELETE FROM log_batches WHERE first_index = 2",
        "DELETE FROM log_batches WHERE first_index <= 2"
      })
  void damageToWhatIsForgottenDoesNotMatter(String damage) throws Exception {
    writeThreeRows();
    write(begin(base(2, 1)));
    store.close();
    assertThat(database().tamper(Unit.LOG, raftDir, damage)).isPositive();
    store = open();

    assertThat(store.load(0, ALL).tail()).containsExactly(entry(3, 1, "c"));
    assertThat(store.read(3, 1000)).containsExactly(entry(3, 1, "c"));
    store.reopen(LogBase.NONE);
    while (store.sweep()) {}
    assertThat(store.load(0, ALL).tail()).containsExactly(entry(3, 1, "c"));
  }

  /** Row 2 may reach over the base, row 3 does; which one it is only their columns tell. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE log_batches SET checksum = checksum + 1 WHERE first_index = 3",
        "UPDATE log_batches SET last_index = 2 WHERE first_index = 3",
        "UPDATE log_batches SET first_index = 5 WHERE first_index = 3",
        "UPDATE log_base SET base_index = 1",
        "UPDATE log_base SET base_term = 0",
        "UPDATE log_base SET configuration_index = 0",
        "UPDATE log_base SET configuration = entries FROM log_batches WHERE first_index = 1",
        "DELETE FROM log_base"
      })
  void damageToWhereTheLogBeginsIsNamedAndLeftAlone(String damage) throws Exception {
    writeThreeRows();
    write(begin(base(2, 1)));
    store.close();
    assertThat(database().tamper(Unit.LOG, raftDir, damage)).isEqualTo(1);
    List<String> before = dump();

    assertThatThrownBy(
            () -> {
              store = open();
              store.load(0, ALL);
            })
        .isInstanceOfSatisfying(
            StoreException.class, damaged -> assertThat(damaged.isDamage()).isTrue())
        .hasMessageContaining(damage.contains("log_base") ? "log_base" : "log_batches");
    store.close();
    assertThat(dump()).isEqualTo(before);
  }

  @Test
  void aLastRowThatMayHaveReachedOverTheBaseIsVerified() throws Exception {
    writeThreeRows();
    write(append(entry(4, 1, "d"), entry(5, 1, "e")));
    write(begin(base(4, 1)));
    store.close();
    database()
        .tamper(Unit.LOG, raftDir, "UPDATE log_batches SET last_index = 4 WHERE first_index = 4");
    store = open();

    assertThatThrownBy(() -> store.load(0, ALL))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("row first_index=4 is damaged");
  }

  @Test
  void aBaseWithoutAnIdentityIsNotTakenForANewStore() throws Exception {
    write(begin(base(2, 1)));
    store.close();
    database().tamper(Unit.LOG, raftDir, "DELETE FROM store_identity");
    database().tamper(Unit.LOG, raftDir, "DELETE FROM hard_state");

    assertThatThrownBy(this::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("store_identity");
  }

  @Test
  void sweepingGoesOnAfterAnInterruptionAndDeletesOnlyWhatIsForgotten() throws Exception {
    String large = "x".repeat(JpaLogStore.SWEEP_BYTES * 2 / 3);
    for (long i = 1; i <= 7; i++) {
      write(append(entry(2 * i - 1, 1, large), entry(2 * i, 1, "y")));
    }
    assertThat(store.sweep()).isFalse();

    write(begin(base(11, 1)));

    assertThat(firstIndexes()).containsExactly(1, 3, 5, 7, 9, 11, 13);
    assertThat(store.sweep()).isTrue();
    assertThat(firstIndexes()).containsExactly(5, 7, 9, 11, 13);
    restart();
    assertThat(store.sweep()).isTrue();
    assertThat(firstIndexes()).containsExactly(9, 11, 13);
    store.reopen(LogBase.NONE);
    assertThat(store.sweep()).isFalse();
    assertThat(store.sweep()).isFalse();
    assertThat(firstIndexes()).containsExactly(11, 13);
    assertThat(store.load(0, 0).lastIndex()).isEqualTo(14);
    assertThat(store.read(12, 1)).containsExactly(entry(12, 1, "y"));
  }

  @Test
  void aSliceHasABoundOfRows() throws Exception {
    for (long i = 1; i <= JpaLogStore.SWEEP_ROWS + 2; i++) {
      write(append(entry(i, 1, "a")));
    }
    write(begin(base(JpaLogStore.SWEEP_ROWS + 1, 1)));

    assertThat(store.sweep()).isTrue();
    assertThat(firstIndexes())
        .containsExactly(JpaLogStore.SWEEP_ROWS + 1, JpaLogStore.SWEEP_ROWS + 2);
    assertThat(store.sweep()).isFalse();
    assertThat(firstIndexes()).containsExactly(JpaLogStore.SWEEP_ROWS + 2);
  }

  private List<Integer> firstIndexes() throws Exception {
    return numbers("SELECT first_index FROM log_batches ORDER BY 1").stream()
        .map(Long::intValue)
        .toList();
  }

  /** Asked beside the open store. */
  private List<Long> numbers(String query) throws Exception {
    List<Long> numbers = new ArrayList<>();
    try (Connection connection = database().reader(Unit.LOG, raftDir);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      while (row.next()) {
        numbers.add(row.getLong(1));
      }
    }
    return numbers;
  }

  @Test
  void aKillLosesNothingBehindTheBaseOfALogThatIsCutAndSwept() throws Exception {
    store.close();
    String url = database().url(Unit.LOG, raftDir);
    long last = 0;
    for (int round = 1; round <= 3; round++) {
      try (ChildStore child = ChildStore.cutting(url, raftDir)) {
        child.awaitReady();
        for (int i = 0; i < 100 * round; i++) {
          last = child.nextWritten();
        }
        last = child.kill(last);
      }

      store = open();
      StoredLog log = store.load(0, ALL);
      long base = log.base().index();
      assertThat(base).isPositive();
      assertThat(log.base().term()).isEqualTo(ChildStore.entry(base).term());
      assertThat(log.lastIndex()).isGreaterThanOrEqualTo(last);
      assertThat(log.tail()).hasSize((int) (log.lastIndex() - base));
      assertThat(log.tail().size()).isLessThan(ChildStore.KEPT + 8 * 8);
      for (Entry entry : log.tail()) {
        assertThat(entry).isEqualTo(ChildStore.entry(entry.index()));
      }
      assertThat(store.read(base + 1, 1)).containsExactly(ChildStore.entry(base + 1));
      store.close();
    }
  }

  @Test
  void everyWriteThatReturnedSurvivesAKill() throws Exception {
    store.close();
    String url = database().url(Unit.LOG, raftDir);
    long last = 0;
    for (int round = 1; round <= 3; round++) {
      try (ChildStore child = ChildStore.start(List.of(), url, raftDir, Long.MAX_VALUE)) {
        child.awaitReady();
        assertThatThrownBy(this::open)
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("process " + child.pid());
        for (int i = 0; i < 100 * round; i++) {
          last = child.nextWritten();
        }
        last = child.kill(last);
      }

      store = open();
      StoredLog log = store.load(0, ALL);
      assertThat(log.lastIndex()).isGreaterThanOrEqualTo(last);
      assertThat(log.hardState().term()).isGreaterThanOrEqualTo(1 + last / 100);
      for (Entry entry : log.tail()) {
        assertThat(entry).isEqualTo(ChildStore.entry(entry.index()));
      }
      store.close();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void randomOperationsMatchANaiveModel(long seed) throws Exception {
    Random random = new Random(seed);
    NaiveLog model = new NaiveLog();
    for (int step = 0; step < 100; step++) {
      List<Persist> persists = new ArrayList<>();
      Map<String, byte[]> records = new HashMap<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        persists.add(model.randomPersist(++sequence, random));
      }
      if (random.nextInt(5) == 0) {
        records.put("r" + random.nextInt(3), new byte[random.nextInt(3)]);
      }
      store.write(persists, records);
      model.apply(persists, records);
      if (random.nextInt(3) == 0) {
        store.sweep();
      }
      if (random.nextInt(20) == 0) {
        restart();
      } else if (random.nextInt(20) == 0) {
        store.reopen(LogBase.NONE);
      }
      model.check(store, random);
    }
  }

  @Test
  void reopeningKeepsEverything() throws Exception {
    write(append(entry(1, 1, "a")));

    store.reopen(LogBase.NONE);

    write(append(entry(2, 1, "b")));
    assertThat(store.load(0, ALL).lastIndex()).isEqualTo(2);
    assertThat(store.durability().synced()).as(store.durability().summary()).isTrue();
    List<Entry> read = new ArrayList<>(store.read(2, 1));
    assertThat(read).containsExactly(entry(2, 1, "b"));
  }
}
