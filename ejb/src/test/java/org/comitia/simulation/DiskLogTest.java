package org.comitia.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;
import org.comitia.raft.StoredLog;
import org.comitia.raft.TermRun;
import org.junit.jupiter.api.Test;

/** The simulated disk forgets the head of its log as the real stores do. */
class DiskLogTest {
  private final DiskLog log = new DiskLog();

  private static Entry entry(long index, long term) {
    return new Entry(index, term, Entry.Kind.COMMAND, new byte[0]);
  }

  private static LogBase base(long index, long term) {
    return new LogBase(index, term, Configuration.EMPTY, 0);
  }

  private static Persist persist(long truncateFrom, LogBase base, Entry... entries) {
    return new Persist(1, null, truncateFrom, base, List.of(entries));
  }

  @Test
  void entriesAreFoundByTheirIndexWhereverTheLogBegins() {
    log.apply(persist(0, null, entry(1, 1), entry(2, 1), entry(3, 2), entry(4, 2)));

    log.apply(persist(0, base(2, 1), entry(5, 3)));

    assertThat(log.lastIndex()).isEqualTo(5);
    assertThat(log.get(3)).isEqualTo(entry(3, 2));
    assertThat(log.from(4)).containsExactly(entry(4, 2), entry(5, 3));
    assertThat(log.from(1)).hasSize(3);
    assertThat(log.from(6)).isEmpty();
    assertThat(List.of(log.termAt(1), log.termAt(2), log.termAt(3), log.termAt(6)))
        .containsExactly(-1L, 1L, 2L, -1L);
    assertThatThrownBy(() -> log.get(2)).isInstanceOf(Violation.class);
  }

  @Test
  void truncationComesBeforeTheBaseAndTheBaseBeforeTheEntries() {
    log.apply(persist(0, null, entry(1, 1), entry(2, 1), entry(3, 1)));

    log.apply(persist(1, base(10, 4), entry(11, 5)));

    assertThat(log.base()).isEqualTo(base(10, 4));
    assertThat(log.entries()).containsExactly(entry(11, 5));
  }

  @Test
  void whatIsForgottenDoesNotComeBack() {
    log.apply(persist(0, base(3, 1), entry(4, 1)));

    assertThatThrownBy(() -> log.apply(persist(0, base(2, 1)))).isInstanceOf(Violation.class);
    assertThatThrownBy(() -> log.apply(persist(3, null))).isInstanceOf(Violation.class);
    assertThatThrownBy(() -> log.apply(persist(0, null, entry(4, 1))))
        .isInstanceOf(Violation.class);
  }

  @Test
  void logsAreComparedWhereBothHaveEntries() {
    DiskLog other = new DiskLog();
    log.apply(persist(0, null, entry(1, 1), entry(2, 1), entry(3, 2)));
    other.apply(persist(0, base(2, 1), entry(3, 2), entry(4, 2)));

    assertThat(log.agrees(other, 3)).isTrue();
    assertThat(other.agrees(log, 3)).isTrue();
    assertThat(log.agrees(other, 4)).isFalse();
    assertThat(other.agrees(1, 9)).as("forgotten").isTrue();
    assertThat(other.agrees(2, 9)).isFalse();
    other.apply(persist(3, null, entry(3, 3)));
    assertThat(log.agrees(other, 3)).isFalse();
  }

  @Test
  void aServerStartsFromWhatIsSyncedBehindTheBase() {
    SimulatedDisk disk = new SimulatedDisk(new UUID(1, 2));
    Persist first = persist(0, null, entry(1, 1), entry(2, 1), entry(3, 1));
    Persist cut = persist(0, base(2, 1));
    disk.ask(List.of(first, cut));
    disk.begin(new SimulatedDisk.Write(List.of(first), Map.of()));
    disk.begin(new SimulatedDisk.Write(List.of(cut), Map.of()));
    disk.sync(null);
    disk.sync(null);

    StoredLog stored = disk.stored();
    assertThat(stored.base()).isEqualTo(base(2, 1));
    assertThat(stored.lastIndex()).isEqualTo(3);
    assertThat(stored.termRuns()).containsExactly(new TermRun(3, 1));
    assertThat(stored.tail()).containsExactly(entry(3, 1));
  }
}
