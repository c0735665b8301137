package org.comitia.simulation;

import java.util.Set;
import org.comitia.consensus.SteppedState;

/** Deliberately broken servers; the simulation must find each. {@link #NONE} is the real one. */
enum Breakage {
  NONE,
  /** The vote is not written with the term. */
  VOTE_NOT_PERSISTED,
  /** Syncs are reported when they are asked for. */
  ACK_BEFORE_SYNC,
  /** The own vote's sync is reported when it is asked for. */
  OWN_VOTE_UNSYNCED,
  /** Granted pre-votes, which nobody persists, are taken for votes. */
  PRE_VOTE_TAKEN_FOR_VOTE,
  /** The saver does not wait for the own log's sync. */
  TABLES_AHEAD_OF_LOG,
  /** The saver goes by what was once synced, though it has been replaced since. */
  TABLES_FORGET_TRUNCATION,
  /** Frames are taken whoever they are addressed to. */
  MISADDRESSED_FRAME_ACCEPTED,
  /** A write whose outcome is unknown is sent again: the transport says that it was not sent. */
  RESENT_WRITE,
  /** A wiped store comes back under its old incarnation. */
  WIPED_VOTER_VOTES,
  /** A TimeoutNow of an older term is obeyed. */
  LATE_TIMEOUT_NOW,
  /** A renounced set is forgotten over a restart. */
  RENOUNCED_PROMISE_REUSED,
  /** A promise is forgotten over a restart. */
  DOUBLE_BOOTSTRAP,
  /** A leader answers reads without asking anybody. */
  FROZEN_LEADER_READS,
  /** Entries of an older term's leader are accepted. */
  STALE_TERM_ACCEPTED,
  /** The leader believes that a follower has more than it said. */
  COMMIT_BEYOND_MATCH,
  /** A server says that it has left before that is on its disk. */
  LEFT_SAID_BEFORE_SYNC,
  /** A follower takes the read index that an earlier question was answered with. */
  READ_INDEX_REUSED,
  /** Nobody passes the deadlines: what is held, and what waits for its outcome, waits on. */
  DEADLINES_FORGOTTEN,
  /** A renewal is answered though the session's end is proposed and may be committed. */
  RENEWED_WHILE_ENDING,
  /** An orderly stop saves the tables beside a save that is under way. */
  SAVE_WITHOUT_WAITING,
  /** The log is cut behind what is applied, not behind what the tables hold. */
  LOG_CUT_BEYOND_TABLES,
  /** A snapshot's log comes before its tables. */
  SNAPSHOT_LOG_FIRST,
  /** What a crash left of an installation is not made good. */
  INSTALLATION_LEFT_UNFINISHED,
  /** The tables are saved while parts of an archive are beside them. */
  RESTORE_SAVED_HALFWAY,
  /** A state is passed on while parts of an archive are beside it. */
  RESTORE_PASSED_ON_HALFWAY,
  /** What is restored keeps the indexes that it had where it was archived. */
  RESTORE_KEEPS_INDEXES,
  /** A damaged log is cut behind what is applied, not behind what the tables hold. */
  LOG_MENDED_BEYOND_TABLES,
  /** A leader goes by the members' tags alone, which come later than a removal. */
  TAKES_IN_WHO_JUST_LEFT,
  /** Whoever goes on after a lost quorum keeps the incarnation of its store. */
  RECOVERED_KEEPS_INCARNATION,
  /** Whoever goes on after a lost quorum keeps the id of its cluster. */
  RECOVERED_KEEPS_CLUSTER,
  /** Whoever goes on after a lost quorum drops what it does not know to be committed. */
  RECOVERED_WITHOUT_UNCOMMITTED,
  /** A leader calls a server dead because its view says so. */
  CLEANUP_BY_VIEW,
  /** A leader takes dead servers out whatever is left. */
  CLEANUP_COSTS_QUORUM,
  /** A server does not look whether its state is the cluster's. */
  DIGEST_NOT_COMPARED(SteppedState.Wrong.NOT_COMPARED),
  /** A server goes on to answer from a state that was found not to be the cluster's. */
  DIVERGED_KEEPS_SERVING(SteppedState.Wrong.KEEPS_SERVING),
  /** A leader takes its own state's digest for the majority's. */
  LEADERS_DIGEST_TAKEN(SteppedState.Wrong.OWN_DIGEST_COUNTS);

  /** What is wrong with how states are compared. */
  final Set<SteppedState.Wrong> comparing;

  Breakage(SteppedState.Wrong... comparing) {
    this.comparing = Set.of(comparing);
  }
}
