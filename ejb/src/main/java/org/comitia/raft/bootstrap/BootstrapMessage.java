package org.comitia.raft.bootstrap;

import java.util.List;
import java.util.UUID;
import org.comitia.raft.Server;

/**
 * What empty servers tell each other before there is a cluster (design §5). The cluster id is the
 * hash of the set of (node id, incarnation), so naming it names the set.
 */
public sealed interface BootstrapMessage {
  UUID cluster();

  /** The lowest of the live, empty servers proposes to start a cluster of exactly these. */
  record Propose(UUID cluster, List<Server> servers) implements BootstrapMessage {}

  /**
   * The sender has durably promised to be in this cluster and no other; told to every member of it.
   */
  record Promised(UUID cluster) implements BootstrapMessage {}

  /** The sender will not promise; nothing changed at it. @param reason for people */
  record Refused(UUID cluster, String reason) implements BootstrapMessage {}

  /** The sender has durably given up its part in this set for ever. */
  record Renounced(UUID cluster) implements BootstrapMessage {}
}
