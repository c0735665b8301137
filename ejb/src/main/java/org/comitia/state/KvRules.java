package org.comitia.state;

import java.util.Arrays;
import java.util.Map;

/** How commands change keys. */
final class KvRules {
  private KvRules() {}

  /** An entry that does not change keeps its ModifyIndex, and nothing wakes. */
  static boolean put(Draft draft, Command.KvPut put) {
    KvEntry existing = draft.kv(put.key());
    if (put.casIndex() != null) {
      long found = existing == null ? 0 : existing.modifyIndex();
      if (put.casIndex() != found) {
        return false;
      }
    }
    if (existing == null) {
      draft.putKv(
          new KvEntry(put.key(), put.value(), put.flags(), 0, null, draft.index, draft.index));
    } else if (existing.flags() != put.flags() || !Arrays.equals(existing.value(), put.value())) {
      draft.putKv(
          new KvEntry(
              put.key(),
              put.value(),
              put.flags(),
              existing.lockIndex(),
              existing.session(),
              existing.createIndex(),
              draft.index));
    }
    return true;
  }

  /** An absent key is deleted already, with cas too. */
  static boolean delete(Draft draft, Command.KvDelete delete) {
    KvEntry existing = draft.kv(delete.key());
    if (existing == null) {
      return true;
    }
    if (delete.casIndex() != null && delete.casIndex() != existing.modifyIndex()) {
      return false;
    }
    draft.removeKv(delete.key());
    draft.putTombstone(delete.key());
    return true;
  }

  /**
   * One tombstone, at the prefix, stands for all the deleted keys, and for the tombstones below it.
   * These must go: a read of a longer prefix does not see the new one, and would go back to the
   * index of an older one; with none below it, it answers the index of the whole table.
   */
  static boolean deleteTree(Draft draft, Command.KvDeleteTree delete) {
    Map<String, KvEntry> doomed = draft.kvUnder(delete.prefix());
    if (doomed.isEmpty()) {
      return true;
    }
    doomed.keySet().forEach(draft::removeKv);
    draft.tombstonesUnder(delete.prefix()).keySet().forEach(draft::removeTombstone);
    if (!delete.prefix().isEmpty()) {
      draft.putTombstone(delete.prefix());
    }
    return true;
  }

  /** Costs a look at every tombstone. */
  static boolean reap(Draft draft, Command.ReapTombstones reap) {
    long highest = 0;
    for (Map.Entry<String, Long> tombstone : draft.tombstones().entrySet()) {
      if (tombstone.getValue() <= reap.upToIndex()) {
        highest = Math.max(highest, tombstone.getValue());
        draft.removeTombstone(tombstone.getKey());
      }
    }
    if (highest > 0) {
      draft.setIndex(Indexes.TOMBSTONES, draft.index);
      draft.setIndex(Indexes.REAPED, Math.max(highest, draft.indexOf(Indexes.REAPED)));
    }
    return true;
  }
}
