package org.comitia.raft;

import java.util.HashSet;
import java.util.Set;

/** The votes of one poll. Only the exact servers of the electorate count, each once. */
final class Tally {
  private final Set<ServerId> answered = new HashSet<>();
  private int granted;

  void count(ServerId voter, boolean grant, Electorate electorate) {
    if (electorate.contains(voter) && answered.add(voter) && grant) {
      granted++;
    }
  }

  boolean hasAnswered(ServerId voter) {
    return answered.contains(voter);
  }

  boolean won(Electorate electorate) {
    return electorate.size() > 0 && granted >= electorate.quorum();
  }
}
