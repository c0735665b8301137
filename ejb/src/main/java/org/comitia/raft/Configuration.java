package org.comitia.raft;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The servers of a cluster, ordered by id; empty before bootstrap or join. Immutable (paper §6,
 * thesis §4.1).
 */
public record Configuration(List<Server> servers) {
  public static final Configuration EMPTY = new Configuration(List.of());

  public Configuration {
    servers = servers.stream().sorted(Comparator.comparing(Server::id)).toList();
    for (int i = 1; i < servers.size(); i++) {
      if (servers.get(i - 1).id().equals(servers.get(i).id())) {
        throw new IllegalArgumentException("server twice in one configuration: " + servers.get(i));
      }
    }
  }

  public boolean isEmpty() {
    return servers.isEmpty();
  }

  public Optional<Server> find(ServerId id) {
    // A loop, not a stream: every answer of a follower asks.
    for (Server server : servers) {
      if (server.id().equals(id)) {
        return Optional.of(server);
      }
    }
    return Optional.empty();
  }

  public boolean contains(ServerId id) {
    return find(id).isPresent();
  }

  public boolean isVoter(ServerId id) {
    return find(id).map(Server::voter).orElse(false);
  }

  public List<Server> voters() {
    return servers.stream().filter(Server::voter).toList();
  }

  /** How many voters make a majority. */
  public int quorum() {
    return voters().size() / 2 + 1;
  }
}
