package org.comitia.raft;

/** Who decides under the configuration in force, unpacked for the hot paths. */
final class Electorate {
  private final ServerId[] voters;
  private final int selfPosition;

  Electorate(Configuration configuration, ServerId self) {
    voters = configuration.voters().stream().map(Server::id).toArray(ServerId[]::new);
    int position = -1;
    for (int i = 0; i < voters.length; i++) {
      if (voters[i].equals(self)) {
        position = i;
      }
    }
    selfPosition = position;
  }

  int size() {
    return voters.length;
  }

  ServerId voter(int position) {
    return voters[position];
  }

  boolean isSelf(int position) {
    return position == selfPosition;
  }

  /**
   * The voter so many places behind this server, round and round; behind the last if it is none.
   */
  ServerId next(int places) {
    return voters[(selfPosition + places) % voters.length];
  }

  boolean includesSelf() {
    return selfPosition >= 0;
  }

  /** Whether this server alone is the whole electorate. */
  boolean isSelfOnly() {
    return voters.length == 1 && selfPosition == 0;
  }

  int quorum() {
    return voters.length / 2 + 1;
  }

  boolean contains(ServerId id) {
    for (ServerId voter : voters) {
      if (voter.equals(id)) {
        return true;
      }
    }
    return false;
  }

  /**
   * This server's place among the voters that are left when {@code lost} is gone: the first
   * campaigns first, so that they do not split the vote.
   */
  int rankWithout(ServerId lost) {
    int rank = 0;
    for (int i = 0; i < selfPosition; i++) {
      if (!voters[i].equals(lost)) {
        rank++;
      }
    }
    return rank;
  }
}
