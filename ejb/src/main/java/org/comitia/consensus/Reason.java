package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.comitia.cluster.Member;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/** Answers, in words, why there is no leader. */
final class Reason {
  private Reason() {}

  /**
   * Empty when there is a leader.
   *
   * @param self this server, which reaches itself, known to membership or not
   * @param otherStore whether a leader sends to another store of this node
   */
  static String noLeader(
      Status status,
      List<Member> members,
      ServerId self,
      String failure,
      boolean left,
      boolean otherStore) {
    if (status.hasLeader()) {
      return "";
    }
    if (!failure.isEmpty()) {
      return failure;
    }
    if (left) {
      return "COM2024: this server has left the cluster and waits to be joined";
    }
    if (status.cluster() == null) {
      return noCluster(status.waiting());
    }
    return reachable(status, members, self, otherStore);
  }

  /** Why a server that has a leader is of no use to it; empty when that is not so. */
  static String ruledOut(Status status) {
    if (status.lacksState()) {
      return lacksState(status);
    }
    if (status.needsSnapshot()) {
      return "COM3033: this server is behind what the leader's log still has, and fetches a"
          + " snapshot. If it stays so, COM3029 in its log says why";
    }
    return status.ruledOut()
        ? "COM3025: what the leader sends does not fit this server's log, which ends at "
            + status.lastIndex()
            + ": if it stays so, this server has lost what it had acknowledged and does not count"
            + " (COM3001 in the leader's log). Once the other servers are a quorum without it, stop"
            + " it, remove its raft/ folder and start it again"
        : "";
  }

  /** The number that a reason begins with; empty for no reason. */
  static String number(String reason) {
    return reason.split(":", 2)[0];
  }

  /** Why this server can apply nothing; empty when it can. */
  static String lacksState(Status status) {
    if (!status.lacksState()) {
      return "";
    }
    return "COM3032: the saved tables end before this server's log begins, at entry "
        + status.base().index()
        + ", so it can apply nothing: it waits for a snapshot of a leader's. Without one, restore"
        + " raft/ from a backup";
  }

  /**
   * @param why for whom or what this server waits, or who disagrees
   */
  static String noCluster(String why) {
    return "COM2020: no cluster yet: " + why;
  }

  /**
   * What to do about a server whose log is damaged: as long as the others are no quorum without it,
   * what it holds may be all that is left.
   */
  static String adviceOnDamage(Configuration configuration, List<Member> members, ServerId self) {
    List<Server> others =
        configuration.voters().stream().filter(voter -> !voter.id().equals(self)).toList();
    long there =
        others.stream()
            .filter(
                voter ->
                    members.stream()
                        .anyMatch(
                            m ->
                                m.isAlive() && Servers.id(m).map(voter.id()::equals).orElse(false)))
            .count();
    String counted =
        there + " of " + configuration.voters().size() + " voters are there without this server";
    return there > 0 && there >= configuration.quorum()
        ? counted + ": stop it, move its raft/ folder away and join it again"
        : counted
            + ", "
            + configuration.quorum()
            + " are needed: keep its raft/ folder, and bring the other servers back first";
  }

  /** For example {@code 1 of 3 voters reachable; n2 last seen 40 s ago at 10.0.0.2:8300}. */
  private static String reachable(
      Status status, List<Member> members, ServerId self, boolean otherStore) {
    List<Server> voters = status.configuration().voters();
    int reachable = 0;
    List<String> missing = new ArrayList<>();
    for (Server voter : voters) {
      Optional<Member> member =
          members.stream().filter(m -> m.nodeId().equals(voter.id().node())).findFirst();
      boolean sameStore = member.flatMap(Servers::id).map(voter.id()::equals).orElse(false);
      boolean there = member.isPresent() && member.get().isAlive() && sameStore;
      if (there || voter.id().equals(self)) {
        reachable++;
      } else if (member.isPresent() && member.get().isAlive()) {
        missing.add(voter.name() + " came back with an empty store and cannot vote");
      } else {
        missing.add(lastSeen(voter, member));
      }
    }
    String counted = "COM2023: " + reachable + " of " + voters.size() + " voters reachable";
    if (otherStore) {
      missing.add(
          "a leader sends to another raft/ folder of this server, so that this one is an old copy:"
              + " while there is a leader, stop this server, remove its raft/ folder and start it"
              + " again");
    } else if (reachable >= status.configuration().quorum()) {
      missing.add(
          "an election is under way; should it not end, look on each server at ruled_out of `comitia"
              + " info`: one that lacks its tables votes and cannot lead");
    }
    return counted + "; " + String.join("; ", missing);
  }

  private static String lastSeen(Server voter, Optional<Member> member) {
    if (member.isEmpty()) {
      return voter.name() + " not seen since this server started, expected at " + voter.address();
    }
    long seconds = Math.max(0, (System.currentTimeMillis() - member.get().sinceMillis()) / 1000);
    return voter.name() + " last seen " + seconds + " s ago at " + voter.address();
  }
}
