package org.comitia.consensus;

import java.util.List;
import java.util.Optional;
import org.comitia.cluster.CatalogStore;
import org.comitia.raft.HardState;
import org.comitia.raft.Persist;
import org.comitia.raft.StoredLog;

/** What a start makes good when a crash came between a snapshot's tables and its log. */
public final class InstalledTables {
  private InstalledTables() {}

  /**
   * What is still to be written so that the log begins behind the tables that a snapshot brought;
   * empty when it leads there or nothing was installed.
   */
  public static Optional<Persist> unfinished(CatalogStore.Point point, StoredLog log) {
    boolean there =
        point.appliedIndex() < log.base().index()
            || log.termAt(point.appliedIndex()) == point.appliedTerm();
    return !point.fromSnapshot() || there
        ? Optional.empty()
        : Optional.of(
            new Persist(0, raised(point, log), log.base().index() + 1, point.logBase(), List.of()));
  }

  /** No log has an entry of a later term than its server's. Null when it is as late. */
  private static HardState raised(CatalogStore.Point point, StoredLog log) {
    return point.appliedTerm() > log.hardState().term()
        ? new HardState(point.appliedTerm(), null)
        : null;
  }
}
