package org.comitia.consensus;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Reply;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.Transport;
import org.comitia.log.LogLine;
import org.comitia.raft.LogBase;
import org.comitia.raft.participant.Participant;
import org.comitia.state.StateDigest;
import org.comitia.state.StateVersion;
import org.comitia.wire.MalformedFrameException;
import org.comitia.wire.SnapshotAssembly;

/**
 * Fetches a snapshot from the leader and goes on from it: chunk by chunk, one at a time, so that
 * the link and the leader are never asked for more than this server takes; a chunk that is lost is
 * asked for again. When all are there the core says whether it may be installed ({@link
 * Participant#objection}). Then, in this order: the saved tables, which say that they come from a
 * snapshot; the state; the log, which begins behind it from then on. A crash in between is made
 * good at the next start ({@link InstalledTables}).
 *
 * <p>One at a time, with a pause after each failure that grows to a minute; blocks only in the lane
 * for what blocks. While it is fetched the new state is in memory beside the old one.
 */
final class SnapshotFetch {
  private static final Logger LOG = Logger.getLogger("raft.snapshot");
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** How often in a row a chunk is asked for, and the tables are tried. */
  private static final int TRIES = 6;

  /** What a state's chunks may have beyond twice the memory that it takes. */
  private static final long SLACK_BYTES = 1 << 20;

  private static final int EXCERPT = 512;

  private final Transport transport;
  private final Executor blocking;
  private final Timers timers;
  private final TableSaver saver;
  private final Applier applier;
  private final long memory;
  private final Function<Applier.View, CompletionStage<String>> objection;
  private final Consumer<LogBase> installed;
  private final AtomicReference<Fetch> current = new AtomicReference<>();
  private volatile int failures;
  private volatile long notBefore;

  /**
   * @param blocking the lane for what blocks
   * @param memory how many bytes this server's states may take while there are two
   * @param objection asks the core, in its turn, why such a snapshot must not be installed
   * @param installed tells the core, in its turn
   */
  SnapshotFetch(
      Transport transport,
      Executor blocking,
      Timers timers,
      TableSaver saver,
      Applier applier,
      long memory,
      Function<Applier.View, CompletionStage<String>> objection,
      Consumer<LogBase> installed) {
    this.transport = transport;
    this.blocking = blocking;
    this.timers = timers;
    this.saver = saver;
    this.applier = applier;
    this.memory = memory;
    this.objection = objection;
    this.installed = installed;
    this.notBefore = timers.now();
  }

  /**
   * A snapshot is needed. Nothing happens while one is being fetched, unless another server leads
   * now and the one that was asked does not answer; nor soon after a failure: the core says it
   * again. Returns at once.
   *
   * @param address the leader's; null when it is not known
   */
  void needed(String address) {
    Fetch running = current.get();
    boolean free =
        running == null ? timers.now() - notBefore >= 0 : running.isStuckApartFrom(address);
    if (address == null || !free) {
      return;
    }
    Fetch next = new Fetch(address);
    if (current.compareAndSet(running, next)) {
      LOG.info(
          "fetching a snapshot, since no log leads from what is here to what is there: from="
              + address);
      next.ask();
    }
  }

  /** One snapshot from its first chunk to the last, and what is done with it. */
  private final class Fetch {
    private final String address;
    private final long since = timers.now();
    private SnapshotAssembly assembly = new SnapshotAssembly();
    private CatalogStore.Point point;
    private byte[] cursor = new byte[0];
    private long bytes;
    private volatile int tries;
    private volatile boolean complete;

    private Fetch(String address) {
      this.address = address;
    }

    /** Another one is asked now, and this one does not answer. */
    private boolean isStuckApartFrom(String leader) {
      return !address.equals(leader) && tries > 0 && !complete;
    }

    private void failed(String why) {
      if (!current.compareAndSet(this, null)) {
        return; // it was given up for another one
      }
      long pause = PAUSE_NANOS << Math.min(failures, 7);
      failures++;
      notBefore = timers.now() + Math.min(pause, LONGEST_PAUSE_NANOS);
      LOG.warning(
          "COM3029: a snapshot could not be fetched, will try again: "
              + LogLine.excerpt(why, EXCERPT));
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
        failed("no thread is free for it");
      }
    }

    private void guarded(Runnable part) {
      if (current.get() != this) {
        return;
      }
      try {
        part.run();
      } catch (RuntimeException | Error e) {
        LOG.log(Level.WARNING, "installing a snapshot failed", e);
        failed(e.toString());
      }
    }

    private void took(Reply<Forwarded.SnapshotAnswer> reply, Throwable error) {
      if (error != null) {
        failed(error.toString());
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

    /** The same chunk once more, after a pause. */
    private Void again(String why) {
      if (++tries >= TRIES) {
        failed(address + ": " + why);
      } else {
        timers.at(timers.now() + PAUSE_NANOS, this::ask);
      }
      return null;
    }

    private void took(Forwarded.SnapshotAnswer answer) {
      if (answer.point() == null) {
        failed(address + ": " + answer.refusal());
        return;
      }
      long index = answer.point().appliedIndex();
      int checksum = SnapshotSource.checksum(index, cursor, answer.rows(), answer.next());
      if (checksum != answer.checksum()) {
        again("a chunk arrived damaged");
        return;
      }
      String wrong = wrongWith(answer);
      if (!wrong.isEmpty()) {
        failed(address + ": " + wrong);
        return;
      }
      try {
        assembly.add(answer.rows());
      } catch (MalformedFrameException e) {
        failed(address + ": " + e.getMessage());
        return;
      }
      tries = 0;
      bytes += answer.rows().length;
      point = answer.point();
      cursor = answer.next();
      if (cursor.length > 0) {
        ask();
      } else {
        finish(answer.digest(), answer.confirmedAt());
      }
    }

    private String wrongWith(Forwarded.SnapshotAnswer answer) {
      if (point != null && !point.equals(answer.point())) {
        return "it has answered with another snapshot";
      }
      boolean more = answer.next().length > 0;
      if (more && (answer.rows().length == 0 || Arrays.equals(answer.next(), cursor))) {
        return "its snapshot does not come to an end";
      }
      if (bytes + answer.rows().length > 2 * answer.stateBytes() + SLACK_BYTES) {
        return "it sends more than the " + answer.stateBytes() + " bytes that it has";
      }
      long both = applier.stateBytes() + answer.stateBytes();
      return both < 0 || both > memory
          ? "its state takes "
              + answer.stateBytes()
              + " bytes, and beside the own one there is no room for it while it is fetched ("
              + memory
              + " bytes for both): give this server more memory (-Xmx)"
          : "";
    }

    private void finish(String digest, long confirmedAt) {
      complete = true;
      StateVersion state = assembly.finish(point.appliedIndex());
      assembly = null;
      if (!StateDigest.of(state).equals(digest)) {
        failed(address + ": what has come is not what was there: the digests differ");
        return;
      }
      if (!applier.knows(state.level())) {
        failed(
            "it is of feature level "
                + state.level()
                + ", which this version does not know: install the version that the other servers"
                + " run");
        return;
      }
      askTheCore(new Applier.View(point, state, confirmedAt));
    }

    private void askTheCore(Applier.View snapshot) {
      objection
          .apply(snapshot)
          .whenComplete(
              (why, error) ->
                  later(
                      () -> {
                        if (error != null) {
                          failed(error.toString());
                        } else if (why.isEmpty()) {
                          install(snapshot);
                        } else {
                          againLater(() -> askTheCore(snapshot), why);
                        }
                      }));
    }

    private void againLater(Runnable part, String why) {
      if (++tries >= TRIES) {
        failed(why);
      } else {
        timers.at(timers.now() + PAUSE_NANOS, () -> later(part));
      }
    }

    private void install(Applier.View snapshot) {
      try {
        if (!saver.replace(point, snapshot.state())) {
          againLater(() -> install(snapshot), "the tables are being saved");
          return;
        }
      } catch (StoreException e) {
        againLater(() -> install(snapshot), "the tables could not be written: " + e.getMessage());
        return;
      }
      applier
          .install(snapshot)
          .thenAccept(
              done -> {
                if (done || !applier.isDiverged()) {
                  goOn();
                } else { // found meanwhile: the core is not told that it is mended
                  failed("the state was found to differ, and this snapshot does not mend it");
                }
              });
    }

    /**
     * Also when the state was as new by then: the log needs it. On the apply thread, so that it
     * needs no place in a lane: the state is ahead of the core until then.
     */
    private void goOn() {
      installed.accept(point.logBase());
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
      failures = 0;
      current.compareAndSet(this, null);
    }
  }
}
