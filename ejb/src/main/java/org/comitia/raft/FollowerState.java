package org.comitia.raft;

import java.util.List;

/** Follows the leader of the term, or waits for one (paper §5.2, §5.3). */
final class FollowerState implements RoleState {
  /** Half the shortest heartbeat interval: the leader's may be another one than the own. */
  private static final long LONGEST_SILENCE_NANOS = 50_000_000L;

  private final Kernel kernel;
  private final ServerId leader;

  // Up to here this log equals the leader's, on disk or not.
  private long matched;
  private long round;

  // What the last answer said, and when it left.
  private long acknowledged;
  private long answeredMatched;
  private long answeredRound;
  private long answeredAt = Kernel.NEVER;

  // Whether anything that this leader has sent fitted this log.
  private boolean fitted;

  private boolean answerDue;
  private boolean abortTold;
  private long askedAt = Kernel.NEVER;

  /** The leader's log begins behind this, and this server's had to go there; 0 for nothing. */
  private long wantedIndex;

  FollowerState(Kernel kernel, ServerId leader) {
    this.kernel = kernel;
    this.leader = leader;
  }

  @Override
  public Role role() {
    return Role.FOLLOWER;
  }

  @Override
  public ServerId leader() {
    return leader;
  }

  /** Paper figure 2, AppendEntries, receiver. The leader's term was checked before. */
  void append(Message.AppendRequest request) {
    RaftLog log = kernel.log;
    round = Math.max(round, request.round());
    long prev = request.prevIndex();
    if (prev >= log.baseIndex() && log.termAt(prev) != request.prevTerm()) {
      refuse(request);
      return;
    }
    fitted = true;
    matched = Math.max(matched, log.baseIndex()); // committed, so every leader has it
    long end = prev;
    if (!request.entries().isEmpty()) {
      if (log.journal().unsyncedBytes() < kernel.options.maxUnsyncedBytes()) {
        end = store(request.entries());
      }
    }
    if (end >= log.baseIndex()) {
      matched = Math.max(matched, end);
    }
    kernel.announced(request.commit());
    kernel.commitTo(kernel.rules.followerCommit(request.commit(), matched));
    if (kernel.needsState()) {
      askForSnapshot();
    }
    if (request.entries().isEmpty()) {
      answerDue |= bringsNews() || isDueAgain();
    } else if (matched <= log.journal().syncedIndex()) {
      answerDue = true;
    }
  }

  /** Whether the leader would learn something from an answer. */
  private boolean bringsNews() {
    return round > answeredRound
        || matched != answeredMatched
        || Math.min(matched, kernel.log.journal().syncedIndex()) > acknowledged;
  }

  /** Whether the leader has not heard this server for so long that it should. */
  private boolean isDueAgain() {
    return answeredAt == Kernel.NEVER
        || kernel.now - answeredAt
            >= Math.min(kernel.options.heartbeatNanos() / 2, LONGEST_SILENCE_NANOS);
  }

  private long store(List<Entry> entries) {
    RaftLog log = kernel.log;
    long end = 0;
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      end = entry.index();
      if (end <= log.baseIndex()) {
        continue;
      }
      if (end <= log.lastIndex()) {
        if (log.termAt(end) == entry.term()) {
          continue;
        }
        kernel.truncateFrom(end);
      }
      kernel.append(entry);
    }
    return end;
  }

  /** The leader's term was checked before. */
  void offered(Message.SnapshotOffer offer) {
    RaftLog log = kernel.log;
    // What is committed every later leader has as well; but this log may have lost it since.
    long committed = Math.min(kernel.commitIndex(), log.lastIndex());
    if (offer.baseIndex() <= committed) {
      installed(committed);
    } else if (log.termAt(offer.baseIndex()) == offer.baseTerm()) {
      installed(offer.baseIndex());
    } else {
      wantedIndex = offer.baseIndex();
      askForSnapshot();
    }
  }

  /** See {@link RaftCore#needsSnapshot}. */
  boolean needsSnapshot() {
    return matched < wantedIndex;
  }

  /** Up to here this log equals any leader's now. */
  void installed(long index) {
    matched = Math.max(matched, index);
    answerDue = true;
  }

  private void askForSnapshot() {
    if (askedAt == Kernel.NEVER || kernel.now - askedAt >= kernel.options.electionNanos()) {
      askedAt = kernel.now;
      kernel.out.event(new RaftEvent.SnapshotNeeded(leader));
    }
  }

  /** See {@link RaftCore#isRuledOut}. */
  boolean isRuledOut() {
    return leader != null && !fitted;
  }

  private void refuse(Message.AppendRequest request) {
    RaftLog log = kernel.log;
    long hint = log.lastIndexWithTermAtMost(request.prevIndex(), request.prevTerm());
    kernel.send(
        leader,
        new Message.AppendResponse(
            kernel.term(),
            false,
            0,
            hint,
            log.termAt(hint),
            request.round(),
            kernel.options.level()));
  }

  @Override
  public void synced() {
    // An answer to entries leaves only when they are on the disk.
    if (leader != null && Math.min(matched, kernel.log.journal().syncedIndex()) > acknowledged) {
      answerDue = true;
    }
  }

  @Override
  public void flush() {
    // Held back here and not in the outbox: one answer is enough when the disk has caught up.
    if (!answerDue || leader == null || !kernel.log.journal().hardStateSynced()) {
      return;
    }
    answerDue = false;
    acknowledged = kernel.rules.acknowledged(matched, kernel.log.journal().syncedIndex());
    answeredMatched = matched;
    answeredRound = round;
    answeredAt = kernel.now;
    kernel.send(
        leader,
        new Message.AppendResponse(
            kernel.term(),
            true,
            acknowledged,
            matched,
            0,
            round,
            kernel.options.level(),
            kernel.mark));
  }

  @Override
  public void tick() {
    if (!kernel.timer.expired(kernel.voteNanos())) {
      // Its leader, if it has one, is about to remove itself: that one hands over when it may.
      if (leader == null && kernel.electorate.isSelfOnly() && kernel.campaignObstacle() == null) {
        kernel.becomePreCandidate();
      }
      return;
    }
    campaign();
  }

  private void campaign() {
    String obstacle = kernel.campaignObstacle();
    if (obstacle == null) {
      if (kernel.log.journal().hardStateSynced()) {
        kernel.becomePreCandidate();
      } // else nothing could be said, and who this server voted for has not heard of it yet
      return;
    }
    kernel.timer.reset();
    if (!abortTold) {
      abortTold = true;
      kernel.out.event(new RaftEvent.ElectionAborted(obstacle));
    }
  }

  /** The connection to a peer broke; if it was the leader, look for another at once. */
  void peerBroken(ServerId peer) {
    if (!peer.equals(leader)) {
      return;
    }
    kernel.leaderSocketBroke();
    if (kernel.campaignObstacle() != null) {
      return;
    }
    int rank = kernel.electorate.rankWithout(peer);
    if (rank == 0) {
      kernel.becomePreCandidate();
    } else {
      kernel.timer.expireWithin(rank * kernel.options.heartbeatNanos() / 2);
    }
  }
}
