/**
 * One server as a pure function: the Raft core, the bootstrap protocol and the durable records
 * around them, put together. {@link org.comitia.raft.participant.Participant} decides everything
 * that the driver used to decide: which frames this server takes, what is written in which order,
 * who is told what at which address, when it has left and when it is back. {@link
 * org.comitia.raft.participant.MembershipDuty} is what a leader changes in the configuration when
 * it looks at the members.
 *
 * <p>Above {@code raft} and {@code raft.bootstrap}, under the same walls: no clock, no thread, no
 * I/O, no logging. The production driver ({@code consensus.Engine}) and the simulation run these
 * same classes.
 */
package org.comitia.raft.participant;
