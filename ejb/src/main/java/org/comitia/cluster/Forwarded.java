package org.comitia.cluster;

import org.comitia.raft.ServerId;
import org.comitia.state.Command;

/**
 * What one agent asks another over the server port. A client asks any server; a server passes on to
 * the leader at most once ({@code hops}), so two servers that each take the other for the leader do
 * not play ball.
 */
public sealed interface Forwarded {
  /** How often this was passed on already: 0 from the agent that was asked by its client. */
  int hops();

  record Write(int hops, Command command) implements Forwarded {}

  record ReadRequest(int hops, Read read) implements Forwarded {}

  /** Renews a session's TTL, which the leader keeps; answered by a {@link ReadAnswer}. */
  record Renew(int hops, String session) implements Forwarded {}

  /** Only for the leader: up to where must I have applied to answer a linearizable read? */
  record ReadIndex(int hops) implements Forwarded {}

  record StatusRequest(int hops) implements Forwarded {}

  record ConfigurationRequest(int hops, boolean stale) implements Forwarded {}

  /**
   * Take me out of the configuration, if I am in it, and out of the catalog.
   *
   * @param server null for a client agent
   */
  record Leave(int hops, ServerId server, String nodeName, String nodeId) implements Forwarded {}

  /**
   * Take a server out of the configuration; its node stays in the catalog. The leader looks for it.
   *
   * @param id the server's node id; empty when {@code address} says which
   * @param address {@code ip:port}; empty when {@code id} says which
   */
  record RemovePeer(int hops, String id, String address) implements Forwarded {}

  /** The answers, by the name of the question. */
  sealed interface Answer {}

  record WriteAnswer(WriteOutcome outcome) implements Answer {}

  record ReadAnswer(ReadOutcome outcome) implements Answer {}

  /**
   * @param index -1: not the leader, or not any more
   */
  record ReadIndexAnswer(long index) implements Answer {}

  record StatusReply(Cluster.StatusAnswer status) implements Answer {}

  record ConfigurationReply(Cluster.ConfigurationAnswer configuration) implements Answer {}

  /**
   * @param removedAt the index that the removal was committed at; -1: not removed, {@code reason}
   *     says why
   */
  record LeaveAnswer(long removedAt, String reason) implements Answer {}
}
