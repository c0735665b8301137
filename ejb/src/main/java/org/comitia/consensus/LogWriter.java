package org.comitia.consensus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Entry;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;
import org.comitia.raft.StoredLog;

/**
 * The log thread: the only one that writes to the log store. While one write is being synced the
 * next ones collect, and go out together in one transaction (group commit). While nothing is
 * queued, and for so many bytes written, it sweeps the store, a slice at a time. A failed write is
 * final until the store is reopened and verified.
 */
final class LogWriter implements Runnable {
  /** What the log thread tells; called on the log thread. */
  interface Reports {
    void synced(long sequence);

    void recordSynced(long recordSequence);

    void failed(Exception cause);

    void reopened(StoredLog stored);

    /** The store could not be reopened now; it may be later. */
    void notReopened();
  }

  private sealed interface Work {}

  private record Write(List<Persist> persists, Map<String, byte[]> records, long recordSequence)
      implements Work {}

  private record Distrust(Exception cause) implements Work {}

  private record Reopen(long appliedIndex) implements Work {}

  private record Stop() implements Work {}

  private static final Logger LOG = Logger.getLogger("raft.store");
  private static final long MEASURE_NANOS = 5_000_000_000L;
  private static final int MAX_GROUP = 256;

  /**
   * Under load that never ends a slice is swept for so many bytes written, about what it frees, or
   * the store would only grow. A group counts for what a row costs besides its entries.
   */
  private static final long SWEEP_AFTER_BYTES = 256 << 10;

  private static final long GROUP_BYTES = 1 << 10;

  private final LogStore store;
  private final Reports reports;
  private final Supplier<String> advice;
  private final Supplier<LogBase> tables;
  private final long tailBytes;
  private final LinkedBlockingQueue<Work> queue = new LinkedBlockingQueue<>();

  // Log thread only. Between a failure and a reopening everything that arrives is dropped: the core
  // asks for the
  // reopening only after it has taken note of the failure, so nothing that it queued before can
  // come after.
  private volatile boolean broken;
  private volatile long writeStartedNanos;
  private long measuredNanos;
  private long unsweptBytes; // written since a slice was swept
  private volatile long storeBytes = -1;
  private volatile long syncs;
  private volatile long lastSyncNanos;
  private volatile String failure = "";
  private volatile boolean damaged;

  /**
   * @param advice what a person should do about a damaged store now
   * @param tables what the saved tables hold and the log may be cut behind; asked at a reopening
   */
  LogWriter(
      LogStore store,
      long tailBytes,
      Reports reports,
      Supplier<String> advice,
      Supplier<LogBase> tables) {
    this.store = store;
    this.tables = tables;
    this.tailBytes = tailBytes;
    this.reports = reports;
    this.advice = advice;
  }

  /**
   * In the core's turn only.
   *
   * @param recordSequence reported when {@code records} are synced; 0 when there are none to report
   */
  void write(List<Persist> persists, Map<String, byte[]> records, long recordSequence) {
    queue.add(new Write(persists, records, recordSequence));
  }

  /**
   * What is on the disk is wrong, or cannot be read: the store is taken for failed, and verified
   * when it is reopened. For any thread.
   */
  void distrust(Exception cause) {
    queue.add(new Distrust(cause));
  }

  /** Whether the store has failed and is not open again. For any thread. */
  boolean isBroken() {
    return broken;
  }

  /** After {@link Reports#failed}: try the store again. */
  void reopen(long appliedIndex) {
    queue.add(new Reopen(appliedIndex));
  }

  /** Lets the thread finish what is queued and end. */
  void stop() {
    queue.add(new Stop());
  }

  /** How long the write that is under way has taken so far, nanoseconds; 0 when none is. */
  long stalledNanos(long now) {
    long started = writeStartedNanos;
    return started == 0 ? 0 : Math.max(1, now - started);
  }

  /**
   * What the store occupies on the disk; measured after a write, a few seconds old at most then.
   */
  long storeBytes() {
    return Math.max(0, storeBytes);
  }

  long syncs() {
    return syncs;
  }

  long lastSyncNanos() {
    return lastSyncNanos;
  }

  /** Whether the store has been found to be damaged: it is not tried again. */
  boolean isDamaged() {
    return damaged;
  }

  /** Why the store is not trusted at the moment; empty when it is. */
  String failure() {
    return failure;
  }

  @Override
  public void run() {
    try {
      List<Work> group = new ArrayList<>();
      boolean stopped = false;
      measure();
      while (!stopped) {
        group.clear();
        Work first = queue.poll(1, TimeUnit.SECONDS);
        if (first != null) {
          group.add(first);
          queue.drainTo(group, MAX_GROUP - 1);
          stopped = carryOut(group);
        }
        boolean more = !stopped && (queue.isEmpty() || unsweptBytes >= SWEEP_AFTER_BYTES);
        while (more) {
          more = sweep() && queue.isEmpty();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread()
          .interrupt(); // the container ends its threads after stop() was asked for
    }
  }

  /**
   * Does what is queued, without waiting, and sweeps a slice when that was all: for a driver that
   * has no thread for it.
   *
   * @return false when there is nothing
   */
  boolean step() {
    List<Work> group = new ArrayList<>();
    queue.drainTo(group, MAX_GROUP);
    carryOut(group);
    if (queue.isEmpty()) {
      sweep();
    }
    return !group.isEmpty();
  }

  /** How much waits for the log thread. */
  int queued() {
    return queue.size();
  }

  private boolean carryOut(List<Work> group) {
    List<Persist> persists = new ArrayList<>();
    Map<String, byte[]> records = new HashMap<>();
    long recordSequence = 0;
    for (Work work : group) {
      if (work instanceof Write write) {
        if (!broken) {
          persists.addAll(write.persists());
          records.putAll(write.records());
          recordSequence = Math.max(recordSequence, write.recordSequence());
        }
        continue;
      }
      flush(persists, records, recordSequence);
      if (work instanceof Distrust distrust) {
        fail(distrust.cause());
      } else if (work instanceof Reopen reopen) {
        reopenStore(reopen.appliedIndex());
      } else if (work instanceof Stop) {
        return true;
      }
    }
    flush(persists, records, recordSequence);
    return false;
  }

  private void flush(List<Persist> persists, Map<String, byte[]> records, long recordSequence) {
    if (persists.isEmpty() && records.isEmpty()) {
      return;
    }
    List<Persist> written = List.copyOf(persists);
    Map<String, byte[]> named = Map.copyOf(records);
    persists.clear();
    records.clear();
    long started = System.nanoTime();
    writeStartedNanos = started;
    try {
      store.write(written, named);
    } catch (StoreException
        | RuntimeException e) { // whatever it was: what is on the disk is unknown
      fail(e);
      return;
    } finally {
      writeStartedNanos = 0;
      lastSyncNanos = System.nanoTime() - started;
    }
    syncs++;
    unsweptBytes += GROUP_BYTES;
    for (Persist persist : written) {
      for (Entry entry : persist.entries()) {
        unsweptBytes += entry.size();
      }
    }
    measure();
    if (!named.isEmpty() && recordSequence > 0) {
      reports.recordSynced(recordSequence);
    }
    if (!written.isEmpty()) {
      reports.synced(written.get(written.size() - 1).sequence());
    }
  }

  /** Here, on the thread whose connection it may ask, and now and then. */
  private void measure() {
    long now = System.nanoTime();
    if (storeBytes < 0 || now - measuredNanos >= MEASURE_NANOS) {
      measuredNanos = now;
      storeBytes = store.sizeBytes();
    }
  }

  /**
   * Frees a slice of what the log has forgotten.
   *
   * @return whether there may be more
   */
  private boolean sweep() {
    if (broken) {
      return false;
    }
    unsweptBytes = 0;
    try {
      return store.sweep();
    } catch (StoreException
        | RuntimeException e) { // whatever it was: what is on the disk is unknown
      fail(e);
      return false;
    }
  }

  private void fail(Exception cause) {
    if (broken) {
      return;
    }
    broken = true;
    failure = cause.getMessage();
    LOG.log(
        Level.SEVERE,
        "COM3002: log store failed, this server steps down and does not vote until the store is verified: error=\""
            + cause.getMessage()
            + "\"",
        cause);
    reports.failed(cause);
  }

  private void reopenStore(long appliedIndex) {
    try {
      store.reopen(tables.get());
      StoredLog stored = store.load(appliedIndex, tailBytes);
      broken = false;
      failure = "";
      LOG.info("log store reopened and verified: last-index=" + stored.lastIndex());
      reports.reopened(stored);
    } catch (StoreException e) {
      if (e.isDamage()) {
        damaged = true;
        failure = "COM3003: the log is damaged and is not used any more: " + e.getMessage();
        LOG.log(Level.SEVERE, failure + ". " + advice.get(), e);
      } else {
        notReopened(e);
      }
    } catch (RuntimeException e) {
      notReopened(e);
    }
  }

  /** A full disk is emptied, a file can be opened again: it is tried for ever. */
  private void notReopened(Exception e) {
    failure = e.getMessage();
    LOG.log(
        Level.WARNING,
        "COM3004: log store cannot be used yet, will retry; nothing on it is lost: error=\""
            + e.getMessage()
            + "\"",
        e);
    reports.notReopened();
  }
}
