/**
 * The driver: what feeds one server's {@link org.comitia.raft.participant.Participant} and carries
 * out what it asks for, with threads, deadlines and lanes.
 *
 * <pre>
 *   ConsensusServer       makes, starts and stops all of this
 *     Engine              core thread: the Participant, its inbox, what it hands out
 *     LogWriter           log thread: the log store, group commit
 *     Applier             apply thread: the state machine; TableSaver behind it
 *     Lanes, VitalThreads who may wait where; what happens when a thread ends
 *   ServerCluster         writes and reads on a server; PendingWrites, ReadGate, HeldRequests
 *   ClientCluster         the same on a client agent: everything goes to a server
 *   RequestDesk           what other agents ask for by the server port
 *   Duties                on the leader: MemberCatalog, LeaderClocks, Removal
 * </pre>
 *
 * Core, log and apply threads never wait for anything but their own work. What is said to a client
 * is said in the completions lane. {@code docs/design/driver.md} has the rules and the bounds,
 * {@code docs/design/house.md} the way of a write and of a read.
 */
package org.comitia.consensus;
