package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.Proposal;

/**
 * The writes that this leader has proposed and not yet applied, by the index of their entries. The
 * core's turn puts them in before their entries can be committed, the apply thread takes them out.
 */
final class PendingWrites {
  private final ConcurrentHashMap<Long, PendingWrite> byIndex = new ConcurrentHashMap<>();
  private final Executor executor;

  /**
   * @param executor tells the outcomes: whoever hears them may send an answer
   */
  PendingWrites(Executor executor) {
    this.executor = executor;
  }

  /** In the core's turn: these were proposed together, with this result. Empties the list. */
  void proposed(List<PendingWrite> writes, Proposal proposal) {
    if (proposal instanceof Proposal.Accepted accepted) {
      for (int i = 0; i < writes.size(); i++) {
        PendingWrite write = writes.get(i);
        write.term = accepted.term();
        write.index = accepted.firstIndex() + i;
        keep(write);
      }
    } else if (proposal instanceof Proposal.Refused refused) {
      tell(writes, new WriteOutcome.NotApplied(Failure.OVERLOADED, refused.reason()));
    } else {
      tell(writes, new WriteOutcome.NotApplied(Failure.NO_LEADER, Texts.NO_LEADER));
    }
    writes.clear();
  }

  private void tell(List<PendingWrite> writes, WriteOutcome outcome) {
    if (!writes.isEmpty()) {
      List<PendingWrite> told = List.copyOf(writes);
      executor.execute(() -> told.forEach(write -> write.outcome.complete(outcome)));
    }
  }

  /**
   * An older write at this index lost its place here, but may still be committed from another
   * server's log.
   */
  private void keep(PendingWrite write) {
    PendingWrite older = byIndex.put(write.index, write);
    if (older != null) {
      tell(
          List.of(older),
          new WriteOutcome.Unknown(Texts.unknown("leadership was lost while committing it")));
    }
  }

  /** How many there are. */
  int size() {
    return byIndex.size();
  }

  /** Apply thread: the entry at this index is applied; null when nobody here waits for it. */
  PendingWrite applied(long index) {
    return byIndex.remove(index);
  }

  /**
   * Nobody here will learn what becomes of them. In the core's turn, or when its thread has ended.
   *
   * @param why in words
   */
  void abandon(String why) {
    forget(List.copyOf(byIndex.values()), why);
  }

  /** In the core's turn: nobody waits longer than the deadline. */
  void expire(long now) {
    List<PendingWrite> late = new ArrayList<>();
    for (PendingWrite write : byIndex.values()) {
      if (now - write.deadlineNanos >= 0) {
        late.add(write);
      }
    }
    forget(late, "it was not committed in time");
  }

  private void forget(List<PendingWrite> writes, String why) {
    List<PendingWrite> forgotten = new ArrayList<>();
    for (PendingWrite write : writes) {
      if (byIndex.remove(write.index, write)) {
        forgotten.add(write);
      }
    }
    tell(forgotten, new WriteOutcome.Unknown(Texts.unknown(why)));
  }
}
