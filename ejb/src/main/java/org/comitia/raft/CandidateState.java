package org.comitia.raft;

/** Campaigns in its own term (paper §5.2). */
final class CandidateState implements RoleState {
  private final Kernel kernel;
  private final boolean transfer;
  private final long voteSequence;
  private final Tally tally = new Tally();
  private long askedAt;
  private long votedAt;
  private boolean refused;

  CandidateState(Kernel kernel, boolean transfer) {
    this.kernel = kernel;
    this.transfer = transfer;
    this.voteSequence = kernel.log.journal().nextSequence();
  }

  @Override
  public Role role() {
    return Role.CANDIDATE;
  }

  @Override
  public ServerId leader() {
    return null;
  }

  void start() {
    ask();
  }

  private void ask() {
    askedAt = kernel.now;
    Electorate electorate = kernel.electorate;
    RaftLog log = kernel.log;
    Message request =
        new Message.VoteRequest(kernel.term(), log.lastIndex(), log.lastTerm(), transfer);
    for (int i = 0; i < electorate.size(); i++) {
      if (!electorate.isSelf(i) && !tally.hasAnswered(electorate.voter(i))) {
        kernel.send(electorate.voter(i), request);
      }
    }
  }

  void answered(ServerId from, Message.VoteResponse response) {
    tally.count(from, response.granted(), kernel.electorate);
    refused |= !response.granted();
    lead();
  }

  @Override
  public void synced() {
    // The own vote counts like any other: from when it is on the disk.
    if (kernel.log.journal().isSynced(voteSequence) && !tally.hasAnswered(kernel.self)) {
      votedAt = kernel.now;
      tally.count(kernel.self, true, kernel.electorate);
      lead();
    }
  }

  private void lead() {
    if (tally.won(kernel.electorate) && kernel.log.journal().isSynced(voteSequence)) {
      kernel.becomeLeader();
    }
  }

  @Override
  public void tick() {
    if (!tally.hasAnswered(kernel.self)) {
      return; // nobody was asked yet; the timer begins when the own vote is on the disk
    }
    if (kernel.timer.expired(kernel.voteNanos()) && !votesAreBeingWritten()) {
      // A pre-vote comes before each further term.
      if (kernel.campaignObstacle() == null) {
        kernel.becomePreCandidate();
      } else {
        kernel.becomeFollower(kernel.term(), null);
      }
    } else if (kernel.now - askedAt >= kernel.options.heartbeatNanos()
        && kernel.log.journal().hardStateSynced()) {
      ask();
    }
  }

  /**
   * A majority would have voted for this server a moment ago, and nobody has refused: their disks
   * are slow. A new term would make them write anew.
   */
  private boolean votesAreBeingWritten() {
    return !refused && kernel.now - votedAt < kernel.options.slowestSyncNanos();
  }

  @Override
  public void flush() {}
}
