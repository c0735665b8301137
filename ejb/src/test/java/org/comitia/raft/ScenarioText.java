package org.comitia.raft;

import java.util.List;
import java.util.stream.Collectors;

/** Messages and events as scenario files show them: servers by number, nothing that varies. */
final class ScenarioText {
  private ScenarioText() {}

  static String of(TestCluster.Flight flight) {
    return flight.from() + "->" + flight.to() + " " + of(flight.message());
  }

  static String of(Message message) {
    if (message instanceof Message.AppendRequest m) {
      return (m.entries().isEmpty() ? "Heartbeat" : "Append")
          + (" term=" + m.term() + " prev=" + m.prevIndex() + "/" + m.prevTerm())
          + (m.entries().isEmpty() ? "" : " entries=" + entries(m.entries()))
          + (" commit=" + m.commit())
          + (m.round() == 0 ? "" : " round=" + m.round());
    }
    if (message instanceof Message.AppendResponse m) {
      return (m.success()
              ? "Appended term=" + m.term() + " match=" + m.matchIndex() + " have=" + m.hintIndex()
              : "Refused term=" + m.term() + " hint=" + m.hintIndex() + "/" + m.hintTerm())
          + (m.round() == 0 ? "" : " round=" + m.round());
    }
    if (message instanceof Message.PreVoteRequest m) {
      return "PreVote term=" + m.term() + " last=" + m.lastIndex() + "/" + m.lastTerm();
    }
    if (message instanceof Message.PreVoteResponse m) {
      return "PreVote" + (m.granted() ? "Granted" : "Refused") + " term=" + m.term();
    }
    if (message instanceof Message.VoteRequest m) {
      return ("Vote term=" + m.term() + " last=" + m.lastIndex() + "/" + m.lastTerm())
          + (m.transfer() ? " transfer" : "");
    }
    if (message instanceof Message.VoteResponse m) {
      return "Vote" + (m.granted() ? "Granted" : "Refused") + " term=" + m.term();
    }
    return message.getClass().getSimpleName() + " term=" + message.term();
  }

  static String entries(List<Entry> entries) {
    return entries.stream().map(ScenarioText::of).collect(Collectors.joining(" ", "[", "]"));
  }

  /** {@code 3/1 x}: index, term, and the command's text. */
  static String of(Entry entry) {
    String what =
        switch (entry.kind()) {
          case NOOP -> "noop";
          case CONFIGURATION -> of(ConfigurationCodec.decode(entry.data()));
          case COMMAND -> new String(entry.data());
        };
    return entry.index() + "/" + entry.term() + " " + what;
  }

  /** {@code {1 2 3?}}: the question mark is a learner. */
  static String of(Configuration configuration) {
    return configuration.servers().stream()
        .map(s -> TestCluster.numberOf(s.id()) + (s.voter() ? "" : "?"))
        .collect(Collectors.joining(" ", "{", "}"));
  }

  static String number(ServerId id) {
    return id == null ? "-" : String.valueOf(TestCluster.numberOf(id));
  }

  static String of(RaftEvent event) {
    if (event instanceof RaftEvent.BecameFollower e) {
      return "became follower term=" + e.term() + " leader=" + number(e.leader());
    } else if (event instanceof RaftEvent.BecameCandidate e) {
      return "became " + (e.preVote() ? "pre-candidate" : "candidate") + " term=" + e.term();
    } else if (event instanceof RaftEvent.BecameLeader e) {
      return "became leader term=" + e.term();
    } else if (event instanceof RaftEvent.LeadershipEstablished e) {
      return "established term=" + e.term() + " index=" + e.index();
    } else if (event instanceof RaftEvent.LeaderChanged e) {
      return "leader is " + number(e.leader()) + " term=" + e.term();
    } else if (event instanceof RaftEvent.ConfigurationChanged e) {
      return "configuration " + of(e.configuration()) + " at " + e.index();
    } else if (event instanceof RaftEvent.ConfigurationCommitted e) {
      return "configuration " + of(e.configuration()) + " committed at " + e.index();
    } else if (event instanceof RaftEvent.PeerAdded e) {
      return "peer added " + number(e.peer().id());
    } else if (event instanceof RaftEvent.PeerRemoved e) {
      return "peer removed " + number(e.peer().id());
    } else if (event instanceof RaftEvent.TransferEnded e) {
      return "transfer to " + number(e.target()) + (e.succeeded() ? " succeeded" : " failed");
    } else if (event instanceof RaftEvent.SteppedDown e) {
      return "stepped down term=" + e.term() + ": " + servers(e.reason());
    } else if (event instanceof RaftEvent.ElectionAborted e) {
      return "election aborted: " + e.reason();
    }
    return event.toString();
  }

  /** Ids in a text become numbers. */
  static String servers(String text) {
    return text.replaceAll("00000000-0000-0000-0000-0*([0-9a-f]+)/[0-9a-f]+", "server $1");
  }
}
