package org.comitia.simulation;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.raft.bootstrap.BootstrapMessage;

/**
 * Design §5: no server takes part in two clusters, no two live sets share a server, a renounced
 * promise is never reused. Judged by what servers say to each other.
 */
final class BootstrapInvariants {
  private final Invariants invariants;
  private final Map<UUID, Set<ServerId>> sets = new LinkedHashMap<>();
  private final Map<UUID, Set<ServerId>> renounced = new HashMap<>();
  private final Map<UUID, Set<ServerId>> taking = new LinkedHashMap<>();
  private final Map<ServerId, UUID> clusters = new HashMap<>();
  private final Map<ServerId, Set<UUID>> promised = new HashMap<>();

  BootstrapInvariants(Invariants invariants) {
    this.invariants = invariants;
  }

  void frame(SimulatedNode node, BootstrapEnvelope envelope) {
    ServerId id = envelope.from();
    UUID set = envelope.message().cluster();
    if (envelope.message() instanceof BootstrapMessage.Propose propose) {
      sets.putIfAbsent(set, propose.servers().stream().map(Server::id).collect(Collectors.toSet()));
      promises(id, set);
    } else if (envelope.message() instanceof BootstrapMessage.Promised) {
      promises(id, set);
    } else if (envelope.message() instanceof BootstrapMessage.Renounced) {
      Invariants.require(
          !set.equals(clusters.get(id)),
          "who renounced a set is not in it",
          () -> invariants.name(id) + " renounces its cluster");
      renounced.computeIfAbsent(set, s -> new HashSet<>()).add(id);
    }
  }

  private void promises(ServerId id, UUID set) {
    Invariants.require(
        !renounced.getOrDefault(set, Set.of()).contains(id),
        "a renounced promise is never reused",
        () -> invariants.name(id) + " promises " + set + " again");
    Set<UUID> all = promised.computeIfAbsent(id, i -> new HashSet<>());
    if (!all.add(set)) {
      return;
    }
    for (UUID other : all) {
      Invariants.require(
          other.equals(set) || isDead(other, id),
          "one promise at a time",
          () -> invariants.name(id) + " promises " + set + " while bound to " + other);
    }
  }

  /**
   * So many have renounced it that the rest is no majority. This server's own renunciation may have
   * reached its disk and nobody's ears.
   */
  private boolean isDead(UUID set, ServerId self) {
    Set<ServerId> members = sets.get(set);
    Set<ServerId> gone = new HashSet<>(renounced.getOrDefault(set, Set.of()));
    gone.add(self);
    int rest = members.size() - gone.size();
    return rest < members.size() / 2 + 1;
  }

  /** Called with every Raft frame: this server speaks for this cluster. */
  void takesPart(ServerId id, UUID cluster) {
    UUID before = clusters.putIfAbsent(id, cluster);
    if (cluster.equals(before)) {
      return;
    }
    Invariants.require(
        before == null,
        "no server takes part in two clusters",
        () -> invariants.name(id) + " speaks for " + cluster + " after " + before);
    Invariants.require(
        !renounced.getOrDefault(cluster, Set.of()).contains(id),
        "who renounced a set is not in it",
        () -> invariants.name(id) + " speaks for " + cluster);
    Invariants.require(
        invariants.ledger(cluster).named(id),
        "only whom a configuration names is in a cluster",
        () -> invariants.name(id) + " speaks for " + cluster);
    for (UUID other : promised.getOrDefault(id, Set.of())) {
      Invariants.require(
          other.equals(cluster) || isDead(other, id),
          "a promise binds",
          () -> invariants.name(id) + " is in " + cluster + " while bound to " + other);
    }
    taking.computeIfAbsent(cluster, c -> new HashSet<>()).add(id);
    if (isLive(cluster)) {
      for (UUID other : taking.keySet()) {
        if (!other.equals(cluster) && isLive(other)) {
          disjoint(cluster, other);
        }
      }
    }
  }

  private boolean isLive(UUID cluster) {
    Set<ServerId> members = sets.get(cluster);
    if (members == null) {
      return false;
    }
    long started = members.stream().filter(taking.get(cluster)::contains).count();
    return started >= members.size() / 2 + 1;
  }

  private void disjoint(UUID one, UUID other) {
    Set<ServerId> shared = new HashSet<>(sets.get(one));
    shared.retainAll(sets.get(other));
    Invariants.require(
        shared.isEmpty(),
        "no two live sets share a server",
        () -> one + " and " + other + " share " + shared);
  }
}
