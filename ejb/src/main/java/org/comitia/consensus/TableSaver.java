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
  private volatile String failure = "";
  private volatile boolean closed;
  private volatile boolean ended;

  TableSaver(
      CatalogStore store,
      Applier applier,
      Executor executor,
      LongSupplier syncedIndex,
      long savedIndex) {
    this.store = store;
    this.applier = applier;
    this.executor = executor;
    this.syncedIndex = syncedIndex;
    this.savedIndex = savedIndex;
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
        failure = "";
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
        && job.point().appliedIndex() > savedIndex
        && job.point().appliedIndex() <= syncedIndex.getAsLong();
  }

  private void write(Applier.SaveJob job) {
    try {
      if (unknown) {
        store.replace(job.point(), job.state());
      } else {
        store.save(job.point(), job.state(), job.touched());
      }
      unknown = false;
      savedIndex = job.point().appliedIndex();
      unsaved = null;
      failure = "";
    } catch (StoreException | RuntimeException e) {
      failure = String.valueOf(e.getMessage());
      LOG.log(
          Level.WARNING,
          "COM3007: saving the tables failed, will retry; nothing is lost, the log has it: index="
              + job.point().appliedIndex()
              + " error=\""
              + e.getMessage()
              + "\"",
          e);
    }
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

  /** Why the last save failed; empty when it did not. */
  String failure() {
    return failure;
  }
}
