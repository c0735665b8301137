package org.comitia.consensus;

import java.util.Map;
import java.util.logging.Logger;
import org.comitia.cluster.Member;
import org.comitia.cluster.Membership;
import org.comitia.raft.ServerId;

/**
 * What is wrong with a server and its cluster, in words, and as other members hear it. Does not
 * block.
 */
final class Condition {
  private static final Logger LOG = Logger.getLogger("raft");

  /** About five seconds. */
  private static final int LOOKS_RULED_OUT = 10;

  private final ServerId self;
  private final Engine engine;
  private final LogWriter log;
  private final Applier applier;
  private final StateComparison comparison;
  private final DiskCare disk;
  private final VitalThreads vital;
  private final Membership membership;
  private final long electionNanos;
  private String toldStandstill = ""; // whoever looks around
  private int ruledOut; // so many looks on end; likewise

  Condition(
      ConsensusServer.Parts parts,
      ServerId self,
      Engine engine,
      LogWriter log,
      Applier applier,
      StateComparison comparison,
      DiskCare disk) {
    this.self = self;
    this.engine = engine;
    this.log = log;
    this.applier = applier;
    this.comparison = comparison;
    this.disk = disk;
    this.vital = parts.vital();
    this.membership = parts.membership();
    this.electionNanos = parts.options().electionNanos();
  }

  /** Why there is no leader, in words; empty when there is one. */
  String whyNoLeader() {
    String reason =
        Reason.noLeader(
            engine.status(),
            membership.members(),
            self,
            ownFailure(),
            engine.hasLeft(),
            engine.leaderKnowsAnotherStore());
    String successor = reason.isEmpty() ? "" : membership.successor();
    return successor.isEmpty() ? reason : reason + "; " + successor;
  }

  /** Why this server is of no use to the cluster now, in words; empty when that is not so. */
  String whyRuledOut() {
    String ruledOut =
        comparison.isDiverged() ? comparison.withheld() : Reason.ruledOut(engine.status());
    return ruledOut.isEmpty() ? whyOfLittleUse() : ruledOut;
  }

  /** What is wrong with the disk, though the store has not failed. */
  private String whyOfLittleUse() {
    long stalled = log.stalledNanos(System.nanoTime());
    if (stalled > 2 * electionNanos) {
      return "COM3078: the disk of the log has not finished a write for "
          + stalled / 1_000_000
          + " ms: this server neither acknowledges nor votes until it does";
    }
    return disk.notReady();
  }

  /** Why this server's own state stands still; empty when it does not. */
  String standstill() {
    if (!applier.halted().isEmpty()) {
      return applier.halted();
    }
    return comparison.isDiverged() ? comparison.withheld() : Reason.lacksState(engine.status());
  }

  /**
   * Tells the other members that this server cannot lead, or can again: no leader is to hand over
   * to it, or to call it healthy. To be called about twice a second, by one thread at a time.
   */
  void tellStandstill() {
    String ended = vital.failure();
    String why = Reason.number(ended.isEmpty() ? standstill() : ended);
    if (!why.equals(toldStandstill)) {
      toldStandstill = why;
      membership.updateTags(Map.of(Member.Tags.STANDSTILL, why));
    }
  }

  /**
   * Says once in the log that nothing of the leader's fits, when it has stayed so: it is so for a
   * moment whenever a leader is new. To be called as {@link #tellStandstill}.
   */
  void tellRuledOut() {
    Status status = engine.status();
    ruledOut = status.ruledOut() ? ruledOut + 1 : 0;
    if (ruledOut == LOOKS_RULED_OUT) {
      LOG.warning(Reason.ruledOut(status));
    }
  }

  /** Why this server cannot take part; empty when it can. */
  private String ownFailure() {
    if (!vital.failure().isEmpty()) {
      return vital.failure();
    }
    return log.failure().isEmpty()
        ? standstill()
        : "this server's log store failed: " + storeFailure();
  }

  String storeFailure() {
    return log.isDamaged() ? log.failure() + ". " + adviceOnDamage() : log.failure();
  }

  String adviceOnDamage() {
    return Reason.adviceOnDamage(engine.status().configuration(), membership.members(), self);
  }
}
