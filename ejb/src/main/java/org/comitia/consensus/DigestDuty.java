package org.comitia.consensus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.comitia.raft.Configuration;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftCore;
import org.comitia.raft.Server;
import org.comitia.raft.StateMark;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.comitia.state.StateVersion;
import org.comitia.wire.Commands;

/**
 * A leader's part in comparing the servers' states (docs/design/state-comparison.md): now and then
 * it has all of them note their digests at one entry, and says which one a majority of the voters
 * has told. Its own counts as one. What it remembers is of one term. One thread at a time.
 */
class DigestDuty {
  static final long ENTRIES = 8_192;
  static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** Who has not told its digest by then is not waited for with what there is to say. */
  private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final long entries;
  private final long periodNanos;
  private long term = -1;
  private long markedAt;
  private long markedNanos;
  private long judgedAt;
  private volatile String undecided = "";

  /**
   * @param entries after so many they are compared again
   * @param periodNanos after so long too, if anything was applied
   */
  DigestDuty(long entries, long periodNanos) {
    this.entries = entries;
    this.periodNanos = periodNanos;
  }

  /**
   * A round, in the core's turn.
   *
   * @param now monotonic nanoseconds
   */
  void look(RaftCore core, StateVersion state, long now) {
    boolean may =
        core.established()
            && core.divergedAt() == 0
            && state.level() >= FeatureLevel.DIGESTS
            && core.configuration().servers().size() > 1;
    if (!may) {
      undecided = "";
      return;
    }
    if (core.term() != term) {
      term = core.term();
      markedAt = 0;
      judgedAt = 0;
    }
    if (markedAt > 0 && judgedAt == 0 && core.mark().index() == markedAt) {
      judge(core, now);
    }
    if (isDue(state.appliedIndex(), now)) {
      markedAt = propose(core, new Command.CompareDigest(0, 0), now);
      markedNanos = now;
      judgedAt = 0;
    }
  }

  /** A new leader begins with it: nobody has told it anything yet. */
  private boolean isDue(long applied, long now) {
    long since = applied - Math.max(markedAt, judgedAt);
    return markedAt == 0 || since >= entries || (since > 0 && now - markedNanos >= periodNanos);
  }

  private void judge(RaftCore core, long now) {
    Map<Server, Long> told = told(core);
    Configuration configuration = core.configuration();
    Map<Long, Integer> counts = new HashMap<>();
    told.values().forEach(digest -> counts.merge(digest, 1, Integer::sum));
    for (Map.Entry<Long, Integer> one : counts.entrySet()) {
      if (isClusters(one.getKey(), one.getValue(), core)) {
        judgedAt = propose(core, new Command.CompareDigest(markedAt, one.getKey()), now);
        undecided = "";
        return;
      }
    }
    boolean all = told.size() == configuration.voters().size();
    if (counts.size() > 1 && (all || now - markedNanos >= SILENT_NANOS)) {
      undecided = undecided(told);
    }
  }

  /**
   * Whether a digest that so many voters have told is the cluster's: a majority, and two at least.
   * The only voter beside learners would be its own witness.
   */
  boolean isClusters(long digest, int count, RaftCore core) {
    return count >= Math.max(2, core.configuration().quorum());
  }

  /** What each voter's digest was at the entry that is looked at, of those that have told. */
  private Map<Server, Long> told(RaftCore core) {
    Map<Server, Long> told = new HashMap<>();
    for (Server voter : core.configuration().voters()) {
      boolean self = voter.id().equals(core.leader());
      StateMark mark = self ? core.mark() : core.markOf(voter.id());
      if (mark.index() == markedAt) {
        told.put(voter, mark.digest());
      }
    }
    return told;
  }

  private String undecided(Map<Server, Long> told) {
    Map<String, String> digests = new TreeMap<>();
    told.forEach((server, digest) -> digests.put(server.name(), String.format("%016x", digest)));
    List<String> each = new ArrayList<>();
    digests.forEach((name, digest) -> each.add(name + "=" + digest));
    return "COM3069: the servers' states differ, and no majority has the same: entry "
        + markedAt
        + ", "
        + String.join(", ", each)
        + ". Nobody can tell which one is right but you: all go on serving. Compare what they"
        + " answer to ?stale reads; keep a backup of raft/ of each; make the one that is right the"
        + " leader; then stop each that is wrong, remove catalog.db from its raft/ folder and start"
        + " it again";
  }

  private static long propose(RaftCore core, Command command, long now) {
    byte[] data = Commands.encode(command);
    return core.propose(List.of(data), now) instanceof Proposal.Accepted accepted
        ? accepted.firstIndex()
        : 0;
  }

  /** Why only a person can say whose state is right; empty when that is not so. Any thread. */
  String undecided() {
    return undecided;
  }
}
