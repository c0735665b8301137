package org.comitia.raft.bootstrap;

import java.util.Objects;
import java.util.UUID;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/**
 * A server as bootstrap sees it: what its member tags say.
 *
 * @param server id, node name and the address of its server port
 * @param expect its {@code bootstrap-expect}, 0 when it was given none
 * @param bootstrap whether it runs with {@code -bootstrap}
 * @param cluster the cluster that it is in; null while it has none
 */
public record Candidate(
    Server server, String datacenter, int expect, boolean bootstrap, UUID cluster) {
  public Candidate {
    Objects.requireNonNull(server, "server");
    Objects.requireNonNull(datacenter, "datacenter");
    if (expect < 0) {
      throw new IllegalArgumentException(
          "bootstrap_expect cannot be " + expect + ". Must be greater than or equal to zero");
    }
  }

  ServerId id() {
    return server.id();
  }

  String name() {
    return server.name();
  }
}
