package org.comitia.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * What is on its way to this server's disk: collects changes into one {@link Persist} per {@link
 * Ready} and knows how far the disk has come.
 */
final class Journal {
  /** One handed out and not yet synced persist; {@code lastIndex} shrinks when truncated. */
  private static final class Write {
    final long sequence;
    final long since;
    final long firstIndex;
    final long bytes;
    long lastIndex;

    Write(long sequence, long since, long firstIndex, long lastIndex, long bytes) {
      this.sequence = sequence;
      this.since = since;
      this.firstIndex = firstIndex;
      this.lastIndex = lastIndex;
      this.bytes = bytes;
    }
  }

  private final ArrayDeque<Write> outstanding = new ArrayDeque<>();
  private long nextSequence;
  private long syncedSequence;
  private long hardStateSequence;
  private long syncedIndex;
  private long storedIndex;
  private HardState hardState;
  private long truncateFrom;
  private LogBase base;
  private boolean reset;
  private List<Entry> entries = new ArrayList<>();
  private long entryBytes;
  private long outstandingBytes;

  /**
   * @param nextSequence the next persist's number
   * @param lastIndex the last entry that the store holds
   */
  Journal(long nextSequence, long lastIndex) {
    this.nextSequence = nextSequence;
    this.syncedSequence = nextSequence - 1;
    this.syncedIndex = lastIndex;
    this.storedIndex = lastIndex;
  }

  void hardState(HardState changed) {
    hardState = changed;
    hardStateSequence = nextSequence;
  }

  void append(Entry entry) {
    entries.add(entry);
    entryBytes += entry.size();
  }

  void truncate(long from) {
    while (!entries.isEmpty() && entries.get(entries.size() - 1).index() >= from) {
      entryBytes -= entries.remove(entries.size() - 1).size();
    }
    if (from <= storedIndex) {
      truncateFrom = truncateFrom == 0 ? from : Math.min(truncateFrom, from);
      storedIndex = from - 1;
    }
    syncedIndex = Math.min(syncedIndex, from - 1);
    for (Write write : outstanding) {
      write.lastIndex = Math.min(write.lastIndex, from - 1);
    }
  }

  /** The log begins behind this from now on; the disk holds it all. */
  void cut(LogBase begin) {
    base = begin;
  }

  /**
   * The log begins, and for now ends, behind this. That is synced when the next persist is.
   *
   * @param from the first index that the log had
   */
  void reset(long from, LogBase begin) {
    truncate(from);
    base = begin;
    reset = true;
    storedIndex = begin.index();
  }

  /** The next persist, or null when there is nothing to write. */
  Persist take(long now) {
    if (hardState == null && truncateFrom == 0 && base == null && entries.isEmpty()) {
      return null;
    }
    Persist persist = new Persist(nextSequence, hardState, truncateFrom, base, entries);
    long first = 0;
    long last = -1;
    if (reset) {
      first = base.index();
      last = first;
    }
    if (!entries.isEmpty()) {
      first = reset ? first : entries.get(0).index();
      last = entries.get(entries.size() - 1).index();
      storedIndex = last;
    }
    outstanding.add(new Write(nextSequence++, now, first, last, entryBytes));
    outstandingBytes += entryBytes;
    hardState = null;
    truncateFrom = 0;
    base = null;
    reset = false;
    entries = new ArrayList<>();
    entryBytes = 0;
    return persist;
  }

  /**
   * This write and all before it are on the disk.
   *
   * @return how long the oldest of those that have just arrived there was under way
   */
  long synced(long sequence, long now) {
    boolean any = !outstanding.isEmpty() && outstanding.peekFirst().sequence <= sequence;
    long longest = any ? oldestAge(now) : 0;
    while (!outstanding.isEmpty() && outstanding.peekFirst().sequence <= sequence) {
      Write write = outstanding.pollFirst();
      outstandingBytes -= write.bytes;
      syncedSequence = write.sequence;
      if (write.firstIndex > 0 && write.lastIndex >= write.firstIndex) {
        syncedIndex = Math.max(syncedIndex, write.lastIndex);
      }
    }
    return longest;
  }

  /** The number that changes made now will be written under. */
  long nextSequence() {
    return nextSequence;
  }

  boolean isSynced(long sequence) {
    return syncedSequence >= sequence;
  }

  /** Whether the current term and vote are on the disk: else no message leaves. */
  boolean hardStateSynced() {
    return syncedSequence >= hardStateSequence;
  }

  /** Up to here the disk holds the log as it is now. */
  long syncedIndex() {
    return syncedIndex;
  }

  long unsyncedBytes() {
    return entryBytes + outstandingBytes;
  }

  /** How long the oldest write has been under way, 0 when none is. */
  long oldestAge(long now) {
    return outstanding.isEmpty() ? 0 : now - outstanding.peekFirst().since;
  }

  /** The oldest entry that was handed out at or before {@code time} and is not synced; 0: none. */
  long oldestUnsyncedIndex(long time) {
    for (Write write : outstanding) {
      if (write.since > time) {
        return 0;
      }
      if (write.firstIndex > 0 && write.lastIndex >= write.firstIndex) {
        return write.firstIndex;
      }
    }
    return 0;
  }
}
