package org.comitia.raft.participant;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/**
 * The servers that this server's log has taken out of the configuration, the newest 64. Every
 * server knows them, not only the leader that removed them, so that the next leader does.
 *
 * <p>A server that leaves says so in its tags, and these may come later than its removal, which
 * goes through the log. Who was just removed is therefore not taken in again before membership has
 * seen it leaving or gone, from where on its tags are newer than its removal, or before 10 s have
 * passed: who was removed though it never said that it leaves is to come back. Immutable.
 */
public final class FormerServers {
  /** Longer than a tag needs to be everywhere. */
  static final long HOLD_NANOS = 10_000_000_000L;

  static final int KEPT = 64;

  /**
   * @param at when this server's log had it
   * @param noticed whether membership has shown since that it leaves or is gone
   */
  private record Removal(long at, boolean noticed) {}

  private final Map<ServerId, Removal> removals; // oldest first

  private FormerServers(LinkedHashMap<ServerId, Removal> removals) {
    while (removals.size() > KEPT) {
      removals.remove(removals.keySet().iterator().next());
    }
    this.removals = removals;
  }

  /**
   * As a server starts. Tags are learned anew then: nobody is held off.
   *
   * @param configurations all in its log, oldest first
   */
  static FormerServers of(List<Configuration> configurations) {
    FormerServers former = new FormerServers(new LinkedHashMap<>());
    for (int i = 1; i < configurations.size(); i++) {
      former = former.changed(configurations.get(i - 1), configurations.get(i), 0, true);
    }
    return former;
  }

  /** The configuration in force has changed, committed or not. */
  FormerServers changed(Configuration before, Configuration after, long now) {
    return changed(before, after, now, false);
  }

  private FormerServers changed(
      Configuration before, Configuration after, long now, boolean noticed) {
    LinkedHashMap<ServerId, Removal> next = new LinkedHashMap<>(removals);
    after.servers().forEach(server -> next.remove(server.id()));
    for (Server server : before.servers()) {
      if (!after.contains(server.id())) {
        next.remove(server.id());
        next.put(server.id(), new Removal(now, noticed));
      }
    }
    return new FormerServers(next);
  }

  /** What membership sees now. */
  FormerServers seen(List<Sighting> servers) {
    if (removals.values().stream().allMatch(Removal::noticed)) {
      return this;
    }
    Set<ServerId> there =
        servers.stream()
            .filter(server -> server.alive() && !server.leaving())
            .map(Sighting::id)
            .collect(Collectors.toSet());
    LinkedHashMap<ServerId, Removal> next = new LinkedHashMap<>(removals);
    next.replaceAll(
        (id, removal) -> new Removal(removal.at(), removal.noticed() || !there.contains(id)));
    return new FormerServers(next);
  }

  /** Whether it was once in the configuration and was taken out of it. */
  boolean contains(ServerId server) {
    return removals.containsKey(server);
  }

  /** Whether what membership says of this server is surely newer than its removal, if any. */
  boolean mayReturn(ServerId server, long now) {
    Removal removal = removals.get(server);
    return removal == null || removal.noticed() || now - removal.at() >= HOLD_NANOS;
  }
}
