package org.comitia.raft;

import java.util.random.RandomGenerator;

/** Cores with one safety rule broken, for the tests that show that it is missed. */
public final class BrokenCores {
  /** Which rule. */
  public enum Rule {
    VOTES_TWICE,
    VOTES_FOR_AN_OLDER_LOG,
    COMMITS_OLDER_TERM_BY_COUNTING,
    FOLLOWER_COMMITS_BEYOND_MATCH,
    ACKNOWLEDGES_UNSYNCED,
    READS_BEFORE_OWN_COMMIT,
    CONFIRMS_READS_BY_OLDER_ROUND,
    CHANGES_BEFORE_OWN_COMMIT,
    TWO_CHANGES_AT_ONCE,
    READ_DROPPED_WHILE_BROKEN,
    LOSS_UNNOTICED,
    LEVEL_RAISED_FOR_A_MAJORITY
  }

  private BrokenCores() {}

  public static RaftCore make(
      Rule broken,
      ServerId self,
      RaftOptions options,
      StoredLog stored,
      RandomGenerator random,
      long now) {
    return new RaftCore(self, options, rules(broken), stored, random, now);
  }

  private static SafetyRules rules(Rule broken) {
    return new SafetyRules() {
      @Override
      boolean mayVote(ServerId votedFor, ServerId candidate) {
        return broken == Rule.VOTES_TWICE || super.mayVote(votedFor, candidate);
      }

      @Override
      boolean isUpToDate(RaftLog log, long lastIndex, long lastTerm) {
        return broken == Rule.VOTES_FOR_AN_OLDER_LOG || super.isUpToDate(log, lastIndex, lastTerm);
      }

      @Override
      boolean mayCommitByCounting(long index, long firstOwnIndex) {
        return broken == Rule.COMMITS_OLDER_TERM_BY_COUNTING
            || super.mayCommitByCounting(index, firstOwnIndex);
      }

      @Override
      long followerCommit(long leaderCommit, long matched) {
        return broken == Rule.FOLLOWER_COMMITS_BEYOND_MATCH
            ? leaderCommit
            : super.followerCommit(leaderCommit, matched);
      }

      @Override
      long acknowledged(long matched, long syncedIndex) {
        return broken == Rule.ACKNOWLEDGES_UNSYNCED
            ? matched
            : super.acknowledged(matched, syncedIndex);
      }

      @Override
      boolean mayRead(boolean established) {
        return broken == Rule.READS_BEFORE_OWN_COMMIT || super.mayRead(established);
      }

      @Override
      long confirmedRound(long answeredRound, long newestRound) {
        return broken == Rule.CONFIRMS_READS_BY_OLDER_ROUND
            ? newestRound
            : super.confirmedRound(answeredRound, newestRound);
      }

      @Override
      boolean mayChange(boolean established) {
        return broken == Rule.CHANGES_BEFORE_OWN_COMMIT || super.mayChange(established);
      }

      @Override
      boolean changeIsOpen(long configurationIndex, long commitIndex) {
        return broken != Rule.TWO_CHANGES_AT_ONCE
            && super.changeIsOpen(configurationIndex, commitIndex);
      }

      @Override
      boolean noticesLoss() {
        return broken != Rule.LOSS_UNNOTICED;
      }

      @Override
      int commonLevel(int[] levels) {
        return broken == Rule.LEVEL_RAISED_FOR_A_MAJORITY
            ? levels[(levels.length - 1) / 2]
            : super.commonLevel(levels);
      }

      @Override
      boolean readsEndWithTheStore() {
        return broken != Rule.READ_DROPPED_WHILE_BROKEN && super.readsEndWithTheStore();
      }
    };
  }
}
