package org.comitia.consensus;

import java.util.logging.Logger;
import org.comitia.raft.StateMark;
import org.comitia.raft.participant.Confirmation;
import org.comitia.state.Command;

/**
 * Whether this server's state is the cluster's, as far as is known
 * (docs/design/state-comparison.md). Fed by the apply thread; any thread asks.
 */
class StateComparison {
  /** Whoever acts on it. Called on the apply thread; to return at once. */
  interface Reports {
    /** There is something new to say of the state. */
    void marked(StateMark mark);

    /**
     * The state is not the cluster's.
     *
     * @param index of the entry by which it was found
     */
    void diverged(long index);

    /** A restart is to know this. */
    void confirmed(Confirmation known);
  }

  private static final Logger LOG = Logger.getLogger("consul.fsm");

  private final Confirmation before;
  private final Reports reports;
  private volatile StateMark mark = StateMark.NONE;
  private volatile long confirmedAt;
  private volatile long divergedAt;
  private volatile Confirmation told = Confirmation.NONE;

  /**
   * @param divergedAt what this server knew before it was started; 0 for nothing
   * @param before likewise
   */
  StateComparison(long divergedAt, Confirmation before, Reports reports) {
    this.divergedAt = divergedAt;
    this.before = before;
    this.reports = reports;
  }

  /**
   * An entry that compares was applied.
   *
   * @param digest of the own state behind it
   */
  final void applied(long index, Command.CompareDigest command, long digest) {
    if (command.index() == 0) {
      say(new StateMark(index, digest));
    } else if (command.index() == mark.index()) { // else it was not here, or is of another life
      compare(index, command, digest);
    }
  }

  private void compare(long index, Command.CompareDigest command, long digest) {
    if (agrees(mark.digest(), command.digest())) {
      confirmedAt = index;
      keep(index, digest);
      return;
    }
    divergedAt = index;
    LOG.severe(
        String.format(
            "%s. At entry %d its digest was %016x, that of most voters %016x.",
            text(), mark.index(), mark.digest(), command.digest()));
    say(StateMark.NONE);
    reports.diverged(index);
  }

  /**
   * Everything up to here is applied: what is the same as before a restart is as right as it was.
   *
   * @param digest of the own state there
   */
  final void reached(long index, long digest) {
    if (index == before.index() && digest == before.digest() && !isDiverged()) {
      confirmedAt = Math.max(confirmedAt, before.confirmedAt());
    }
  }

  /**
   * The state here is one that a restart may begin with: after a verdict or a snapshot, before a
   * save.
   *
   * @param digest of the own state there
   */
  final void keep(long index, long digest) {
    Confirmation known = new Confirmation(index, digest, confirmedAt);
    if (confirmedAt > 0 && !isDiverged() && !known.equals(told)) {
      told = known;
      reports.confirmed(known);
    }
  }

  /** What a restart is to know. */
  final Confirmation told() {
    return told;
  }

  private void say(StateMark next) {
    mark = next;
    reports.marked(next);
  }

  boolean agrees(long own, long clusters) {
    return own == clusters;
  }

  /**
   * The state was replaced by a snapshot.
   *
   * @param givenAt {@link #confirmedAt} of who gave it
   */
  final void mended(long givenAt) {
    confirmedAt = givenAt;
    say(StateMark.NONE); // it was of the state before
    if (divergedAt > 0) {
      divergedAt = 0;
      LOG.info("the state was replaced by the leader's, and is the cluster's again");
    }
  }

  /** Why nothing of the state may be shown; empty when it may. */
  String withheld() {
    return isDiverged() ? text() : "";
  }

  private String text() {
    return "COM3070: this server's state differs from the cluster's, as entry "
        + divergedAt
        + " of the log shows: it answers no reads, does not lead and waits for a snapshot of a"
        + " leader whose state was compared. It mends itself; COM3029 in its log says if it cannot";
  }

  /** Whether the own state is known not to be the cluster's. */
  final boolean isDiverged() {
    return divergedAt > 0;
  }

  /** The entry by which that was found; 0 for none. */
  final long divergedAt() {
    return divergedAt;
  }

  /** The entry by which the state was last found to be the cluster's; 0 for none. */
  final long confirmedAt() {
    return confirmedAt;
  }

  /** What was last noted to be compared. */
  final StateMark mark() {
    return mark;
  }
}
