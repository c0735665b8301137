package org.comitia.raft;

import java.util.ArrayDeque;

/**
 * How many bytes of entries lie behind an index, to about a mebibyte: one mark for each mebibyte
 * that was appended since this process's start.
 */
final class ByteMarks {
  private static final long STEP = 1L << 20;

  /** {last index, bytes appended up to it}, oldest first. */
  private final ArrayDeque<long[]> marks = new ArrayDeque<>();

  private long appended;

  /** An entry was appended; in the order of their indexes. */
  void add(long index, long bytes) {
    long before = appended;
    appended += bytes;
    if (before / STEP != appended / STEP) {
      marks.addLast(new long[] {index, appended});
    }
  }

  /** Entries from this index on are gone; what they counted for stays counted: at most too much. */
  void truncateFrom(long index) {
    while (!marks.isEmpty() && marks.peekLast()[0] >= index) {
      marks.removeLast();
    }
  }

  void cut(long index) {
    while (!marks.isEmpty() && marks.peekFirst()[0] <= index) {
      marks.removeFirst();
    }
  }

  /** The highest marked index with at least this many bytes behind it; 0 for none. */
  long indexWithBytesBehind(long bytes) {
    long found = 0;
    for (long[] mark : marks) {
      if (appended - mark[1] < bytes) {
        break;
      }
      found = mark[0];
    }
    return found;
  }
}
