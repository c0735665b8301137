package org.comitia.consensus;

import java.util.LinkedHashMap;
import java.util.Map;
import org.comitia.raft.Configuration;
import org.comitia.raft.RaftEvent;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/**
 * Who was taken out of the configuration, at which index: the newest 64. Written by the core
 * thread, read by any.
 */
final class CommittedRemovals {
  private static final int KEPT = 64;

  private final LinkedHashMap<ServerId, Long> indexes = new LinkedHashMap<>();
  private Configuration before;
  private volatile Map<ServerId, Long> published = Map.of();

  CommittedRemovals(Configuration atStart) {
    this.before = atStart;
  }

  void committed(RaftEvent.ConfigurationCommitted event) {
    for (Server server : before.servers()) {
      if (!event.configuration().contains(server.id())) {
        indexes.remove(server.id());
        indexes.put(server.id(), event.index());
      }
    }
    while (indexes.size() > KEPT) {
      indexes.remove(indexes.keySet().iterator().next());
    }
    before = event.configuration();
    published = Map.copyOf(indexes);
  }

  /** 0 when it was not. */
  long at(ServerId server) {
    return published.getOrDefault(server, 0L);
  }
}
