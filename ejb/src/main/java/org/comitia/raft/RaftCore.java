package org.comitia.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The Raft core: a deterministic state machine without clock, threads or I/O. Same state, same
 * inputs, same random source: same outputs.
 *
 * <p>One thread at a time. Every input carries the driver's monotonic time in nanoseconds; after
 * each batch of inputs the driver calls {@link #ready()} and carries out what it says. The core
 * itself holds back every message that must wait for the disk. {@link IllegalStateException} from
 * any method means a broken invariant: stop this server and keep its data.
 */
public final class RaftCore {
  private final Kernel kernel;

  /**
   * A server as it starts: a follower of nobody.
   *
   * @param stored what its store holds; {@link StoredLog#EMPTY} for a new one
   * @param random for election timeouts only
   * @param now monotonic nanoseconds, any origin
   * @throws IllegalStateException when the stored parts contradict each other
   */
  public RaftCore(
      ServerId self, RaftOptions options, StoredLog stored, RandomGenerator random, long now) {
    this(self, options, SafetyRules.SOUND, stored, random, now);
  }

  RaftCore(
      ServerId self,
      RaftOptions options,
      SafetyRules rules,
      StoredLog stored,
      RandomGenerator random,
      long now) {
    kernel = new Kernel(self, options, rules, stored, random, now);
  }

  /** Time has passed. To be called every 10 to 20 ms, after the inbox was drained. */
  public void tick(long now) {
    kernel.advance(now);
    kernel.tick();
  }

  /** A message for this server, of this cluster: the driver has checked the envelope. */
  public void receive(ServerId from, Message message, long now) {
    kernel.advance(now);
    kernel.receive(from, message);
  }

  /**
   * Proposes commands, one entry each, at consecutive indexes. The byte arrays are not copied.
   *
   * @return {@link Proposal.Accepted} does not mean committed; anything else was surely not
   *     proposed
   */
  public Proposal propose(List<byte[]> commands, long now) {
    kernel.advance(now);
    return kernel.role instanceof LeaderState leader ? leader.propose(commands) : notLeader();
  }

  /** Adds a server that gets the log but does not vote (thesis §4.2.1). */
  public Proposal addLearner(Server server, long now) {
    kernel.advance(now);
    return change(ConfigurationChange.addLearner(configuration(), server));
  }

  /** Makes a caught-up learner a voter; refused while it is not {@link #caughtUp}. */
  public Proposal promote(ServerId id, long now) {
    kernel.advance(now);
    if (kernel.role instanceof LeaderState && configuration().contains(id) && !caughtUp(id)) {
      return new Proposal.Refused(id + " has not caught up with the log yet");
    }
    return change(ConfigurationChange.promote(configuration(), id));
  }

  /**
   * Removes a server. A leader that removes itself leads until that is committed, then steps down
   * and tells the best voter to campaign.
   */
  public Proposal remove(ServerId id, long now) {
    kernel.advance(now);
    return change(ConfigurationChange.remove(configuration(), id));
  }

  /** Records a server's new address. */
  public Proposal updateAddress(ServerId id, String address, long now) {
    kernel.advance(now);
    return change(ConfigurationChange.updateAddress(configuration(), id, address));
  }

  private Proposal change(ConfigurationChange.Outcome outcome) {
    return kernel.role instanceof LeaderState leader ? leader.change(outcome) : notLeader();
  }

  private Proposal notLeader() {
    return new Proposal.NotLeader(leader());
  }

  /**
   * Asks for an index whose state is no older than this call (thesis §6.4). Each request is
   * answered exactly once in {@link Ready#reads()}: with -1 when this server does not lead, stops
   * leading before it is confirmed, or has 65,536 requests open.
   *
   * @param requestId the driver's own, unique among the open ones
   */
  public void readIndex(long requestId, long now) {
    kernel.advance(now);
    if (kernel.role instanceof LeaderState leader) {
      leader.readIndex(requestId);
    } else {
      kernel.out.read(requestId, -1);
    }
  }

  /**
   * Hands leadership over (thesis §3.10): proposals are refused until it is done or an election
   * timeout has passed; {@link RaftEvent.TransferEnded} tells.
   *
   * @param targetOrNull null for the voter with the longest log, of those that can lead
   * @return false when nothing was started: not an established leader, a transfer is under way, or
   *     no such voter that can lead
   */
  public boolean transferLeadership(ServerId targetOrNull, long now) {
    kernel.advance(now);
    return kernel.role instanceof LeaderState leader && leader.transferTo(targetOrNull);
  }

  /** Gives up leadership at once; nothing on a server that does not lead. */
  public void stepDown(String reason, long now) {
    kernel.advance(now);
    if (kernel.role instanceof LeaderState) {
      kernel.stepDown(reason);
    }
  }

  /** The {@link Persist} with this sequence and all before it are on the disk. */
  public void synced(long sequence, long now) {
    kernel.advance(now);
    kernel.synced(sequence);
  }

  /**
   * Answers one {@link LogRead}.
   *
   * @param entries contiguous from {@code fromIndex}; empty when nothing could be read
   */
  public void logRead(long fromIndex, List<Entry> entries, long now) {
    kernel.advance(now);
    kernel.logRead(fromIndex, entries);
  }

  /** The driver has applied all entries up to here. */
  public void applied(long index) {
    kernel.applied(index);
  }

  /**
   * Forgets the entries up to here, as far as they are committed, handed out and on the disk. The
   * driver vouches that the saved tables have them.
   */
  public void cut(long upTo, long now) {
    kernel.advance(now);
    kernel.cut(upTo);
  }

  /**
   * Why a snapshot that ends at this point must not be installed here.
   *
   * @param confirmedAt the entry by which the giver's state was last found to be the cluster's; 0
   *     for never
   * @return in words; empty when it may be
   */
  public String objection(LogBase point, long confirmedAt) {
    return kernel.objection(point, confirmedAt);
  }

  /**
   * The saved tables and the state were brought to what a snapshot of the leader's holds: the log
   * begins behind it from now on. The entries that it replaces are not handed out any more; whoever
   * applies drops those that were.
   *
   * @throws IllegalStateException when this log has another committed entry there
   */
  public void installed(LogBase base, long now) {
    kernel.advance(now);
    kernel.installed(base);
  }

  /** What the log begins behind; {@link LogBase#NONE} when it has all entries. */
  public LogBase base() {
    return kernel.log.base();
  }

  /**
   * Whether the saved tables end before the log begins: nothing can be applied until a snapshot was
   * installed.
   */
  public boolean lacksState() {
    return kernel.lacksState();
  }

  /**
   * Whether this server follows a leader whose log does not lead there any more: it is behind until
   * a snapshot was installed.
   */
  public boolean needsSnapshot() {
    return kernel.needsState()
        || (kernel.role instanceof FollowerState follower && follower.needsSnapshot());
  }

  /** What the driver says of its state from now on: every answer to a leader carries it. */
  public void marked(StateMark mark) {
    kernel.mark = mark;
  }

  /** What this server says of its state. */
  public StateMark mark() {
    return kernel.mark;
  }

  /** The leader's view: the newest that this peer has said of its state. */
  public StateMark markOf(ServerId peer) {
    Progress progress = progress(peer);
    return progress == null ? StateMark.NONE : progress.mark;
  }

  /**
   * The state was found to be another one than the cluster's: until a snapshot was installed this
   * server is handed no more entries, keeps all of its log and does not campaign. One that leads is
   * to hand that over.
   *
   * @param index the entry by which it was found
   */
  public void diverged(long index) {
    kernel.divergedAt = index;
  }

  /** The entry by which the state was found to differ from the cluster's; 0 when it does not. */
  public long divergedAt() {
    return kernel.divergedAt;
  }

  /**
   * Whose state stands still, so that they do not campaign: leadership is handed to none of them.
   *
   * @param why each, by the number of an error; as others say it, and late
   */
  public void standStill(Map<ServerId, String> why) {
    kernel.standstills = Map.copyOf(why);
  }

  /** By which error this server cannot lead, as it has said; empty when it has not. */
  public String standstillOf(ServerId server) {
    return kernel.standstills.getOrDefault(server, "");
  }

  /** Behind which index the log has about this many bytes of entries. */
  public long indexWithBytesBehind(long bytes) {
    return kernel.log.indexWithBytesBehind(bytes);
  }

  /** A hint that the connection to this server broke. Makes things faster, decides nothing. */
  public void peerBroken(ServerId peer, long now) {
    kernel.advance(now);
    if (kernel.failed) {
      return;
    }
    if (kernel.role instanceof FollowerState follower) {
      follower.peerBroken(peer);
    } else if (kernel.role instanceof LeaderState leader) {
      leader.peerBroken(peer);
    }
  }

  /**
   * A write or sync failed: this server steps down and neither votes, acknowledges nor campaigns
   * until {@link #storeReopened}.
   */
  public void storeFailed(long now) {
    kernel.advance(now);
    kernel.storeFailed();
  }

  /** The store was opened anew and verified: go on with what it holds. */
  public void storeReopened(StoredLog stored, long now) {
    kernel.advance(now);
    kernel.storeReopened(stored);
  }

  /**
   * Makes this configuration the first entry: index 1, term 1, the same bytes on every member.
   *
   * @return false, and nothing happened, when the log is not empty or the store has failed
   */
  public boolean bootstrap(Configuration configuration, long now) {
    kernel.advance(now);
    return kernel.bootstrap(configuration);
  }

  /** Takes what is to be done. To be called after each batch of inputs. */
  public Ready ready() {
    return kernel.ready();
  }

  public Role role() {
    return kernel.role.role();
  }

  public long term() {
    return kernel.term();
  }

  /** The leader of the current term, null when unknown. */
  public ServerId leader() {
    return kernel.role.leader();
  }

  public long commitIndex() {
    return kernel.commitIndex();
  }

  public long lastIndex() {
    return kernel.log.lastIndex();
  }

  /**
   * Up to here the disk holds the log as it is now: lowered at once when entries are to be
   * replaced, not when the disk has done it. Tables must not be saved beyond this: else a restart
   * finds them ahead of a log that still holds the old entries.
   */
  public long syncedIndex() {
    return kernel.log.journal().syncedIndex();
  }

  public long lastTerm() {
    return kernel.log.lastTerm();
  }

  /** The newest configuration in the log, committed or not. */
  public Configuration configuration() {
    return kernel.log.configuration();
  }

  /** The configuration at the log's begin and all that it holds, oldest first, committed or not. */
  public List<Configuration> configurations() {
    List<Configuration> all = new ArrayList<>();
    all.add(kernel.log.base().configuration());
    kernel.log.forEachConfiguration(
        0, lastIndex(), (index, configuration) -> all.add(configuration));
    return all;
  }

  public long configurationIndex() {
    return kernel.log.configurationIndex();
  }

  /** Since when no leader was heard: 0 on the leader, -1 when none ever was. */
  public long lastContactNanos(long now) {
    if (kernel.role instanceof LeaderState) {
      return 0;
    }
    long contact = kernel.leaderContact();
    return contact == Kernel.NEVER ? -1 : Math.max(0, now - contact);
  }

  /**
   * Whether this server follows a leader and had to refuse all that it has sent so far. Heartbeats
   * ask for no more than what this server has acknowledged to that leader, so it has lost that, and
   * will be listened to no more ({@link RaftEvent.AcknowledgedLost}). True for a moment, too, when
   * something else of a leader's comes before the first heartbeat.
   */
  public boolean isRuledOut() {
    return kernel.role instanceof FollowerState follower && follower.isRuledOut();
  }

  /** Whether this server leads and an entry of its own term is committed. */
  public boolean established() {
    return kernel.role instanceof LeaderState leader && leader.established();
  }

  /** The leader's view: since when this peer has not answered; -1 when not leading or unknown. */
  public long sinceContactNanos(ServerId peer, long now) {
    Progress progress = progress(peer);
    return progress == null ? -1 : Math.max(0, now - progress.contact);
  }

  /**
   * The leader's view: up to where this peer's log is synced, without what it has lost; 0 when not
   * leading or unknown.
   */
  public long matchIndex(ServerId peer) {
    Progress progress = progress(peer);
    return progress == null ? 0 : progress.synced();
  }

  /**
   * The leader's view: the term of the entry at {@link #matchIndex}; 0 when there is none, or this
   * log has forgotten it.
   */
  public long matchTerm(ServerId peer) {
    return Math.max(0, kernel.log.termAt(matchIndex(peer)));
  }

  /**
   * The leader's view: whether this server answers, and its disk has not been silent for an
   * election timeout or twice what it usually needs. Of itself: whether its own disk goes on.
   */
  public boolean isInReach(ServerId server, long now) {
    if (server.equals(kernel.self)) {
      return kernel.role instanceof LeaderState && !kernel.diskStalled();
    }
    Progress progress = progress(server);
    return progress != null && progress.isInReach(now, kernel.options);
  }

  /**
   * The leader's view: whether this server is heard and follows the log within an election timeout.
   */
  public boolean caughtUp(ServerId learner) {
    Progress progress = progress(learner);
    return progress != null && progress.caughtUp(kernel.now, kernel.options);
  }

  /**
   * The leader's view: the feature level that this peer's last answer told; -1 when it is silent
   * for an election timeout, unknown, or this server does not lead.
   */
  public int levelOf(ServerId peer, long now) {
    return kernel.role instanceof LeaderState leader && leader.peer(peer) != null
        ? leader.level(leader.peer(peer), now)
        : -1;
  }

  /**
   * The feature level that this leader and all other servers of the newest configuration know,
   * voters and learners; whoever has not answered this leader within an election timeout counts as
   * knowing none. -1 when not leading.
   */
  public int lowestLevel(long now) {
    return kernel.role instanceof LeaderState leader ? leader.lowestLevel(now) : -1;
  }

  private Progress progress(ServerId peer) {
    return kernel.role instanceof LeaderState leader ? leader.peer(peer) : null;
  }
}
