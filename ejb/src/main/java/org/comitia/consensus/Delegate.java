package org.comitia.consensus;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Member;

/**
 * What a node is in its cluster (Consul's delegate): a server, or a client that asks the servers.
 * Safe for any thread.
 */
public sealed interface Delegate permits ConsensusServer, ClientCluster {
  /** The server; empty in client mode. */
  Optional<ConsensusServer> server();

  Cluster cluster();

  /**
   * Leaves the cluster for good: has this node taken out of the configuration, if it is in it, and
   * out of the catalog. Blocks at most {@code limit}.
   *
   * @param own on whose behalf the agent does what is its own
   * @return null when it is out; else why not
   */
  String leave(Caller own, Duration limit) throws InterruptedException;

  /**
   * Takes a failed member out of the configuration, if it is a server, and out of the catalog,
   * because a person says so.
   *
   * @return completes with null when it is out, else with the reason
   */
  CompletionStage<String> remove(Caller caller, Member member);

  /**
   * Answers all that waits here, for a change or for a leader; from now on nothing waits. For a
   * node that is about to stop. Returns at once.
   */
  void answerWaiting();
}
