package org.comitia.raft;

/**
 * The decisions on which safety rests, each in one place under the rule that asks for it. There is
 * one set of them; tests break one at a time, to show that the simulation finds it.
 */
class SafetyRules {
  static final SafetyRules SOUND = new SafetyRules();

  /** Paper §5.2: one vote a term. */
  boolean mayVote(ServerId votedFor, ServerId candidate) {
    return votedFor == null || votedFor.equals(candidate);
  }

  /** Paper §5.4.1: only for a log that is at least as up to date as the own one. */
  boolean isUpToDate(RaftLog log, long lastIndex, long lastTerm) {
    return log.isUpToDate(lastIndex, lastTerm);
  }

  /** Paper §5.4.2: only an entry of the own term is committed by counting. */
  boolean mayCommitByCounting(long index, long firstOwnIndex) {
    return index >= firstOwnIndex;
  }

  /**
   * Paper figure 2: a follower commits what it knows to be the leader's, not what it happens to
   * hold.
   */
  long followerCommit(long leaderCommit, long matched) {
    return Math.min(leaderCommit, matched);
  }

  /** Paper §5.3: what is acknowledged is on the disk. */
  long acknowledged(long matched, long syncedIndex) {
    return Math.min(matched, syncedIndex);
  }

  /** Thesis §6.4: before its first own entry is committed a leader may not know what is. */
  boolean mayRead(boolean established) {
    return established;
  }

  /** Thesis §6.4: a read is confirmed by answers to a round that was sent after it came. */
  long confirmedRound(long answeredRound, long newestRound) {
    return answeredRound;
  }

  /**
   * Thesis §4.1 and its correction: without an own committed entry, two leaders' changes may have
   * majorities that do not meet.
   */
  boolean mayChange(boolean established) {
    return established;
  }

  /** Thesis §4.1: one change at a time. */
  boolean changeIsOpen(long configurationIndex, long commitIndex) {
    return configurationIndex > commitIndex;
  }

  /**
   * Nobody may be made to apply what it does not know: what all servers know, voters and learners.
   *
   * @param levels one a server, ascending, at least one
   */
  int commonLevel(int[] levels) {
    return levels[0];
  }

  /** Acknowledged is for ever: who says that it lacks what it acknowledged has lost it. */
  boolean noticesLoss() {
    return true;
  }

  /**
   * Nobody waits for an answer of a store that has failed. Liveness: else what was asked for
   * meanwhile is never asked for again, and this server applies nothing any more.
   */
  boolean readsEndWithTheStore() {
    return true;
  }

  /**
   * Whether a snapshot of a server that was last found right by the entry {@code confirmedAt} may
   * replace a state that was found wrong by the entry {@code divergedAt}: one that is not known to
   * be right may be as wrong.
   */
  boolean mends(long divergedAt, long confirmedAt) {
    return confirmedAt >= divergedAt;
  }
}
