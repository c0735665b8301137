package org.comitia.raft;

import java.util.Arrays;

/** The newest entries of the log in memory, contiguous up to its end: a ring that grows. */
final class EntryCache {
  private Entry[] ring = new Entry[64];
  private int head;
  private int size;
  private long firstIndex;
  private long bytes;

  /**
   * @param nextIndex the index that the first appended entry will have
   */
  EntryCache(long nextIndex) {
    this.firstIndex = nextIndex;
  }

  /** The oldest index held, or the next to be appended when empty. */
  long firstIndex() {
    return firstIndex;
  }

  long bytes() {
    return bytes;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** The entry, or null when it is not held. */
  Entry get(long index) {
    long offset = index - firstIndex;
    return offset < 0 || offset >= size ? null : ring[(head + (int) offset) & (ring.length - 1)];
  }

  void append(Entry entry) {
    if (entry.index() != firstIndex + size) {
      throw new IllegalStateException(
          "entry " + entry.index() + " appended after " + (firstIndex + size - 1));
    }
    if (size == ring.length) {
      grow();
    }
    ring[(head + size) & (ring.length - 1)] = entry;
    size++;
    bytes += entry.size();
  }

  void truncateFrom(long index) {
    while (size > 0 && firstIndex + size > index) {
      int slot = (head + size - 1) & (ring.length - 1);
      bytes -= ring[slot].size();
      ring[slot] = null;
      size--;
    }
    if (size == 0) {
      firstIndex = index;
    }
  }

  void evictFirst() {
    bytes -= ring[head].size();
    ring[head] = null;
    head = (head + 1) & (ring.length - 1);
    size--;
    firstIndex++;
  }

  private void grow() {
    Entry[] larger = Arrays.copyOf(ring, ring.length * 2);
    for (int i = 0; i < size; i++) {
      larger[i] = ring[(head + i) & (ring.length - 1)];
    }
    Arrays.fill(larger, size, larger.length, null);
    ring = larger;
    head = 0;
  }
}
