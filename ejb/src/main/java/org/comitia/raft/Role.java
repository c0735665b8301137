package org.comitia.raft;

/**
 * What a server is at the moment, as {@code info} names it. A pre-candidate counts as a candidate.
 */
public enum Role {
  FOLLOWER,
  CANDIDATE,
  LEADER
}
