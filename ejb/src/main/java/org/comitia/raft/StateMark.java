package org.comitia.raft;

/**
 * What a server says of its state in its answers to its leader. Raft itself makes nothing of it.
 *
 * @param index the entry behind which the state was looked at; 0 for none
 * @param digest of the state there; in the same state the same on every server
 */
public record StateMark(long index, long digest) {
  /** Of a server that has looked at nothing yet. */
  public static final StateMark NONE = new StateMark(0, 0);
}
