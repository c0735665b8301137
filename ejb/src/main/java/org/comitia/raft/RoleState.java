package org.comitia.raft;

/**
 * What a server is in its term, holding only what is legal there. A change of role makes a new
 * object, so nothing of an earlier role can leak into a later one.
 */
sealed interface RoleState permits FollowerState, PreCandidateState, CandidateState, LeaderState {
  Role role();

  /** The leader of the current term as far as known, else null. */
  ServerId leader();

  /** Time has passed; {@code Kernel.now} says until when. */
  void tick();

  /** Inputs are over for now: send what they made due. */
  void flush();

  /** The disk has come further. */
  default void synced() {}

  /** Another configuration is in force. */
  default void configurationChanged() {}

  /** This object is no longer the role: answer whoever still waits. */
  default void left() {}
}
