package org.comitia.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Hands committed entries to the driver: in order, each once in the life of the core, and no more
 * than it can apply in time.
 */
final class Delivery {
  private final Kernel kernel;

  // Handed out up to here; what of it was not reported as applied: {last index, bytes}.
  private long handedOut;
  private final ArrayDeque<long[]> unapplied = new ArrayDeque<>();
  private long unappliedBytes;

  private List<Entry> read = List.of();
  private boolean readPending;

  /**
   * @param appliedIndex what the saved tables hold already
   */
  Delivery(Kernel kernel, long appliedIndex) {
    this.kernel = kernel;
    this.handedOut = appliedIndex;
  }

  void applied(long index) {
    while (!unapplied.isEmpty() && unapplied.peekFirst()[0] <= index) {
      unappliedBytes -= unapplied.pollFirst()[1];
    }
  }

  /** Entries read back from the store, which may be what was asked for here. */
  void entriesRead(long fromIndex, List<Entry> entries) {
    if (readPending && fromIndex == handedOut + 1) {
      readPending = false;
      read = entries;
    }
  }

  /** The state is brought to this index without the entries up to it. */
  void skipTo(long index) {
    if (index > handedOut) {
      handedOut = index;
      forgetReads();
    }
  }

  long handedOut() {
    return handedOut;
  }

  /** Answers to earlier reads will not come. */
  void forgetReads() {
    readPending = false;
    read = List.of();
  }

  /** What is committed and was not handed out yet, as much as is good at once. */
  List<Entry> take() {
    long end = Math.min(kernel.commitIndex(), kernel.log.lastIndex());
    if (kernel.needsState()) {
      return List.of(); // what comes next is of no use here: a snapshot has to bring it
    }
    if (handedOut >= end || unappliedBytes >= kernel.options.maxUncommittedBytes()) {
      return List.of();
    }
    ArrayList<Entry> taken = new ArrayList<>((int) Math.min(end - handedOut, 256));
    long bytes = 0;
    long limit = 4L * kernel.options.maxAppendBytes();
    while (handedOut < end && bytes < limit) {
      Entry entry = find(handedOut + 1);
      if (entry == null) {
        readPending = true;
        kernel.requestRead(handedOut + 1, kernel.options.maxAppendBytes());
        break;
      }
      taken.add(entry);
      bytes += entry.size();
      handedOut++;
    }
    read = List.of();
    if (!taken.isEmpty()) {
      unapplied.add(new long[] {handedOut, bytes});
      unappliedBytes += bytes;
    }
    return taken;
  }

  private Entry find(long index) {
    Entry cached = kernel.log.cached(index);
    if (cached != null || read.isEmpty()) {
      return cached;
    }
    long offset = index - read.get(0).index();
    return offset < read.size() ? read.get((int) offset) : null;
  }
}
