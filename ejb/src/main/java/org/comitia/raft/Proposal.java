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
   * This server does not lead, or is handing leadership over.
   *
   * @param leader whom to ask instead, null when unknown
   */
  record NotLeader(ServerId leader) implements Proposal {}

  /**
   * Certainly not proposed, try again later: too many bytes are not yet committed, or (for a change
   * of the configuration) leadership is being handed over or the change before is not committed.
   */
  record Refused(String reason) implements Proposal {}
}
