package org.comitia.consensus;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.cluster.Member;
import org.comitia.log.OneLineAMinute;
import org.comitia.raft.Configuration;
import org.comitia.raft.RaftEvent;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/** Says what happens in the core in the words that Consul's operators and the guides know. */
final class EventLog {
  private static final Logger RAFT = Logger.getLogger("raft");
  private static final Logger SNAPSHOT = Logger.getLogger("raft.snapshot");
  private static final Logger CONSUL = Logger.getLogger("consul");

  private final Server self;
  private final Supplier<String> whyNoLeader;
  private final Supplier<List<Member>> members;
  private boolean leading;
  private String waiting = "";
  private OneLineAMinute preVotes = preVoteLines();
  private String preVotesWhy; // null: not asked since there was a leader

  /**
   * @param whyNoLeader asked in the core's turn: return at once
   * @param members the same; the names of servers that no configuration tells yet
   */
  EventLog(Server self, Supplier<String> whyNoLeader, Supplier<List<Member>> members) {
    this.self = self;
    this.whyNoLeader = whyNoLeader;
    this.members = members;
  }

  private static OneLineAMinute preVoteLines() {
    return new OneLineAMinute(System::nanoTime, RAFT::warning);
  }

  /** In the core's turn. */
  void log(List<RaftEvent> events, Configuration configuration) {
    Function<ServerId, String> name =
        id ->
            id == null
                ? ""
                : configuration.find(id).map(Server::name).orElseGet(() -> memberName(id));
    for (RaftEvent event : events) {
      log(event, name);
    }
  }

  /** Of a server that is new: its own log has no configuration when it hears of a leader. */
  private String memberName(ServerId id) {
    return members.get().stream()
        .filter(member -> member.nodeId().equals(id.node()))
        .map(Member::name)
        .findFirst()
        .orElse(id.node().toString());
  }

  /**
   * In the core's turn, after members changed: says once why there is no cluster yet.
   *
   * @param contradicted when only a person can help
   */
  void waiting(String why, boolean contradicted) {
    if (!why.isEmpty() && !why.equals(waiting)) {
      CONSUL.log(contradicted ? Level.WARNING : Level.INFO, Reason.noCluster(why));
    }
    waiting = why;
  }

  private void log(RaftEvent event, Function<ServerId, String> name) {
    if (event instanceof RaftEvent.BecameFollower follower) {
      RAFT.info(
          "entering follower state: follower=\""
              + node("Follower")
              + "\" leader="
              + name.apply(follower.leader()));
      lostLeadership();
    } else if (event instanceof RaftEvent.BecameCandidate candidate) {
      if (candidate.preVote()) {
        askedForPreVotes(candidate.term());
      } else {
        RAFT.info(
            "entering candidate state: node=\""
                + node("Candidate")
                + "\" term="
                + candidate.term());
      }
    } else if (event instanceof RaftEvent.BecameLeader leader) {
      leading = true;
      RAFT.info("election won: term=" + leader.term());
      RAFT.info("entering leader state: leader=\"" + node("Leader") + "\"");
    } else if (event instanceof RaftEvent.LeadershipEstablished) {
      CONSUL.info("cluster leadership acquired");
    } else if (event instanceof RaftEvent.LeaderChanged changed) {
      if (changed.leader() != null) {
        preVotesWhy = null;
        CONSUL.info("New leader elected: payload=" + name.apply(changed.leader()));
      }
    } else if (event instanceof RaftEvent.PeerAdded added) {
      RAFT.info("Added peer " + added.peer().address() + ", starting replication");
    } else if (event instanceof RaftEvent.PeerRemoved removed) {
      RAFT.info("Removed peer " + removed.peer().address() + ", stopping replication");
    } else if (event instanceof RaftEvent.ElectionAborted aborted) {
      RAFT.warning(abortText(aborted.reason()));
    } else if (event instanceof RaftEvent.SteppedDown down) {
      RAFT.log(
          Level.WARNING,
          "stepping down: term=" + down.term() + " reason=\"" + down.reason() + "\"");
      lostLeadership();
    } else if (event instanceof RaftEvent.ConfigurationChanged changed) {
      RAFT.info(
          "updating configuration: index="
              + changed.index()
              + " servers=\""
              + Texts.configuration(changed.configuration())
              + "\"");
    } else if (event instanceof RaftEvent.AcknowledgedLost lost) {
      RAFT.severe(
          "COM3001: a server has lost entries that it had acknowledged as synced, so it counts for nothing any more while this server leads:"
              + " its disk does not keep what it syncs, or its files were copied back;"
              + " once the other servers are a quorum without it, stop it, remove its raft/ folder and start it again: server="
              + lost.peer().name()
              + " acknowledged="
              + lost.acknowledged()
              + " has="
              + lost.has());
    } else if (event instanceof RaftEvent.LogCut cut) {
      SNAPSHOT.fine("log cut: behind=" + cut.index());
    } else if (event instanceof RaftEvent.TransferEnded ended) {
      RAFT.info(
          "leadership transfer "
              + (ended.succeeded() ? "done: to=" : "failed: to=")
              + name.apply(ended.target()));
    }
  }

  /** A server without a majority asks about once a second: told again when the reason changes. */
  private void askedForPreVotes(long term) {
    String why = whyNoLeader.get();
    String apartFromTimes = why.replaceAll("\\d+ s ago", "");
    if (!apartFromTimes.equals(preVotesWhy)) {
      preVotesWhy = apartFromTimes;
      preVotes = preVoteLines();
    }
    preVotes.say(
        () ->
            "heartbeat timeout reached, asking for pre-votes: term="
                + term
                + (why.isEmpty() ? "" : " reason=\"" + why + "\""));
  }

  /** In the guides' words where these describe the case. */
  private static String abortText(String reason) {
    return reason.startsWith("no known peers")
        ? "EnableSingleNode disabled, and no known peers. Aborting election."
        : reason + ", aborting election";
  }

  private void lostLeadership() {
    if (leading) {
      leading = false;
      CONSUL.info("cluster leadership lost");
    }
  }

  private String node(String state) {
    return "Node at " + self.address() + " [" + state + "]";
  }
}
