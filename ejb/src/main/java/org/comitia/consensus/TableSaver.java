package org.comitia.consensus;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.StoreException;
import org.comitia.raft.LogBase;
import org.comitia.state.StateVersion;
import org.comitia.state.Touched;

/**
 * Brings the saved tables up to the state, behind the log: one save at a time, in the lane of what
 * blocks, never beyond what this node's own log has synced. A failed save is tried again with the
 * next one; the log has what is not saved: it is never cut beyond that.
 */
final class TableSaver {
  private static final Logger LOG = Logger.getLogger("consul.fsm");
  private static final long STOP_SECONDS = 5;

  private final CatalogStore store;
  private final Applier applier;
  private final Executor executor;
  private final LongSupplier syncedIndex;
  private final Semaphore free = new Semaphore(1);
  private final Queue<Applier.SaveJob> prepared = new ConcurrentLinkedQueue<>();
  private Applier.SaveJob unsaved; // only by the save that is under way

  /**
   * Whether nobody knows what the tables hold, a snapshot or what was there before it: likewise.
   */
  private boolean unknown;

  private volatile long savedIndex;

  /** What was found wrong with what is saved: the next save writes all of it anew. */
  private volatile String damage = "";

  private volatile LogBase savedBase;

  /** Since when saves fail, monotonic; 0 when the last one did not. */
  private volatile long failingSince;

  private volatile String failure = "";

  /** Since when a save is being written, monotonic; 0 when none is. */
  private volatile long writingSince;

  private volatile boolean closed;
  private volatile boolean ended;

  TableSaver(
      CatalogStore store,
      Applier applier,
      Executor executor,
      LongSupplier syncedIndex,
      CatalogStore.Point saved) {
    this.store = store;
    this.applier = applier;
    this.executor = executor;
    this.syncedIndex = syncedIndex;
    this.savedIndex = saved.appliedIndex();
    this.savedBase = baseOf(saved);
  }

  /** Not behind a snapshot's tables: whether the own log leads there is not known yet. */
  private static LogBase baseOf(CatalogStore.Point point) {
    boolean ownLogs = point.cluster() != null && point.appliedIndex() > 0 && !point.fromSnapshot();
    return ownLogs ? point.logBase() : LogBase.NONE;
  }

  /** What is saved is damaged: it is written anew from the state, which is whole. */
  void mend(String what) {
    damage = what;
    saveSoon();
  }

  /** Called periodically; starts a save unless one is under way. Does not block. */
  void saveSoon() {
    if (!closed && free.tryAcquire()) {
      applier.prepareSave().thenAccept(this::saveLater);
    }
  }

  /** On the apply thread. A job that finds no thread is not lost: the next save takes it along. */
  private void saveLater(Applier.SaveJob job) {
    if (job == null) {
      free.release();
      return;
    }
    prepared.add(job);
    try {
      executor.execute(this::savePrepared);
    } catch (RejectedExecutionException full) {
      free.release();
    }
  }

  /** Whatever else is thrown than what {@link #write} expects: nothing is saved any more. */
  private void savePrepared() {
    try {
      for (Applier.SaveJob job = prepared.poll(); job != null; job = prepared.poll()) {
        save(job);
      }
      free.release();
    } catch (Throwable t) { // rows may be missing from what is still to be saved
      ended = true;
      failingSince = Math.max(1, System.nanoTime());
      failure = "COM3006: saving the tables ended, restart this server: " + t;
      LOG.log(Level.SEVERE, failure, t);
    }
  }

  /**
   * Saves what is applied and synced, and returns when it is done; for an orderly stop, after the
   * last apply. Waits for a save that is under way, bounded: nobody may close the store under it.
   * Returns at once when a fault has ended the saving.
   */
  void saveNow(Applier.SaveJob last) throws InterruptedException {
    closed = true;
    if (ended) {
      return;
    }
    if (free.tryAcquire(STOP_SECONDS, TimeUnit.SECONDS)) {
      if (last != null) {
        prepared.add(last);
      }
      savePrepared();
    } else if (!ended) { // meanwhile
      LOG.warning("COM3008: a save of the tables does not end, its disk may be stalled");
    }
  }

  /**
   * Puts a snapshot's tables in place of the saved ones. What is saved from now on is newer.
   *
   * @return false: not now, a save is under way or the server is stopping; true also when what is
   *     saved is newer
   * @throws StoreException when the store refuses; nothing has changed then, or all
   */
  boolean replace(CatalogStore.Point point, StateVersion state) throws StoreException {
    if (closed || ended || !free.tryAcquire()) {
      return false;
    }
    try {
      if (point.appliedIndex() >= savedIndex) {
        unknown = true;
        store.replace(point.installed(), state);
        unknown = false;
        savedIndex = point.appliedIndex();
        savedBase = LogBase.NONE;
        failure = "";
        failingSince = 0;
      }
    } finally {
      free.release();
    }
    return true;
  }

  /** Whether a save is under way. */
  boolean isSaving() {
    return free.availablePermits() == 0;
  }

  private void save(Applier.SaveJob job) {
    if (unsaved != null && mayBeSaved(unsaved)) {
      write(unsaved);
    }
    unsaved = unsaved == null ? job : merge(unsaved, job);
    if (mayBeSaved(unsaved)) {
      write(unsaved);
    }
  }

  /** The leader may apply what a majority has and its own disk has not yet. */
  private boolean mayBeSaved(Applier.SaveJob job) {
    return job.point().cluster() != null
        && (job.point().appliedIndex() > savedIndex || isToBeMended(job))
        && job.point().appliedIndex() <= syncedIndex.getAsLong();
  }

  private boolean isToBeMended(Applier.SaveJob job) {
    return !damage.isEmpty() && job.point().appliedIndex() == savedIndex;
  }

  private void write(Applier.SaveJob job) {
    writingSince = Math.max(1, System.nanoTime());
    try {
      if (!damage.isEmpty()) {
        rewrite(job);
      } else if (unknown) {
        store.replace(job.point(), job.state());
      } else {
        store.save(job.point(), job.state(), job.touched());
      }
      unknown = false;
      savedIndex = job.point().appliedIndex();
      savedBase = baseOf(job.point());
      unsaved = null;
      failure = "";
      failingSince = 0;
    } catch (StoreException | RuntimeException e) {
      if (e instanceof StoreException found && found.isDamage()) {
        damage = found.getMessage();
      }
      failure = String.valueOf(e.getMessage());
      if (failingSince == 0) {
        failingSince = Math.max(1, System.nanoTime());
      }
      LOG.log(
          Level.WARNING,
          "COM3007: saving the tables failed, will retry; nothing is lost, the log has it: index="
              + job.point().appliedIndex()
              + " error=\""
              + e.getMessage()
              + "\"",
          e);
    } finally {
      writingSince = 0;
    }
  }

  private void rewrite(Applier.SaveJob job) throws StoreException {
    String what = damage;
    String kept = store.rewrite(job.point(), job.state());
    damage = "";
    LOG.severe(
        "COM3073: the saved tables were damaged and are written anew from memory. Look at the disk; "
            + kept
            + ": index="
            + job.point().appliedIndex()
            + " error=\""
            + what
            + "\"");
  }

  private static Applier.SaveJob merge(Applier.SaveJob older, Applier.SaveJob newer) {
    Touched both = Touched.none();
    both.addAll(older.touched());
    both.addAll(newer.touched());
    return new Applier.SaveJob(newer.point(), newer.state(), both);
  }

  long savedIndex() {
    return savedIndex;
  }

  /** What the log may begin behind, since the tables hold it. */
  LogBase savedBase() {
    return savedBase;
  }

  /** For how long saves have failed, nanoseconds; 0 when the last one did not. */
  long failingNanos(long now) {
    return nanosSince(failingSince, now);
  }

  /** For how long a save is being written, nanoseconds; 0 when none is. */
  long writingNanos(long now) {
    return nanosSince(writingSince, now);
  }

  private static long nanosSince(long since, long now) {
    return since == 0 ? 0 : Math.max(1, now - since);
  }

  /** Whether what is saved is damaged and not written anew yet. */
  boolean isDamaged() {
    return !damage.isEmpty();
  }

  /** Why the last save failed; empty when it did not. */
  String failure() {
    return failure;
  }
}
