package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.comitia.raft.Configuration;
import org.comitia.raft.LogBase;
import org.comitia.raft.RaftCore;
import org.comitia.raft.Role;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.participant.Participant;

/**
 * What the core publishes about itself, a few times a tick; immutable.
 *
 * @param atNanos when it was made, monotonic
 * @param leader null when none is known
 * @param leaderAddress {@code ip:port} of the leader's server port; null when none is known
 * @param established leader whose own-term entry is committed
 * @param lastContactNanos since the leader was heard, at {@code atNanos}; 0 on the leader, -1 never
 * @param ruledOut a follower whose log nothing fits that its leader sends: see {@link
 *     RaftCore#isRuledOut}
 * @param base what the log begins behind
 * @param lacksState whether the saved tables end before the log begins: see {@link
 *     RaftCore#lacksState}
 * @param needsSnapshot whether it is behind until a snapshot was installed: see {@link
 *     RaftCore#needsSnapshot}
 * @param cluster null before bootstrap or join
 * @param waiting why there is no cluster yet, for people; empty when there is one
 * @param peers the leader's view of the others; empty elsewhere
 */
public record Status(
    long atNanos,
    Role role,
    long term,
    ServerId leader,
    String leaderAddress,
    boolean established,
    long lastContactNanos,
    boolean ruledOut,
    long commitIndex,
    long lastIndex,
    long lastTerm,
    Configuration configuration,
    long configurationIndex,
    LogBase base,
    boolean lacksState,
    boolean needsSnapshot,
    UUID cluster,
    String waiting,
    List<Peer> peers) {
  /**
   * One other server as the leader sees it.
   *
   * @param silentNanos since it was heard; -1 never
   * @param matchTerm the term of the entry at {@code matchIndex}, 0 when it is not known
   * @param inReach whether it answers and its disk comes along
   * @param level the feature level that it knows; -1 when it is silent
   * @param standstill the error by which its state stands still, as it has said; empty when it does
   *     not
   */
  public record Peer(
      ServerId id,
      long matchIndex,
      long matchTerm,
      long silentNanos,
      boolean inReach,
      boolean caughtUp,
      int level,
      String standstill) {}

  /** What there is to say of this server at this moment. In the core's turn. */
  static Status of(Participant participant, Server self, long now) {
    RaftCore core = participant.core();
    ServerId leader = core.leader();
    boolean leads = self.id().equals(leader);
    List<Peer> peers = new ArrayList<>();
    if (leads) {
      for (Server server : core.configuration().servers()) {
        if (!server.id().equals(self.id())) {
          peers.add(
              new Peer(
                  server.id(),
                  core.matchIndex(server.id()),
                  core.matchTerm(server.id()),
                  core.sinceContactNanos(server.id(), now),
                  core.isInReach(server.id(), now),
                  core.caughtUp(server.id()),
                  core.levelOf(server.id(), now),
                  core.standstillOf(server.id())));
        }
      }
    }
    String leaderAddress =
        leads ? self.address() : leader == null ? null : participant.address(leader);
    return new Status(
        now,
        core.role(),
        core.term(),
        leader,
        leaderAddress,
        core.established(),
        core.lastContactNanos(now),
        core.isRuledOut(),
        core.commitIndex(),
        core.lastIndex(),
        core.lastTerm(),
        core.configuration(),
        core.configurationIndex(),
        core.base(),
        core.lacksState(),
        core.needsSnapshot(),
        participant.cluster(),
        participant.cluster() == null ? participant.waitingFor() : "",
        peers);
  }

  /** Since the leader was heard, now; 0 on the leader, -1 never. */
  public long lastContactNanos(long now) {
    return lastContactNanos <= 0 ? lastContactNanos : lastContactNanos + (now - atNanos);
  }

  /** The same of a server that takes no part any more. */
  Status leaderless(long now) {
    return new Status(
        now,
        Role.FOLLOWER,
        term,
        null,
        null,
        false,
        -1,
        false,
        commitIndex,
        lastIndex,
        lastTerm,
        configuration,
        configurationIndex,
        base,
        lacksState,
        needsSnapshot,
        cluster,
        waiting,
        List.of());
  }

  /** What the leader knows of another server; null elsewhere, and of itself. */
  Peer peer(ServerId id) {
    return peers.stream().filter(peer -> peer.id().equals(id)).findFirst().orElse(null);
  }

  /** Whether this peer follows the leader's log; only the leader knows. */
  boolean caughtUp(ServerId id) {
    return peers.stream().anyMatch(peer -> peer.id().equals(id) && peer.caughtUp());
  }

  public boolean isLeader() {
    return role == Role.LEADER;
  }

  public boolean hasLeader() {
    return leader != null;
  }
}
