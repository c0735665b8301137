package org.comitia.consensus;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Logger;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreDisk;
import org.comitia.cluster.StoreException;
import org.comitia.state.Command;
import org.comitia.state.StateLimit;

/**
 * Looks once a second, in the lane of what blocks, whether the stores' files are still theirs and
 * how much room their disks have. A log whose file is gone counts as failed; tables whose file is
 * gone are written anew. Safe for any thread.
 */
final class DiskWatch {
  private static final Logger LOG = Logger.getLogger("agent.store");
  private static final long EVERY_NANOS = 1_000_000_000L;

  private final LogStore log;
  private final CatalogStore catalog;
  private final LogWriter writer;
  private final TableSaver saver;
  private final Executor blocking;
  private final long reserve;
  private final AtomicBoolean looking = new AtomicBoolean();
  private long lookedNanos; // whoever calls look()
  private boolean low; // whoever looks
  private volatile long usable = Long.MAX_VALUE;

  DiskWatch(
      LogStore log,
      CatalogStore catalog,
      LogWriter writer,
      TableSaver saver,
      Executor blocking,
      long reserve) {
    this.log = log;
    this.catalog = catalog;
    this.writer = writer;
    this.saver = saver;
    this.blocking = blocking;
    this.reserve = reserve;
    this.lookedNanos = System.nanoTime() - EVERY_NANOS;
  }

  /** To be called about twice a second, by one thread at a time. Does not block. */
  void look() {
    long now = System.nanoTime();
    if (now - lookedNanos < EVERY_NANOS || !looking.compareAndSet(false, true)) {
      return;
    }
    lookedNanos = now;
    try {
      blocking.execute(this::lookHere);
    } catch (RejectedExecutionException full) {
      looking.set(false);
    }
  }

  private void lookHere() {
    try {
      StoreDisk ofLog = log.disk();
      StoreDisk ofTables = catalog.disk();
      if (!ofLog.replaced().isEmpty() && !writer.isBroken()) {
        writer.distrust(new StoreException(ofLog.replaced()));
      }
      if (!ofTables.replaced().isEmpty() && !saver.isDamaged()) {
        saver.mend(ofTables.replaced());
      }
      measured(Math.min(known(ofLog), known(ofTables)));
    } finally {
      looking.set(false);
    }
  }

  private static long known(StoreDisk disk) {
    return disk.usableBytes() < 0 ? Long.MAX_VALUE : disk.usableBytes();
  }

  private void measured(long bytes) {
    usable = bytes;
    boolean now = bytes < (low ? reserve + reserve / 4 : reserve);
    if (now == low) {
      return;
    }
    low = now;
    if (low) {
      LOG.warning(full() + "; make room before the disk is full");
    } else {
      LOG.info("the disk has room again: usable=" + StateLimit.text(bytes));
    }
  }

  /** Why a leader does not propose this; empty when it may. */
  String refusal(Command command) {
    boolean taken =
        usable >= reserve
            || StateLimit.isDeletion(command)
            || usable >= reserve / 2 && StateLimit.isNeededOnAFullDisk(command);
    return taken
        ? ""
        : full()
            + (usable < reserve / 2
                ? ", so nothing is accepted but deletions"
                : ", so nothing is accepted but deletions and registrations")
            + ": make room on that disk";
  }

  /** How many bytes are left; more than there can be while that is unknown. */
  long usable() {
    return usable;
  }

  /** Why a leader refuses growth; empty when it does not. */
  String low() {
    return usable < reserve ? full() : "";
  }

  /** Why this server is of little use; empty when it is not so. */
  String notReady() {
    return usable < reserve / 2 ? full() + ". Make room on that disk" : "";
  }

  private String full() {
    return "COM3077: the disk of raft/ has "
        + StateLimit.text(usable)
        + " left, less than its reserve of "
        + StateLimit.text(reserve)
        + " (comitia.disk-reserve)";
  }
}
