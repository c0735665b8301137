package org.comitia.consensus;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.Scrub;
import org.comitia.cluster.StoreException;

/**
 * Reads all that is on the disk, the log and then the tables, once an interval and a slice at a
 * time while nothing waits for the log thread, to find what has rotted before it is needed. Damaged
 * tables are written anew from the state; a damaged log is taken for failed and verified, which
 * mends it where the tables have what it held. What was mended is looked through again soon.
 */
final class Scrubber {
  private static final Logger LOG = Logger.getLogger("agent.store");

  /** A server that never has nothing to do has a slice read all the same. */
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  /** After damage, or when it could not be read. */
  private static final long AGAIN_NANOS = 60_000_000_000L;

  private final LogStore log;
  private final CatalogStore catalog;
  private final LogWriter writer;
  private final TableSaver saver;
  private final Executor blocking;
  private final Supplier<Duration> interval;
  private final LongSupplier clock;
  private final AtomicBoolean running = new AtomicBoolean();

  // Whoever has set running.
  private long waitsSince;
  private long endedAt;
  private boolean again;
  private boolean ofTables;
  private Scrub scrub;
  private long bytes;

  private volatile boolean stopped;
  private volatile String progress = "";
  private volatile String last = "never: the start has verified all of it";

  Scrubber(
      LogStore log,
      CatalogStore catalog,
      LogWriter writer,
      TableSaver saver,
      Executor blocking,
      Supplier<Duration> interval,
      LongSupplier clock) {
    this.log = log;
    this.catalog = catalog;
    this.writer = writer;
    this.saver = saver;
    this.blocking = blocking;
    this.interval = interval;
    this.clock = clock;
    this.endedAt = clock.getAsLong();
    this.waitsSince = endedAt;
  }

  /** The stores are about to be closed. */
  void stop() {
    stopped = true;
  }

  /** To be called about twice a second, by one thread at a time. Does not block. */
  void look() {
    if (stopped || !running.compareAndSet(false, true)) {
      return;
    }
    if (!isDue()) {
      running.set(false);
      return;
    }
    try {
      blocking.execute(
          () -> {
            try {
              step();
            } finally {
              running.set(false);
            }
          });
    } catch (RejectedExecutionException full) {
      running.set(false);
    }
  }

  private boolean isDue() {
    long now = clock.getAsLong();
    long every = interval.get().toNanos();
    if (scrub == null
        && (every == 0 || now - endedAt < (again ? Math.min(AGAIN_NANOS, every) : every))) {
      waitsSince = now;
      return false;
    }
    boolean idle = writer.queued() == 0 && writer.stalledNanos(System.nanoTime()) == 0;
    return !writer.isBroken() && !saver.isDamaged() && (idle || now - waitsSince > PATIENCE_NANOS);
  }

  private void step() {
    waitsSince = clock.getAsLong();
    try {
      if (scrub == null) {
        bytes = 0;
        ofTables = false;
        scrub = log.scrub();
      }
      boolean more = scrub.step();
      progress = (ofTables ? "the tables, " : "the log, ") + (bytes + scrub.bytes()) + " bytes";
      if (!more) {
        bytes += scrub.bytes();
        if (ofTables) {
          ended("found nothing in " + bytes + " bytes", false);
        } else {
          ofTables = true;
          scrub = catalog.scrub();
        }
      }
    } catch (StoreException | RuntimeException e) {
      found(e);
    }
  }

  private void found(Exception e) {
    if (stopped) {
      return; // it was closed
    }
    boolean damage = e instanceof StoreException store && store.isDamage();
    String where = ofTables ? "the saved tables" : "the log";
    ended((damage ? "damage in " : "could not read ") + where + ": " + e.getMessage(), true);
    if (!damage) {
      LOG.log(
          Level.WARNING,
          "COM3075: "
              + where
              + " could not be looked through, will retry: error=\""
              + e.getMessage()
              + "\"",
          e);
    } else if (ofTables) {
      saver.mend(e.getMessage());
    } else {
      writer.distrust(e);
    }
  }

  private void ended(String result, boolean soonAgain) {
    scrub = null;
    again = soonAgain;
    endedAt = clock.getAsLong();
    progress = "";
    last = Instant.now().truncatedTo(ChronoUnit.SECONDS) + ": " + result;
  }

  /** What is being looked through; empty when nothing is. */
  String progress() {
    return progress;
  }

  /** When the last one ended, and what it found. */
  String last() {
    return last;
  }
}
