package org.comitia.consensus;

import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Entry;
import org.comitia.raft.LogRead;

/**
 * The thread that reads old entries back, for followers that are behind and for applying, beside
 * the log thread: whoever is served from the disk holds up nobody's writes. What is not in memory
 * is synced, so that it is found; the core looks whether it is still what it asked for.
 */
final class LogReads implements Runnable {
  /** What it tells, on its thread. */
  interface Report {
    void entriesRead(long fromIndex, List<Entry> entries);
  }

  private static final LogRead STOP = new LogRead(-1, 0);

  private final LogStore store;
  private final LogWriter writer;
  private final Report report;
  private final LinkedBlockingQueue<LogRead> queue = new LinkedBlockingQueue<>();

  /**
   * @param writer told when the store cannot be read
   */
  LogReads(LogStore store, LogWriter writer, Report report) {
    this.store = store;
    this.writer = writer;
    this.report = report;
  }

  /** For any thread. Each is answered, with nothing when nothing could be read. */
  void read(LogRead read) {
    queue.add(read);
  }

  /** Lets the thread end; what is queued is not read any more. */
  void stop() {
    queue.clear();
    queue.add(STOP);
  }

  @Override
  public void run() {
    try {
      while (true) {
        LogRead next = queue.poll(1, TimeUnit.SECONDS);
        if (next == STOP) {
          return;
        }
        if (next != null) {
          carryOut(next);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread()
          .interrupt(); // the container ends its threads after stop() was asked for
    }
  }

  /**
   * Does the first of what is queued, without waiting: for a driver that has no thread for it.
   *
   * @return false when there is nothing
   */
  boolean step() {
    LogRead next = queue.poll();
    if (next != null) {
      carryOut(next);
    }
    return next != null;
  }

  private void carryOut(LogRead read) {
    if (writer.isBroken()) {
      report.entriesRead(read.fromIndex(), List.of());
      return;
    }
    try {
      report.entriesRead(read.fromIndex(), store.read(read.fromIndex(), read.maxBytes()));
    } catch (StoreException | RuntimeException e) { // whatever it was
      writer.distrust(e);
    }
  }
}
