package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/**
 * The feature levels as one server knows them, for people.
 *
 * @param inForce what is in force in this server's state
 * @param known the highest that this server knows
 * @param lowest on the leader: what all servers know; -1 elsewhere
 * @param heldBy on the leader, while more could be in force by what it knows itself: who knows
 *     less, with what they know, or that they are not heard, and the setting if it holds it; else
 *     empty
 */
public record Levels(int inForce, int known, int lowest, String heldBy) {
  /** It holds the level as long as it stands in the configuration. */
  private static String silent(ServerId id) {
    return "not heard; if it is gone for good: comitia operator raft remove-peer -id=" + id.node();
  }

  /**
   * @param limit the leader raises it no further
   */
  static Levels of(Status status, int inForce, int known, int limit) {
    if (!status.isLeader()) {
      return new Levels(inForce, known, -1, "");
    }
    int lowest = known;
    List<String> behind = new ArrayList<>();
    for (Status.Peer peer : status.peers()) {
      lowest = Math.min(lowest, Math.max(0, peer.level()));
      if (peer.level() < known) {
        String name =
            status
                .configuration()
                .find(peer.id())
                .map(Server::name)
                .orElse(peer.id().node().toString());
        behind.add(name + " (" + (peer.level() < 0 ? silent(peer.id()) : peer.level()) + ")");
      }
    }
    if (limit < known) {
      behind.add("feature_level_max (" + limit + ")");
    }
    return new Levels(inForce, known, lowest, inForce < known ? String.join(", ", behind) : "");
  }
}
