package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.comitia.cluster.CatalogStore;
import org.comitia.raft.Configuration;
import org.comitia.raft.HardState;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.TermRun;
import org.junit.jupiter.api.Test;

/** What a start makes good between a snapshot's tables and the log. */
class InstalledTablesTest {
  private static final Configuration ALONE =
      new Configuration(
          List.of(new Server(new ServerId(new UUID(1, 1), new UUID(2, 2)), "n1", "h:8300", true)));

  private static CatalogStore.Point saved(long index, long term) {
    return new CatalogStore.Point(index, term, new UUID(5, 5), ALONE, 3);
  }

  /** Begins behind an entry of term 2; of term 2 up to 14, of term 4 from 15 to the end. */
  private static StoredLog log(long base, long last) {
    return new StoredLog(
        new HardState(4, null),
        new LogBase(base, 2, ALONE, 1),
        last,
        List.of(new TermRun(base + 1, 2), new TermRun(15, 4)),
        List.of(),
        base,
        List.of());
  }

  private static void isFinished(CatalogStore.Point point, StoredLog log) {
    assertThat(InstalledTables.unfinished(point, log)).isEmpty();
  }

  private static void beginsBehind(CatalogStore.Point point, StoredLog log) {
    boolean later = point.appliedTerm() > log.hardState().term(); // than its log has ever seen
    HardState raised = later ? new HardState(point.appliedTerm(), null) : null;
    assertThat(InstalledTables.unfinished(point, log))
        .contains(new Persist(0, raised, log.base().index() + 1, point.logBase(), List.of()));
  }

  @Test
  void tablesOfTheOwnLogAreLeftAlone() {
    isFinished(saved(30, 4), log(10, 20)); // which is another error's business
    isFinished(saved(12, 3), log(10, 20));
  }

  @Test
  void aLogThatEndsBeforeTheTablesBeginsBehindThem() {
    beginsBehind(saved(21, 4).installed(), log(10, 20));
    beginsBehind(saved(300, 9).installed(), log(10, 20));
  }

  @Test
  void anEmptyLogBeginsBehindThem() {
    beginsBehind(saved(7, 1).installed(), StoredLog.EMPTY);
  }

  @Test
  void aLogThatLeadsThereIsKept() {
    isFinished(saved(14, 2).installed(), log(10, 20));
    isFinished(saved(15, 4).installed(), log(10, 20));
    isFinished(saved(20, 4).installed(), log(10, 20));
  }

  @Test
  void ofALogWithAnotherEntryThereNothingIsKept() {
    beginsBehind(saved(14, 3).installed(), log(10, 20));
    beginsBehind(saved(20, 5).installed(), log(10, 20));
  }

  @Test
  void aLogThatBeginsThereOrBehindItIsDone() {
    isFinished(saved(10, 2).installed(), log(10, 20));
    isFinished(saved(5, 1).installed(), log(10, 20)); // cut since
  }

  @Test
  void aStoredLogTellsTheTermsOfItsEntries() {
    StoredLog log = log(10, 20);
    assertThat(log.termAt(9)).isEqualTo(-1);
    assertThat(log.termAt(10)).isEqualTo(2);
    assertThat(log.termAt(14)).isEqualTo(2);
    assertThat(log.termAt(15)).isEqualTo(4);
    assertThat(log.termAt(20)).isEqualTo(4);
    assertThat(log.termAt(21)).isEqualTo(-1);
    assertThat(StoredLog.EMPTY.termAt(0)).isZero();
    assertThat(StoredLog.EMPTY.termAt(1)).isEqualTo(-1);
  }
}
