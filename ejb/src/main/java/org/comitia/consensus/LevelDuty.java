package org.comitia.consensus;

import java.util.List;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftCore;
import org.comitia.state.Command;
import org.comitia.state.StateVersion;
import org.comitia.wire.Commands;

/**
 * A leader's part in feature levels (docs/design/upgrades.md): it raises the level in force, one at
 * a time, as far as all servers of the configuration know it, and says what a server must know to
 * be taken in. What it remembers is of one term. One thread at a time.
 */
final class LevelDuty {
  private final int most;
  private long term = -1;
  private long found;
  private int proposed;
  private long proposedAt;

  /**
   * @param most it raises no further than this
   */
  LevelDuty(int most) {
    this.most = most;
  }

  /** A round begins, under an established leader. Forgets what was of an earlier term. */
  void begin(Status status) {
    if (status.term() != term) {
      term = status.term();
      found = status.commitIndex();
      proposed = 0;
      proposedAt = 0;
    }
  }

  /**
   * Whether this leader has applied what it found when it began to lead. Before that the level that
   * is in force may not be in its state yet: nobody is taken in, nothing is raised.
   */
  boolean isSettled(StateVersion state) {
    return state.appliedIndex() >= found;
  }

  /**
   * What a server must know to be taken in: the level in force, or the one that this leader has
   * proposed, whatever became of it.
   */
  int needed(StateVersion state) {
    return Math.max(state.level(), proposed);
  }

  /** The level to propose next, if all servers know it; 0 for none. */
  int next(StateVersion state) {
    boolean waits = !isSettled(state) || state.appliedIndex() < proposedAt;
    return waits || state.level() >= most ? 0 : state.level() + 1;
  }

  /**
   * Proposes a level if this leader still leads that term and all servers know the level at this
   * moment, by the newest configuration. In the core's turn.
   *
   * @param level what {@link #next} said
   * @return the entry's index; 0 when it was not proposed
   */
  long propose(int level, RaftCore core, long now) {
    if (core.term() != term || core.lowestLevel(now) < level) {
      return 0;
    }
    byte[] command = Commands.encode(new Command.RaiseLevel(level));
    if (!(core.propose(List.of(command), now) instanceof Proposal.Accepted accepted)) {
      return 0;
    }
    proposed = level;
    proposedAt = accepted.firstIndex();
    return proposedAt;
  }
}
