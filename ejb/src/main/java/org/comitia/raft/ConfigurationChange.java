package org.comitia.raft;

import java.util.ArrayList;
import java.util.List;

/**
 * Single-server changes (thesis §4.1): any majority of the old and any of the new configuration
 * share a server, so that they need no joint phase. What each makes of a configuration, or why it
 * cannot.
 */
final class ConfigurationChange {
  /** The new configuration, or null and why not. */
  record Outcome(Configuration configuration, String refusal) {}

  private ConfigurationChange() {}

  static Outcome addLearner(Configuration current, Server server) {
    for (Server known : current.servers()) {
      if (known.id().equals(server.id())) {
        return refuse(server.name() + " is in the configuration already");
      }
      if (known.id().node().equals(server.id().node())) {
        return refuse(
            "an older incarnation of "
                + server.name()
                + " is in the configuration: remove it first");
      }
    }
    List<Server> servers = new ArrayList<>(current.servers());
    servers.add(new Server(server.id(), server.name(), server.address(), false));
    return new Outcome(new Configuration(servers), null);
  }

  static Outcome promote(Configuration current, ServerId id) {
    return replace(current, id, Server::asVoter);
  }

  static Outcome updateAddress(Configuration current, ServerId id, String address) {
    return replace(current, id, server -> server.at(address));
  }

  static Outcome remove(Configuration current, ServerId id) {
    List<Server> servers = new ArrayList<>();
    boolean found = false;
    boolean voterLeft = false;
    for (Server server : current.servers()) {
      if (server.id().equals(id)) {
        found = true;
      } else {
        servers.add(server);
        voterLeft |= server.voter();
      }
    }
    if (!found) {
      return refuse(id + " is not in the configuration");
    }
    if (!voterLeft) {
      return refuse(id + " is the last voter: promote another server first");
    }
    return new Outcome(new Configuration(servers), null);
  }

  private interface Edit {
    Server apply(Server server);
  }

  private static Outcome replace(Configuration current, ServerId id, Edit edit) {
    List<Server> servers = new ArrayList<>();
    boolean changed = false;
    for (Server server : current.servers()) {
      Server edited = server.id().equals(id) ? edit.apply(server) : server;
      changed |= !edited.equals(server);
      servers.add(edited);
    }
    if (!current.contains(id)) {
      return refuse(id + " is not in the configuration");
    }
    if (!changed) {
      return refuse("nothing to change: " + id + " is so already");
    }
    return new Outcome(new Configuration(servers), null);
  }

  private static Outcome refuse(String reason) {
    return new Outcome(null, reason);
  }
}
