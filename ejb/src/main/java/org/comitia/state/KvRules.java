package org.comitia.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.pcollections.TreePMap;

/** How commands change keys and who holds them. */
final class KvRules {
  private KvRules() {}

  /** A holder stays, and with it the LockIndex. */
  static boolean put(Draft draft, Command.KvPut put) {
    KvEntry existing = draft.kv(put.key());
    if (put.casIndex() != null) {
      long found = existing == null ? 0 : existing.modifyIndex();
      if (put.casIndex() != found) {
        return false;
      }
    }
    set(
        draft,
        put.key(),
        put.value(),
        put.flags(),
        existing == null ? 0 : existing.lockIndex(),
        existing == null ? null : existing.session());
    return true;
  }

  /** An entry that does not change keeps its ModifyIndex, and nothing wakes. */
  private static void set(
      Draft draft, String key, byte[] value, long flags, long lockIndex, String session) {
    KvEntry existing = draft.kv(key);
    boolean same =
        existing != null
            && existing.flags() == flags
            && existing.lockIndex() == lockIndex
            && Objects.equals(existing.session(), session)
            && Arrays.equals(existing.value(), value);
    if (!same) {
      long created = existing == null ? draft.index : existing.createIndex();
      draft.putKv(new KvEntry(key, value, flags, lockIndex, session, created, draft.index));
    }
  }

  /**
   * The LockIndex counts the holds: it moves when a session becomes the holder, not when the holder
   * acquires again.
   *
   * @throws Refused when there is no such session
   */
  static boolean acquire(Draft draft, Command.KvAcquire acquire) {
    if (isDelayed(draft, acquire.key())) {
      return false;
    }
    if (acquire.session().isEmpty()) {
      throw new Refused("missing session");
    }
    Session session = draft.session(acquire.session());
    if (session == null) {
      throw new Refused("invalid session " + Names.quote(acquire.session()));
    }
    KvEntry existing = draft.kv(acquire.key());
    boolean held = existing != null && existing.session() != null;
    if (held && !Names.same(existing.session(), session.id())) {
      return false;
    }
    long holds = existing == null ? 0 : existing.lockIndex();
    set(
        draft,
        acquire.key(),
        acquire.value(),
        acquire.flags(),
        held ? holds : holds + 1,
        session.id());
    return true;
  }

  /** Whether a key's lock-delay runs. */
  static boolean isDelayed(Draft draft, String key) {
    return draft.lockDelay(key) != null;
  }

  /** The LockIndex stays: the next hold has the next one. */
  static boolean release(Draft draft, Command.KvRelease release) {
    if (release.session().isEmpty()) {
      throw new Refused("missing session");
    }
    KvEntry existing = draft.kv(release.key());
    if (existing == null
        || existing.session() == null
        || !Names.same(existing.session(), release.session())) {
      return false;
    }
    set(draft, release.key(), release.value(), release.flags(), existing.lockIndex(), null);
    return true;
  }

  /** What becomes of a key whose holder is invalid: see {@link Session.Behavior}. */
  static void invalidate(Draft draft, String key, Session holder) {
    KvEntry entry = draft.kv(key);
    switch (holder.behavior()) {
      case RELEASE -> set(draft, key, entry.value(), entry.flags(), entry.lockIndex(), null);
      case DELETE -> remove(draft, entry);
    }
    long delay = Math.min(holder.lockDelayNanos(), Session.MAX_LOCK_DELAY_NANOS);
    if (delay > 0) {
      draft.putLockDelay(key, new LockDelay(delay, draft.index));
    }
  }

  static boolean endLockDelays(Draft draft, Command.EndLockDelays end) {
    end.since()
        .forEach(
            (key, since) -> {
              LockDelay delay = draft.lockDelay(key);
              if (delay != null && delay.since() <= since) {
                draft.removeLockDelay(key);
              }
            });
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
    remove(draft, existing);
    return true;
  }

  private static void remove(Draft draft, KvEntry entry) {
    draft.removeKv(entry);
    draft.putTombstone(entry.key());
  }

  /**
   * One tombstone, at the prefix, stands for all the deleted keys, and for the tombstones below it.
   * These must go: a read of a longer prefix does not see the new one, and would go back to the
   * index of an older one; with none below it, it answers the index of the whole table.
   */
  static boolean deleteTree(Draft draft, Command.KvDeleteTree delete) {
    if (draft.kvUnder(delete.prefix()).isEmpty()) {
      return true;
    }
    draft.removeKvUnder(delete.prefix());
    TreePMap<String, Long> below = draft.tombstonesUnder(delete.prefix());
    draft.keepTombstones(Ranges.without(draft.tombstones(), delete.prefix()), below.keySet());
    if (!delete.prefix().isEmpty()) {
      draft.putTombstone(delete.prefix());
    }
    return true;
  }

  /** Costs a look at every tombstone, and a step for each that goes, or for each that stays. */
  static boolean reap(Draft draft, Command.ReapTombstones reap) {
    long highest = 0;
    List<String> reaped = new ArrayList<>();
    for (Map.Entry<String, Long> tombstone : draft.tombstones().entrySet()) {
      if (tombstone.getValue() <= reap.upToIndex()) {
        highest = Math.max(highest, tombstone.getValue());
        reaped.add(tombstone.getKey());
      }
    }
    if (highest > 0) {
      draft.keepTombstones(kept(draft.tombstones(), reaped, reap.upToIndex()), reaped);
      draft.setIndex(Indexes.TOMBSTONES, draft.index);
      draft.setIndex(Indexes.REAPED, Math.max(highest, draft.indexOf(Indexes.REAPED)));
    }
    return true;
  }

  private static TreePMap<String, Long> kept(
      TreePMap<String, Long> tombstones, List<String> reaped, long upToIndex) {
    if (reaped.size() <= tombstones.size() / 2) {
      TreePMap<String, Long> kept = tombstones;
      for (String key : reaped) {
        kept = kept.minus(key);
      }
      return kept;
    }
    TreePMap<String, Long> kept = TreePMap.empty(Keys.BYTE_ORDER);
    for (Map.Entry<String, Long> tombstone : tombstones.entrySet()) {
      if (tombstone.getValue() > upToIndex) {
        kept = kept.plus(tombstone.getKey(), tombstone.getValue());
      }
    }
    return kept;
  }
}
