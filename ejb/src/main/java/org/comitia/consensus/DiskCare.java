package org.comitia.consensus;

import java.util.concurrent.Executor;
import java.util.logging.Logger;
import org.comitia.state.Command;

/**
 * Looks after a server's disk: whether the files are still there and have room, whether what was
 * written long ago can still be read, and who is to lead when this disk is of little use.
 */
final class DiskCare {
  private static final Logger LOG = Logger.getLogger("consul");

  /**
   * All may have disks of little use: this long it leads before it gives way again, and each time
   * twice as long. What a leader's clock decides, such as the end of a session, needs terms that
   * last.
   */
  private static final long FIRST_PAUSE_NANOS = 5_000_000_000L;

  private static final long LONGEST_PAUSE_NANOS = 600_000_000_000L;

  /** When it has not given way for so many pauses, the next one is the first again. */
  private static final long PAUSES = 4;

  /** A save that writes all tables may take so many times what saves may fail for. */
  private static final int WHOLE_SAVE_TIMES = 10;

  private final Engine engine;
  private final DiskWatch watch;
  private final Scrubber scrubber;
  private final TableSaver saver;
  private final long unsavedNanos;
  private final Executor lane;
  private volatile long pauseNanos = FIRST_PAUSE_NANOS;
  private volatile long gaveWayNanos = System.nanoTime() - PAUSES * FIRST_PAUSE_NANOS;

  DiskCare(ConsensusServer.Parts parts, LogWriter log, TableSaver saver, Engine engine) {
    this.engine = engine;
    this.lane = parts.lanes().completions();
    this.saver = saver;
    this.unsavedNanos = parts.disk().unsaved().toNanos();
    this.watch =
        new DiskWatch(
            parts.log(),
            parts.catalog(),
            log,
            saver,
            parts.lanes().blocking(),
            parts.disk().reserve());
    this.scrubber =
        new Scrubber(
            parts.log(),
            parts.catalog(),
            log,
            saver,
            parts.lanes().blocking(),
            parts.disk().scrubInterval(),
            System::nanoTime);
  }

  /** To be called about twice a second, by one thread at a time. Does not block. */
  void look() {
    watch.look();
    giveWay();
    scrubber.look();
  }

  /**
   * A leader whose disk is nearly full refuses what one with room would take, and the log of one
   * that cannot save its tables grows until that is so.
   */
  private void giveWay() {
    String why = watch.low().isEmpty() ? savesFail() : watch.low();
    Status status = engine.status();
    if (!why.isEmpty()
        && status.isLeader()
        && status.configuration().voters().size() > 1
        && System.nanoTime() - gaveWayNanos >= pauseNanos) {
      engine
          .ask(core -> core.transferLeadership(null, System.nanoTime()))
          .thenAcceptAsync(begun -> gaveWay(begun, why), lane);
    }
  }

  /**
   * @param begun not when there is nobody to take it, or it is given away already
   */
  private void gaveWay(boolean begun, String why) {
    if (!begun) {
      return;
    }
    LOG.warning(why + "; leadership is given to another server");
    long now = System.nanoTime();
    boolean again = now - gaveWayNanos < PAUSES * pauseNanos;
    pauseNanos = again ? Math.min(LONGEST_PAUSE_NANOS, 2 * pauseNanos) : FIRST_PAUSE_NANOS;
    gaveWayNanos = now;
  }

  /** The stores are about to be closed. */
  void stop() {
    scrubber.stop();
  }

  /** How many bytes the stores' disks have left. */
  long usable() {
    return watch.usable();
  }

  /** Why a leader does not propose this; empty when it may. */
  String refusal(Command command) {
    return watch.refusal(command);
  }

  private String savesFail() {
    long now = System.nanoTime();
    long failing = saver.failingNanos(now);
    long writing = saver.writingNanos(now);
    if (failing > unsavedNanos) {
      return unsaved(failing, saver.failure());
    }
    return writing > WHOLE_SAVE_TIMES * unsavedNanos
        ? unsaved(writing, "a save has not ended in that time, its disk may be stalled")
        : "";
  }

  private static String unsaved(long nanos, String why) {
    return "COM3079: the tables could not be saved for "
        + nanos / 1_000_000_000L
        + " s, so the log is not cut and grows: "
        + why;
  }

  /** Why this server is of little use; empty when it is not so. */
  String notReady() {
    String failing = savesFail();
    return failing.isEmpty() ? watch.notReady() : failing;
  }

  /** What is being looked through; empty when nothing is. */
  String scrubProgress() {
    return scrubber.progress();
  }

  /** When all was last looked through, and what was found. */
  String lastScrub() {
    return scrubber.last();
  }
}
