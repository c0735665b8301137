/**
 * The consensus core: Raft as a deterministic state machine over java.base values.
 *
 * <h2>What it is</h2>
 *
 * {@link org.comitia.raft.RaftCore} keeps one server's replicated log in agreement with the logs of
 * the others. It has no clock, no thread, no disk and no socket. A driver feeds it inputs
 * (messages, ticks, proposals, "synced", "read", "applied"), each with the driver's monotonic time,
 * and after each batch takes one {@link org.comitia.raft.Ready}: what to write, what to send, what
 * to apply, which reads are answered, which entries to read back, what people want to know. The
 * same inputs give the same outputs, which is why whole clusters can be simulated in one thread and
 * any failure be replayed from its seed.
 *
 * <h2>The driver's duties</h2>
 *
 * <ol>
 *   <li>One thread. Drain the inbox, then {@code tick} if 10 to 20 ms have passed, then {@code
 *       ready} and carry it out; after many inputs at once, {@code ready} once: that is the
 *       batching.
 *   <li>Write the {@link org.comitia.raft.Persist}s in order, several in one transaction if there
 *       are several, and report the last one's sequence with {@code synced} when it is on the disk,
 *       not before. Messages need not wait for it: the core holds back those that must.
 *   <li>Send messages in any order, lose, delay or duplicate them as it comes; but only to their
 *       exact addressee, and hand in only what is of this cluster and for this incarnation.
 *   <li>Apply {@code committed} in order, then say {@code applied}. Unless it does, what is handed
 *       out stays bounded by {@link org.comitia.raft.RaftOptions#maxUncommittedBytes()}.
 *   <li>Answer each {@link org.comitia.raft.LogRead}, with an empty list if nothing can be read.
 *   <li>After a failed write: {@code storeFailed}, and {@code storeReopened} when the store was
 *       verified. After an {@code IllegalStateException}: stop; an invariant is broken and more
 *       inputs can only make it worse.
 * </ol>
 *
 * <h2>Inside</h2>
 *
 * <pre>
 *   RaftCore            the front: inputs, ready, views
 *     Kernel            term, vote, commit index, time, votes; the steps from role to role
 *       RoleState       sealed: what is legal in that role and nothing else
 *         FollowerState, PreCandidateState, CandidateState, LeaderState
 *       RaftLog         LogBase (what it begins behind), TermRuns (all terms behind that),
 *                       EntryCache (newest entries), ByteMarks, configurations
 *         Journal       what is on its way to the disk and how far the disk is
 *       ElectionTimer   when to stop waiting for a leader
 *       Delivery        committed entries on their way to the driver
 *       Outbox          the next Ready; messages that wait for term and vote
 *     Progress          the leader's view of one server: match, next, window, probing
 *     ReadRounds        ReadIndex, batched
 *     Electorate, Tally who decides, and who has decided
 *     ConfigurationChange, ConfigurationCodec   membership
 * </pre>
 *
 * A change of role makes a new role object. Sending is lazy: inputs only note what is due, {@code
 * ready} sends it, so that a hundred proposals leave as one message.
 *
 * <h2>Time</h2>
 *
 * Two clocks in one. All elapsed time counts against a leader's authority: the first input after an
 * election timeout without answers from a majority finds it stepped down. An election timer counts
 * at most two ticks a tick: a process that was frozen for a minute first reads its inbox, and finds
 * its leader there.
 *
 * <h2>Election</h2>
 *
 * <pre>
 *   follower --timeout, or the leader's socket broke--> pre-candidate --majority would--> candidate
 *   candidate --majority, own vote synced--> leader     candidate --timeout--> pre-candidate
 *   follower --TimeoutNow of its leader--> candidate    anybody --newer term, or its leader--> follower
 *   leader --no majority heard, disk late, store failed, removed--> follower
 * </pre>
 *
 * A server is asked to grant a pre-vote only if it has not heard a leader within an election
 * timeout, so that nobody who merely lost touch can raise the others' terms. A server whose vote is
 * on its way to a slow disk waits for that before anything else; its timer begins then.
 *
 * <h2>Replication</h2>
 *
 * A leader probes until it knows where a follower's log agrees, one request at a time, skipping a
 * whole term for each refusal; then it pipelines within a window of messages and bytes. Heartbeats
 * go beside that: they carry the follower's match index as previous index and may overtake. Success
 * answers tell two indexes: synced, which counts for commitment, and received, which tells a slow
 * disk from a lost message. The window of bytes follows what the link carries. Connections do not
 * lose: only when one broke, or nothing at all has arrived for an election timeout, is anything
 * sent again.
 *
 * <p>What must be synced before which message leaves, and who accepts it, is in {@code
 * docs/design/protocol.md}; where this differs from the paper, in {@code
 * docs/design/divergence-from-raft.md}. Paper: Ongaro and Ousterhout, "In Search of an
 * Understandable Consensus Algorithm"; thesis: Ongaro, "Consensus: Bridging Theory and Practice".
 */
package org.comitia.raft;
