package org.comitia.consensus;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Reply;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.Transport;
import org.comitia.raft.LogBase;
import org.comitia.wire.MalformedFrameException;
import org.comitia.wire.SnapshotAssembly;

/**
 * Fetches a snapshot from the leader and goes on from it: piece by piece, one at a time, so that
 * the link and the leader are never asked for more than this server takes; a piece that is lost is
 * asked for again. Then, in this order: the saved tables, which say that they come from a snapshot;
 * the state; the log, which begins behind it from then on. A crash in between is made good at the
 * next start ({@link InstalledTables}). One at a time; blocks only in the lane for what blocks.
 */
final class SnapshotFetch {
  private static final Logger LOG = Logger.getLogger("raft.snapshot");
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** How often in a row a piece is asked for, and the tables are tried. */
  private static final int TRIES = 6;

  private final Transport transport;
  private final Executor blocking;
  private final Timers timers;
  private final TableSaver saver;
  private final Applier applier;
  private final AppliedIndex applied;
  private final Consumer<LogBase> installed;
  private final AtomicBoolean running = new AtomicBoolean();

  /**
   * @param blocking the lane for what blocks
   * @param installed tells the core, in its turn
   */
  SnapshotFetch(
      Transport transport,
      Executor blocking,
      Timers timers,
      TableSaver saver,
      Applier applier,
      AppliedIndex applied,
      Consumer<LogBase> installed) {
    this.transport = transport;
    this.blocking = blocking;
    this.timers = timers;
    this.saver = saver;
    this.applier = applier;
    this.applied = applied;
    this.installed = installed;
  }

  /**
   * A snapshot is needed. Nothing happens while one is being fetched; the core says it again when
   * that came to nothing. Returns at once.
   *
   * @param address the leader's; null when it is not known
   */
  void needed(String address) {
    if (address != null && running.compareAndSet(false, true)) {
      new Fetch(address).ask();
    }
  }

  private void ended(String why) {
    LOG.warning("COM3029: a snapshot could not be fetched, will try again: " + why);
    running.set(false);
  }

  /** One snapshot from its first piece to the last, and what is done with it. */
  private final class Fetch {
    private final String address;
    private final long since = timers.now();
    private SnapshotAssembly assembly = new SnapshotAssembly();
    private CatalogStore.Point point;
    private byte[] cursor = new byte[0];
    private long bytes;
    private int failed;

    private Fetch(String address) {
      this.address = address;
    }

    private void ask() {
      long index = point == null ? 0 : point.appliedIndex();
      transport
          .request(address, new Forwarded.SnapshotRequest(0, index, cursor), PATIENCE)
          .whenComplete((reply, error) -> later(() -> took(reply, error)));
    }

    private void later(Runnable part) {
      try {
        blocking.execute(() -> guarded(part));
      } catch (RejectedExecutionException full) {
        ended("no thread is free for it");
      }
    }

    private void guarded(Runnable part) {
      try {
        part.run();
      } catch (RuntimeException | Error e) {
        LOG.log(Level.WARNING, "installing a snapshot failed", e);
        ended(e.toString());
      }
    }

    private void took(Reply<Forwarded.SnapshotAnswer> reply, Throwable error) {
      if (error != null) {
        ended(error.toString());
        return;
      }
      reply.match(
          answer -> {
            took(answer);
            return null;
          },
          this::again,
          this::again);
    }

    /** The same piece once more, after a pause. */
    private Void again(String why) {
      if (++failed >= TRIES) {
        ended(address + ": " + why);
      } else {
        timers.at(timers.now() + PAUSE_NANOS, this::ask);
      }
      return null;
    }

    private void took(Forwarded.SnapshotAnswer answer) {
      if (answer.point() == null) {
        ended(address + ": " + answer.refusal());
        return;
      }
      if (point != null && !point.equals(answer.point())) {
        ended(address + " has answered with another snapshot");
        return;
      }
      if (SnapshotSource.checksum(answer.rows()) != answer.checksum()) {
        again("a piece arrived damaged");
        return;
      }
      try {
        assembly.add(answer.rows());
      } catch (MalformedFrameException e) {
        ended(address + ": " + e.getMessage());
        return;
      }
      failed = 0;
      bytes += answer.rows().length;
      point = answer.point();
      cursor = answer.next();
      if (cursor.length > 0) {
        ask();
      } else {
        Applier.View snapshot = new Applier.View(point, assembly.finish(point.appliedIndex()));
        assembly = null;
        install(snapshot);
      }
    }

    private void install(Applier.View snapshot) {
      if (!applier.knows(snapshot.state().level())) {
        ended(
            "it is of feature level "
                + snapshot.state().level()
                + ", which this version does not know: install the version that the other servers"
                + " run");
        return;
      }
      if (applied.get() >= point.appliedIndex()) {
        running.set(false); // the log came after all
        return;
      }
      try {
        if (!saver.replace(point, snapshot.state())) {
          tablesLater(snapshot, "the tables are being saved");
          return;
        }
      } catch (StoreException e) {
        tablesLater(snapshot, e.getMessage());
        return;
      }
      applier.install(snapshot).thenAccept(done -> later(() -> goOn(snapshot)));
    }

    private void tablesLater(Applier.View snapshot, String why) {
      if (++failed >= TRIES) {
        ended("the tables could not be written: " + why);
      } else {
        timers.at(timers.now() + PAUSE_NANOS, () -> later(() -> install(snapshot)));
      }
    }

    /** Also when the state was as new by then: the tables come from a snapshot now. */
    private void goOn(Applier.View snapshot) {
      installed.accept(snapshot.point().logBase());
      LOG.info(
          "snapshot installed: index="
              + point.appliedIndex()
              + " term="
              + point.appliedTerm()
              + " bytes="
              + bytes
              + " from="
              + address
              + " millis="
              + (timers.now() - since) / 1_000_000);
      running.set(false);
    }
  }
}
