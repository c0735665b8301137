package org.comitia.simulation;

import java.util.ArrayList;
import java.util.List;
import org.comitia.raft.Envelope;
import org.comitia.raft.Message;
import org.comitia.raft.ServerId;

/** What a broken server takes a frame for. The real one takes it for what it is. */
final class Mutations {
  private Mutations() {}

  /** The frames that this broken server takes in the place of the one that came. */
  static List<Envelope> of(Breakage broken, SimulatedNode node, Envelope came) {
    Envelope envelope =
        broken == Breakage.MISADDRESSED_FRAME_ACCEPTED
            ? new Envelope(came.cluster(), came.from(), node.id(), came.message())
            : came;
    if (!envelope.to().equals(node.id()) || !envelope.cluster().equals(node.cluster())) {
      return List.of(envelope);
    }
    List<Envelope> taken = new ArrayList<>(2);
    for (Message message : messages(broken, node, envelope.message())) {
      ServerId from = sender(broken, node, envelope, message);
      taken.add(new Envelope(envelope.cluster(), from, envelope.to(), message));
    }
    return taken;
  }

  private static List<Message> messages(Breakage broken, SimulatedNode node, Message message) {
    long term = node.core.term();
    switch (broken) {
      case PRE_VOTE_TAKEN_FOR_VOTE:
        if (message instanceof Message.PreVoteResponse r && r.granted()) {
          return List.of(message, new Message.VoteResponse(r.term(), true));
        }
        break;
      case LATE_TIMEOUT_NOW:
        if (message instanceof Message.TimeoutNow t && t.term() < term) {
          return List.of(new Message.TimeoutNow(term));
        }
        break;
      case STALE_TERM_ACCEPTED:
        if (message instanceof Message.AppendRequest a && a.term() < term && !node.leads()) {
          return List.of(
              new Message.AppendRequest(
                  term, a.prevIndex(), a.prevTerm(), a.entries(), a.commit(), a.round()));
        }
        break;
      case COMMIT_BEYOND_MATCH:
        if (message instanceof Message.AppendResponse r && r.success() && node.leads()) {
          long more = Math.min(r.matchIndex() + 1, node.core.lastIndex());
          return List.of(
              new Message.AppendResponse(
                  r.term(),
                  true,
                  more,
                  r.hintIndex(),
                  r.hintTerm(),
                  r.round(),
                  r.level(),
                  r.mark()));
        }
        break;
      default:
        break;
    }
    return List.of(message);
  }

  private static ServerId sender(
      Breakage broken, SimulatedNode node, Envelope envelope, Message message) {
    boolean rewritten = message != envelope.message();
    boolean asLeader =
        broken == Breakage.LATE_TIMEOUT_NOW || broken == Breakage.STALE_TERM_ACCEPTED;
    if (rewritten && asLeader && node.core.leader() != null) {
      return node.core.leader();
    }
    return envelope.from();
  }
}
