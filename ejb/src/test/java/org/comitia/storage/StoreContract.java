package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.comitia.consensus.port.LogStore;
import org.comitia.consensus.port.StoreException;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.Persist;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.TermRun;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  Persist state(HardState state) {
    return new Persist(++sequence, state, 0, List.of());
  }

  void write(Persist... persists) throws StoreException {
    store.write(List.of(persists), Map.of());
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
  void reopeningKeepsEverything() throws Exception {
    write(append(entry(1, 1, "a")));

    store.reopen();

    write(append(entry(2, 1, "b")));
    assertThat(store.load(0, ALL).lastIndex()).isEqualTo(2);
    assertThat(store.durability().synced()).as(store.durability().summary()).isTrue();
    List<Entry> read = new ArrayList<>(store.read(2, 1));
    assertThat(read).containsExactly(entry(2, 1, "b"));
  }
}
