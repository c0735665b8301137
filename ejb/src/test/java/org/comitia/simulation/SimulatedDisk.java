package org.comitia.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.Persist;
import org.comitia.raft.StoredLog;
import org.comitia.raft.TermRun;
import org.comitia.raft.bootstrap.BrokenRecords;
import org.comitia.raft.participant.Participant;

/**
 * A server's log store: what is synced, and the transactions under way, which a crash loses but for
 * a random prefix of them.
 */
final class SimulatedDisk {
  /** One transaction of the log thread. */
  record Write(List<Persist> persists, Map<String, byte[]> records) {}

  UUID incarnation;

  /** Synced. */
  HardState hardState = HardState.INITIAL;

  final DiskLog log = new DiskLog();
  final Map<String, byte[]> records = new HashMap<>();

  /** Written, in order, not synced. */
  final ArrayDeque<Write> pending = new ArrayDeque<>();

  /** As the core has asked for it: synced, pending, and what waits for the log thread. */
  final DiskLog written = new DiskLog();

  final SimulatedCatalog tables = new SimulatedCatalog();

  SimulatedDisk(UUID incarnation) {
    this.incarnation = incarnation;
  }

  /** The core asks for this to be written. */
  void ask(List<Persist> persists) {
    persists.forEach(written::apply);
  }

  /** Written and synced at once, while the server does not run. */
  void write(Persist persist) {
    if (persist.hardState() != null) {
      hardState = persist.hardState();
    }
    log.apply(persist);
    written.apply(persist);
  }

  /** The log thread has begun this transaction. */
  void begin(Write write) {
    pending.add(write);
  }

  /** Makes the oldest pending transaction durable. */
  Write sync(Breakage broken) {
    Write write = pending.remove();
    for (Persist p : write.persists) {
      if (p.hardState() != null) {
        hardState =
            broken == Breakage.VOTE_NOT_PERSISTED
                ? new HardState(p.hardState().term(), null)
                : p.hardState();
      }
      log.apply(p);
    }
    write.records.forEach((name, bytes) -> set(name, bytes, broken));
    return write;
  }

  void set(String name, byte[] bytes, Breakage broken) {
    if (bytes.length == 0) {
      records.remove(name);
    } else if (!name.equals(Participant.BOOTSTRAP_RECORD)) {
      records.put(name, bytes);
    } else if (broken == Breakage.RENOUNCED_PROMISE_REUSED) {
      records.put(name, BrokenRecords.withoutRenounced(bytes));
    } else {
      records.put(
          name, broken == Breakage.DOUBLE_BOOTSTRAP ? BrokenRecords.withoutPromise(bytes) : bytes);
    }
  }

  /** A crash or a failed write: what was not synced is gone. */
  void lose() {
    pending.clear();
    written.copy(log);
  }

  /** What was synced behind this index is gone: an old copy of the file. */
  void forget(long lastKept) {
    lose();
    log.cut(lastKept);
    written.cut(lastKept);
  }

  StoredLog stored() {
    List<TermRun> runs = new ArrayList<>();
    List<Entry> configurations = new ArrayList<>();
    long term = -1;
    for (Entry entry : log.entries()) {
      if (entry.term() != term) {
        term = entry.term();
        runs.add(new TermRun(entry.index(), term));
      }
      if (entry.kind() == Entry.Kind.CONFIGURATION) {
        configurations.add(entry);
      }
    }
    // The reader keeps only the newest in memory: older ones are read back.
    return new StoredLog(
        hardState,
        log.base(),
        log.lastIndex(),
        runs,
        configurations,
        tables.point().appliedIndex(),
        List.copyOf(log.from(log.lastIndex() - 19)));
  }
}
