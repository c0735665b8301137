package org.comitia.raft;

/**
 * What became of a proposal at once. Only {@link Accepted} may ever be applied; the others surely
 * never are.
 */
public sealed interface Proposal {
  /**
   * The entries stand in this leader's log from {@code firstIndex} on, in {@code term}. If another
   * term's entry is later committed at such an index, that proposal was lost; until then its
   * outcome is unknown.
   */
  record Accepted(long term, long firstIndex) implements Proposal {}

  /**
   * @param leader whom to ask instead, null when unknown
   */
  record NotLeader(ServerId leader) implements Proposal {}

  /**
   * Too many bytes are not yet committed, or leadership is being handed over: certainly not
   * proposed, try again later.
   */
  record Refused(String reason) implements Proposal {}
}
