package org.comitia.consensus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.comitia.cluster.Member;
import org.comitia.cluster.ServerHealth;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.StateVersion;

/**
 * A leader's view of how the servers are, by Raft's own facts, and since when. What it remembers is
 * of one term. Safe for any thread.
 */
final class HealthBook {
  /** Heartbeats come so often: a healthy server is shown so whatever threshold is set. */
  private static final int HEARTBEATS = 3;

  private record Since(boolean healthy, long nanos) {}

  private final ServerId self;
  private final long heartbeatNanos;
  private final Map<ServerId, Since> since = new HashMap<>();
  private long term = -1;
  private long found;

  HealthBook(ServerId self, long heartbeatNanos) {
    this.self = self;
    this.heartbeatNanos = heartbeatNanos;
  }

  /**
   * Looks at the servers, and notes who has changed; often enough for {@link #healthyNanos} to be
   * true.
   *
   * @param status of an established leader
   */
  synchronized void look(Status status, AutopilotConfig config) {
    if (status.term() != term) {
      term = status.term();
      found = status.commitIndex();
      since.clear();
    }
    since.keySet().removeIf(id -> !status.configuration().contains(id));
    for (Server server : status.configuration().servers()) {
      boolean healthy = isHealthy(server.id(), status, config);
      Since before = since.get(server.id());
      if (before == null || before.healthy != healthy) {
        since.put(server.id(), new Since(healthy, status.atNanos()));
      }
    }
  }

  private boolean isHealthy(ServerId id, Status status, AutopilotConfig config) {
    if (id.equals(self)) {
      return true;
    }
    long patience = Math.max(config.lastContactNanos(), HEARTBEATS * heartbeatNanos);
    Status.Peer peer = status.peer(id);
    return peer != null
        && peer.silentNanos() >= 0
        && peer.silentNanos() <= patience
        && peer.inReach()
        && peer.standstill().isEmpty()
        && peer.matchTerm() == status.lastTerm()
        && status.lastIndex() - peer.matchIndex() <= config.maxTrailingLogs();
  }

  /** For how long a server has been healthy on end, as this leader knows; -1 when it is not. */
  synchronized long healthyNanos(ServerId id, long now) {
    Since known = since.get(id);
    return known == null || !known.healthy ? -1 : Math.max(0, now - known.nanos);
  }

  /**
   * Whether this leader has applied what it found when it began to lead: before that the
   * configuration that is in force may not be in its state yet.
   */
  synchronized boolean isSettled(Status status, StateVersion state) {
    return status.term() == term && state.appliedIndex() >= found;
  }

  /**
   * How they are.
   *
   * @param members as membership knows them
   * @param now monotonic, nanoseconds
   * @param wall milliseconds of the wall clock
   */
  synchronized List<ServerHealth> report(Status status, List<Member> members, long now, long wall) {
    List<ServerHealth> report = new ArrayList<>();
    for (Server server : status.configuration().servers()) {
      Since known = since.getOrDefault(server.id(), new Since(false, now));
      Member member = member(server, members);
      Status.Peer peer = status.peer(server.id());
      boolean leads = server.id().equals(self);
      report.add(
          new ServerHealth(
              server.id().node().toString(),
              server.name(),
              server.address(),
              member == null ? null : member.status(),
              member == null ? "" : member.tags().getOrDefault(Member.Tags.BUILD, ""),
              leads,
              server.voter(),
              peer == null ? 0 : Math.max(0, peer.silentNanos()),
              leads ? status.lastTerm() : peer == null ? 0 : peer.matchTerm(),
              leads ? status.lastIndex() : peer == null ? 0 : peer.matchIndex(),
              known.healthy,
              wall - Math.max(0, now - known.nanos) / 1_000_000));
    }
    return report;
  }

  /** The member with this store; else the one with this node id. */
  private static Member member(Server server, List<Member> members) {
    Member found = null;
    for (Member member : members) {
      if (member.isServer() && member.nodeId().equals(server.id().node())) {
        if (Servers.id(member).filter(server.id()::equals).isPresent()) {
          return member;
        }
        found = member;
      }
    }
    return found;
  }
}
