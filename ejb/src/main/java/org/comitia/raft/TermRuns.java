package org.comitia.raft;

import java.util.Arrays;
import java.util.List;

/**
 * The term of every entry of a log, as runs: a log's terms change rarely, so this stays small
 * however long the log is, and the log's consistency check needs no entry in memory.
 */
final class TermRuns {
  private long baseIndex;
  private long baseTerm;
  private long[] firsts = new long[8];
  private long[] terms = new long[8];
  private int size;

  TermRuns(long baseIndex, long baseTerm, List<TermRun> runs) {
    this.baseIndex = baseIndex;
    this.baseTerm = baseTerm;
    for (TermRun run : runs) {
      append(run.firstIndex(), run.term());
    }
  }

  /** The entry at {@code index}, the log's new last one, has this term. */
  void append(long index, long term) {
    long previous = size == 0 ? baseTerm : terms[size - 1];
    if (term < previous) {
      throw new IllegalStateException(
          "entry " + index + " has term " + term + " after one of term " + previous);
    }
    if (size > 0 && previous == term) {
      return;
    }
    if (size == firsts.length) {
      firsts = Arrays.copyOf(firsts, size * 2);
      terms = Arrays.copyOf(terms, size * 2);
    }
    firsts[size] = index;
    terms[size++] = term;
  }

  void truncateFrom(long index) {
    while (size > 0 && firsts[size - 1] >= index) {
      size--;
    }
  }

  /**
   * The log begins behind this index from now on.
   *
   * @param lastIndex the log's last, not before {@code index}
   */
  void cut(long index, long lastIndex) {
    int run = runOf(index);
    baseTerm = run < 0 ? baseTerm : terms[run];
    baseIndex = index;
    long end = run + 1 < size ? firsts[run + 1] - 1 : lastIndex;
    int gone = run + 1;
    if (run >= 0 && end > index) {
      firsts[run] = index + 1; // the rest of it stays
      gone = run;
    }
    size -= gone;
    System.arraycopy(firsts, gone, firsts, 0, size);
    System.arraycopy(terms, gone, terms, 0, size);
  }

  /** The term at an index from the base up to the log's last, which the caller makes sure of. */
  long termAt(long index) {
    int run = runOf(index);
    return run < 0 ? baseTerm : terms[run];
  }

  /**
   * The highest index at or below {@code index} whose term is at most {@code term}: where two logs
   * may agree at best when one of them has {@code term} at {@code index} (paper §5.3, skipping a
   * term per round trip).
   */
  long lastIndexWithTermAtMost(long index, long term) {
    int run = runOf(index);
    long candidate = index;
    while (run >= 0 && terms[run] > term) {
      candidate = firsts[run] - 1;
      run--;
    }
    return Math.max(candidate, baseIndex);
  }

  private int runOf(long index) {
    int low = 0;
    int high = size - 1;
    if (high >= 0 && firsts[high] <= index) {
      return high;
    }
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (firsts[middle] <= index) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }
}
