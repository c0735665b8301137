package org.comitia.consensus;

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

  private final Engine engine;
  private final DiskWatch watch;
  private final Scrubber scrubber;
  private final TableSaver saver;
  private final long unsavedNanos;
  private long gaveWayNanos = System.nanoTime(); // whoever looks; the pause likewise
  private long pauseNanos;

  DiskCare(ConsensusServer.Parts parts, LogWriter log, TableSaver saver, Engine engine) {
    this.engine = engine;
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
    long now = System.nanoTime();
    Status status = engine.status();
    String why = watch.low().isEmpty() ? savesFail() : watch.low();
    if (why.isEmpty()) {
      pauseNanos = 0;
    } else if (status.isLeader()
        && status.configuration().voters().size() > 1
        && now - gaveWayNanos >= pauseNanos) {
      gaveWayNanos = now;
      pauseNanos = Math.min(LONGEST_PAUSE_NANOS, Math.max(FIRST_PAUSE_NANOS, 2 * pauseNanos));
      LOG.warning(why + "; leadership is given to another server");
      engine.ask(core -> core.transferLeadership(null, System.nanoTime()));
    }
  }

  /** The stores are about to be closed. */
  void stop() {
    scrubber.stop();
  }

  /** Why a leader does not propose this; empty when it may. */
  String refusal(Command command) {
    return watch.refusal(command);
  }

  private String savesFail() {
    long failing = saver.failingNanos(System.nanoTime());
    return failing <= unsavedNanos
        ? ""
        : "COM3079: the tables could not be saved for "
            + failing / 1_000_000_000L
            + " s, so the log is not cut and grows: "
            + saver.failure();
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
