package org.comitia.raft;

import java.util.Objects;

/**
 * One server of a {@link Configuration}.
 *
 * @param id who it is
 * @param name its node name when it was added; for people, never for decisions
 * @param address {@code ip:port} of its server port when it was added; a hint that is re-learned
 * @param voter whether it votes and counts for quorum; false: a learner (thesis §4.2.1)
 */
public record Server(ServerId id, String name, String address, boolean voter) {
  public Server {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(address, "address");
  }

  public Server asVoter() {
    return new Server(id, name, address, true);
  }

  public Server at(String newAddress) {
    return new Server(id, name, newAddress, voter);
  }
}
