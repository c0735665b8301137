/**
 * The driver: what feeds one server's {@link org.comitia.raft.participant.Participant} and carries
 * out what it asks for, with threads, deadlines and lanes.
 *
 * <h2>What it is</h2>
 *
 * <pre>
 *   ConsensusServer       makes, starts and stops all of this
 *     Engine              the core: the Participant, its inbox, what it hands out
 *     LogWriter           log thread: the log store, group commit
 *     LogReads            read thread: old entries
 *     DiskCare            Scrubber, DiskWatch: what the disk has lost, and whether it is full
 *     Condition           what is wrong, in words
 *     Departure           handing leadership over, and leaving
 *     StateComparison     whether the state is the cluster's; DigestDuty on the leader
 *     QuorumRecovery      before a start, a lost majority
 *     Applier             apply thread: the state machine; TableSaver behind it
 *     LoadedStores        what a server starts from, if the two stores fit together
 *     LogCutter           has the log cut; LogKeeping: how much of it stays behind the saved tables
 *     SnapshotSource      gives other servers the state, chunk by chunk
 *     SnapshotFetch       fetches it from the leader, and installs it; InstalledTables after a crash
 *     Lanes, VitalThreads who may wait where; what happens when a thread ends
 *   Delegate              what a node is: ConsensusServer, or ClientCluster
 *   ServerCluster         writes and reads on a server
 *     SnapshotArchives    backups of its state: StateArchive, a version as the bytes of an archive
 *     ArchiveRestore      archives into the log; RestorationClock gives up what does not end
 *     AutopilotDesk       how the servers are
 *     PendingWrites       proposed here and not decided yet; Renewals of sessions
 *     LinearizableReads   up to which index a read must see: ReadGate on the leader, FollowerReads
 *     BlockingReads       answers them, at once or when something changes
 *   ClientCluster         the same on a client agent: everything goes to a server
 *   LeaderRoute           the way to who can carry a request out; HeldRequests, while nobody can
 *   RequestDesk           what other agents ask for by the server port
 *   Duties                on the leader: MemberCatalog, LeaderClocks, Removal, LevelDuty,
 *                         AutopilotDuty with HealthBook, DigestDuty
 *   Fanout                many answers at once
 *   CommittedRemovals     who was taken out of the configuration, at which index
 * </pre>
 *
 * <h2>What it may touch</h2>
 *
 * {@code cluster} (the ports of disk, network and members), {@code wire}, {@code raft}, {@code
 * state}, {@code snapshot}, {@code config}, {@code log} and {@code metrics}; no SQL, no socket, no
 * JGroups, no container. Threads and the executor are handed in, which is how the simulation runs
 * these classes.
 *
 * <h2>Threads</h2>
 *
 * Core, log, read and apply threads own what the table in {@code docs/design/driver.md} says and
 * never wait for anything but their own work: no lock, no future, no name, no disk but the log's
 * own. They talk by mailboxes. What is said to a client is said in the completions lane; what may
 * block, in the blocking lane. Whoever must not be late may read {@link
 * org.comitia.consensus.Status}, which is immutable and replaced a few times a tick.
 *
 * <h2>Promises and bounds</h2>
 *
 * <ul>
 *   <li>A write has one of three outcomes: applied, surely not applied, unknown. Nothing of ours
 *       sends an unknown one again. It is unknown when 10 s have not decided it.
 *   <li>A request that was surely not proposed is held while no leader is known, at most {@code
 *       rpc_hold_timeout} (7 s) and 10,000 of them, then answered.
 *   <li>20,000 inputs in the inbox, and as many frames of other servers, 64 MiB of them, 100,000
 *       reads that wait, 50,000 entries or 24 MiB not yet applied; what comes beyond is refused
 *       (429) or handed out later.
 *   <li>A vital thread that ends is told once, and all that waits is answered.
 * </ul>
 *
 * <p>{@code docs/design/driver.md} has the rules with their reasons, {@code docs/design/house.md}
 * the way of a write and of a read, {@code docs/design/protocol.md} what is written and sent in
 * which order.
 */
package org.comitia.consensus;
