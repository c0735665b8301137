package org.comitia.raft;

import java.util.List;

/**
 * What Raft cores tell each other. Cluster, sender and addressee stand on the {@link Envelope}. The
 * rules for each (what must be synced before it leaves, who accepts it) are in
 * docs/design/protocol.md.
 */
public sealed interface Message {
  /** The sender's term; a pre-vote names the term that the sender would campaign in. */
  long term();

  /** Would you vote for me in {@code term}? Changes nothing at the addressee (thesis §9.6). */
  record PreVoteRequest(long term, long lastIndex, long lastTerm) implements Message {}

  /**
   * @param term the answering server's own term when refused, the asked term when granted
   */
  record PreVoteResponse(long term, boolean granted) implements Message {}

  /**
   * @param transfer the sender was told to campaign by the leader: stickiness does not apply
   *     (thesis §3.10)
   */
  record VoteRequest(long term, long lastIndex, long lastTerm, boolean transfer)
      implements Message {}

  record VoteResponse(long term, boolean granted) implements Message {}

  /**
   * Entries, or a heartbeat when there are none (paper §5.3).
   *
   * @param round the leader's newest ReadIndex round, 0 for none; echoed in the answer
   */
  record AppendRequest(
      long term, long prevIndex, long prevTerm, List<Entry> entries, long commit, long round)
      implements Message {}

  /**
   * @param matchIndex on success: up to where the sender's log is synced and equal to the leader's.
   *     On refusal: 0
   * @param hintIndex on refusal: the highest index at which the logs may agree; the leader tries
   *     from there
   * @param hintTerm on refusal: the term of the sender's entry at {@code hintIndex}
   * @param round the request's round
   * @param level the feature level that the sender knows, from 0 on; what an older build sends,
   *     which tells none, counts as 0
   * @param mark what the sender says of its state
   */
  record AppendResponse(
      long term,
      boolean success,
      long matchIndex,
      long hintIndex,
      long hintTerm,
      long round,
      int level,
      StateMark mark)
      implements Message {
    /** The same without a word about the state. */
    public AppendResponse(
        long term,
        boolean success,
        long matchIndex,
        long hintIndex,
        long hintTerm,
        long round,
        int level) {
      this(term, success, matchIndex, hintIndex, hintTerm, round, level, StateMark.NONE);
    }
  }

  /**
   * The sender's log begins behind {@code baseIndex}, and this server's ends before it or has
   * another entry there: only a snapshot brings it on (paper §7). It is not sent but fetched, chunk
   * by chunk, by who needs it, from the sender.
   *
   * @param baseTerm the term of the entry at {@code baseIndex}
   */
  record SnapshotOffer(long term, long baseIndex, long baseTerm) implements Message {}

  /** Campaign now, the leader of {@code term} steps aside for you (thesis §3.10). */
  record TimeoutNow(long term) implements Message {}
}
