package org.comitia.raft;

/** Asks whether it would be elected before it raises its term (thesis §9.6). */
final class PreCandidateState implements RoleState {
  private final Kernel kernel;
  private final Tally tally = new Tally();
  private long askedAt;

  PreCandidateState(Kernel kernel) {
    this.kernel = kernel;
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
    tally.count(kernel.self, true, kernel.electorate);
    if (tally.won(kernel.electorate)) {
      kernel.becomeCandidate(false);
      return;
    }
    ask();
  }

  private void ask() {
    askedAt = kernel.now;
    Electorate electorate = kernel.electorate;
    RaftLog log = kernel.log;
    Message request =
        new Message.PreVoteRequest(kernel.term() + 1, log.lastIndex(), log.lastTerm());
    for (int i = 0; i < electorate.size(); i++) {
      if (!electorate.isSelf(i) && !tally.hasAnswered(electorate.voter(i))) {
        kernel.send(electorate.voter(i), request);
      }
    }
  }

  void answered(ServerId from, Message.PreVoteResponse response) {
    // A refusal is not kept: the peer may lose the leader's socket a moment later than this one.
    if (response.granted() && response.term() == kernel.term() + 1) {
      tally.count(from, true, kernel.electorate);
      if (tally.won(kernel.electorate)) {
        kernel.becomeCandidate(false);
      }
    }
  }

  @Override
  public void tick() {
    if (kernel.campaignObstacle() != null) {
      kernel.becomeFollower(kernel.term(), null);
    } else if (kernel.timer.expired(kernel.voteNanos())) {
      kernel.becomePreCandidate();
    } else if (kernel.now - askedAt >= kernel.options.heartbeatNanos()) {
      ask();
    }
  }

  @Override
  public void flush() {}
}
