package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.comitia.raft.Proposal;

/**
 * The writes that this leader has proposed and not yet applied, by the index of their entries. The
 * core thread puts them in before their entries can be committed, the apply thread takes them out.
 */
final class PendingWrites {
  private final ConcurrentHashMap<Long, PendingWrite> byIndex = new ConcurrentHashMap<>();

  /** Core thread: these were proposed together, with this result. Empties the list. */
  void proposed(List<PendingWrite> writes, Proposal proposal) {
    for (int i = 0; i < writes.size(); i++) {
      PendingWrite write = writes.get(i);
      if (proposal instanceof Proposal.Accepted accepted) {
        write.term = accepted.term();
        write.index = accepted.firstIndex() + i;
        keep(write);
      } else if (proposal instanceof Proposal.Refused refused) {
        write.outcome.complete(new WriteOutcome.NotApplied(Failure.OVERLOADED, refused.reason()));
      } else {
        write.outcome.complete(new WriteOutcome.NotApplied(Failure.NO_LEADER, Texts.NO_LEADER));
      }
    }
    writes.clear();
  }

  /**
   * An older write at this index lost its place here, but may still be committed from another
   * server's log.
   */
  private void keep(PendingWrite write) {
    PendingWrite older = byIndex.put(write.index, write);
    if (older != null) {
      older.outcome.complete(
          new WriteOutcome.Unknown(Texts.unknown("leadership was lost while committing it")));
    }
  }

  /** Apply thread: the entry at this index is applied; null when nobody here waits for it. */
  PendingWrite applied(long index) {
    return byIndex.remove(index);
  }

  /**
   * Nobody here will learn what becomes of them. On the core thread, or when it has ended.
   *
   * @param why in words
   */
  void abandon(String why) {
    for (PendingWrite write : byIndex.values()) {
      if (byIndex.remove(write.index, write)) {
        write.outcome.complete(new WriteOutcome.Unknown(Texts.unknown(why)));
      }
    }
  }

  /** Core thread: nobody waits longer than the deadline. */
  void expire(long now) {
    List<PendingWrite> late = new ArrayList<>();
    for (PendingWrite write : byIndex.values()) {
      if (now - write.deadlineNanos >= 0) {
        late.add(write);
      }
    }
    for (PendingWrite write : late) {
      if (byIndex.remove(write.index, write)) {
        write.outcome.complete(
            new WriteOutcome.Unknown(Texts.unknown("it was not committed in time")));
      }
    }
  }
}
