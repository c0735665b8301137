package org.comitia.membership;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.comitia.cluster.Member;
import org.comitia.wire.proto.AgentIdentity;
import org.comitia.wire.proto.Id128;
import org.comitia.wire.proto.Predecessor;

/** Which clusters an agent's own was recovered from, as its tag and its identity say it. */
final class Predecessors {
  /** No more are told or looked at: who comes from an older one is a stranger. */
  static final int MAX = 4;

  private Predecessors() {}

  /**
   * What the tag says; what of it cannot be read is left out.
   *
   * @param tag of the form of {@link Member.Tags#RECOVERED_FROM}; may be empty
   */
  static List<Predecessor> of(String tag) {
    List<Predecessor> found = new ArrayList<>();
    for (String one : tag.split(",", MAX + 1)) {
      int at = one.indexOf('@');
      if (at < 0 || found.size() == MAX) {
        continue;
      }
      try {
        found.add(
            Predecessor.newBuilder()
                .setCluster(Ids.of(UUID.fromString(one.substring(0, at))))
                .setRecoveredAtMillis(Long.parseLong(one.substring(at + 1)))
                .build());
      } catch (IllegalArgumentException e) {
        // Another version's: that cluster's agents are told the usual.
      }
    }
    return found;
  }

  /** The newest cluster of this agent's past that is in the other's as well; empty for none. */
  static Optional<Id128> common(AgentIdentity agent, AgentIdentity other) {
    return agent.getPredecessorsList().stream()
        .limit(MAX)
        .map(Predecessor::getCluster)
        .filter(cluster -> when(other, cluster).isPresent())
        .findFirst();
  }

  /** When this agent's cluster was recovered from that one; empty when it was not. */
  static Optional<Instant> when(AgentIdentity agent, Id128 cluster) {
    return agent.getPredecessorsList().stream()
        .limit(MAX)
        .filter(predecessor -> predecessor.getCluster().equals(cluster))
        .map(predecessor -> Instant.ofEpochMilli(predecessor.getRecoveredAtMillis()))
        .findFirst();
  }
}
