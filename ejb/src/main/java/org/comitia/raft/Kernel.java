package org.comitia.raft;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * What all roles share: term and vote, log, commit index, time, and the steps from one role to the
 * next. Package-private; {@link RaftCore} is the front.
 */
final class Kernel {
  static final long NEVER = Long.MIN_VALUE;

  final ServerId self;
  final RaftOptions options;
  final SafetyRules rules;
  final ElectionTimer timer;
  final Outbox out = new Outbox();

  RaftLog log;
  RoleState role;
  Electorate electorate;
  long now;
  boolean failed;

  /** What the driver says of its state. */
  StateMark mark = StateMark.NONE;

  /** By this entry the state was found to be another one than the cluster's; 0 for never. */
  long divergedAt;

  /** Who cannot lead, and why. */
  Map<ServerId, String> standstills = Map.of();

  private HardState hard;
  private ServerId announcedLeader;
  private ServerId handedTo;
  private LogBase installed;

  /** The highest commit index that any leader has told this server. */
  private long announcedCommit;

  private long commitIndex;

  // When the leader was last heard, and whether that still speaks for it: not after its socket
  // broke.
  private long leaderContact = NEVER;
  private boolean leaderTrusted;

  // How long this server's writes have taken lately.
  private final SlowestRecent syncs;

  private final Delivery delivery;
  private final Set<Long> pendingReads = new HashSet<>();

  Kernel(
      ServerId self,
      RaftOptions options,
      SafetyRules rules,
      StoredLog stored,
      RandomGenerator random,
      long now) {
    this.self = self;
    this.rules = rules;
    this.options = options;
    this.timer = new ElectionTimer(options, random, now);
    this.syncs = new SlowestRecent(20 * options.electionNanos(), options.slowestSyncNanos());
    this.now = now;
    this.log = new RaftLog(stored, 1, options.cacheBytes());
    this.hard = stored.hardState();
    this.commitIndex = Math.max(stored.appliedIndex(), log.baseIndex());
    this.delivery = new Delivery(this, stored.appliedIndex());
    if (commitIndex > log.lastIndex()) {
      throw new IllegalStateException(
          "COM3016: saved tables are at index "
              + commitIndex
              + ", beyond the log's end "
              + log.lastIndex()
              + ": they belong to another log");
    }
    this.electorate = new Electorate(log.configuration(), self);
    this.role = new FollowerState(this, null);
  }

  // ---- term, vote and roles ----

  long term() {
    return hard.term();
  }

  ServerId vote() {
    return hard.vote();
  }

  private void setHardState(HardState changed) {
    if (changed.term() != hard.term()) {
      out.dropHeld();
    }
    hard = changed;
    log.journal().hardState(changed);
  }

  private void become(RoleState next) {
    RoleState previous = role;
    role = next;
    previous.left();
    announceLeader();
  }

  private void announceLeader() {
    ServerId leader = role.leader();
    if (leader == null ? announcedLeader != null : !leader.equals(announcedLeader)) {
      announcedLeader = leader;
      out.event(new RaftEvent.LeaderChanged(term(), leader));
      if (handedTo != null && leader != null) {
        out.event(new RaftEvent.TransferEnded(handedTo, handedTo.equals(leader)));
        handedTo = null;
      }
    }
  }

  /** Leadership ended while it was being handed over: the next leader tells how that went. */
  void handedTo(ServerId target) {
    handedTo = target;
  }

  void becomeFollower(long term, ServerId leader) {
    if (term > term()) {
      setHardState(new HardState(term, null));
    }
    become(new FollowerState(this, leader));
    timer.reset();
    out.event(new RaftEvent.BecameFollower(term, leader));
  }

  void stepDown(String reason) {
    out.event(new RaftEvent.SteppedDown(term(), reason));
    becomeFollower(term(), null);
  }

  /** Asks whether a campaign would succeed, without disturbing anybody's term (thesis §9.6). */
  void becomePreCandidate() {
    become(new PreCandidateState(this));
    timer.reset();
    out.event(new RaftEvent.BecameCandidate(term(), true));
    ((PreCandidateState) role).start();
  }

  /** Paper §5.2: a new term, the own vote, and requests once both are on the disk. */
  void becomeCandidate(boolean transfer) {
    setHardState(new HardState(term() + 1, self));
    become(new CandidateState(this, transfer));
    timer.reset();
    out.event(new RaftEvent.BecameCandidate(term(), false));
    ((CandidateState) role).start();
  }

  void becomeLeader() {
    LeaderState leader = new LeaderState(this);
    become(leader);
    out.event(new RaftEvent.BecameLeader(term()));
    leader.start();
  }

  // ---- time ----

  /** Called first with every input: all elapsed time counts against a leader's authority. */
  void advance(long time) {
    now = Math.max(now, time);
    if (role instanceof LeaderState leader) {
      leader.checkAuthority();
    }
  }

  void tick() {
    timer.tick(now);
    role.tick();
  }

  void leaderHeard() {
    leaderContact = now;
    leaderTrusted = true;
    timer.reset();
  }

  void leaderSocketBroke() {
    leaderTrusted = false;
  }

  long leaderContact() {
    return leaderContact;
  }

  /** Stickiness (thesis §4.2.3): a leader that was heard within an election timeout is alive. */
  private boolean leaderIsAlive() {
    if (role instanceof LeaderState) {
      return true;
    }
    return role.leader() != null && leaderTrusted && now - leaderContact < options.electionNanos();
  }

  /** How long this server's disk needs for a write: the slowest one of the last seconds. */
  long syncNanos() {
    return syncs.get(now);
  }

  /** How long it needs for a vote. One stall counts no longer once it has written for a while. */
  long voteNanos() {
    return syncs.ofLast(now);
  }

  /**
   * From when on a write that has not returned is late: after an election timeout, or twice what
   * the disk usually needs. A disk that is always slow is no stalled one.
   */
  long lateAfterNanos() {
    return Math.max(options.electionNanos(), 2 * syncNanos());
  }

  boolean diskStalled() {
    return log.journal().oldestAge(now) >= lateAfterNanos();
  }

  /**
   * Thesis §4.2.2: the change that removes this server is not known to be committed. Only its log
   * may hold it, and then only this server can be elected and commit it.
   */
  private boolean mayStillBeNeeded() {
    return log.configurationIndex() > commitIndex && log.previousConfiguration().isVoter(self);
  }

  /** Why this server may not campaign now; null when it may. */
  String campaignObstacle() {
    if (failed) {
      return "the log store failed and was not reopened yet";
    }
    if (electorate.size() == 0 && log.configuration().isEmpty()) {
      return "no known peers";
    }
    if (!electorate.includesSelf() && !mayStillBeNeeded()) {
      return "not part of a stable configuration";
    }
    if (divergedAt > 0) {
      return "its state differs from the cluster's (entry " + divergedAt + ")";
    }
    if (lacksState()) {
      return "the saved tables end at index "
          + delivery.handedOut()
          + ", before the log begins, and no leader was there to give a snapshot";
    }
    if (diskStalled()) {
      return "the disk has not finished a write for "
          + log.journal().oldestAge(now) / 1_000_000
          + " ms";
    }
    return null;
  }

  // ---- messages ----

  void send(ServerId to, Message message) {
    out.send(to, message, log.journal().hardStateSynced());
  }

  void receive(ServerId from, Message message) {
    if (failed || from.equals(self)) {
      return;
    }
    if (message instanceof Message.AppendRequest append) {
      onAppendRequest(from, append);
    } else if (message instanceof Message.AppendResponse response) {
      onAppendResponse(from, response);
    } else if (message instanceof Message.PreVoteRequest request) {
      onPreVoteRequest(from, request);
    } else if (message instanceof Message.PreVoteResponse response) {
      onPreVoteResponse(from, response);
    } else if (message instanceof Message.VoteRequest request) {
      onVoteRequest(from, request);
    } else if (message instanceof Message.VoteResponse response) {
      onVoteResponse(from, response);
    } else if (message instanceof Message.SnapshotOffer offer) {
      onSnapshotOffer(from, offer);
    } else if (message instanceof Message.TimeoutNow timeoutNow) {
      onTimeoutNow(from, timeoutNow);
    }
  }

  private void onAppendRequest(ServerId from, Message.AppendRequest request) {
    if (request.term() < term()) {
      // Its sender learns the newer term and steps down; without this a server that campaigned in
      // vain could never rejoin a leader that ignores its votes.
      send(
          from,
          new Message.AppendResponse(
              term(), false, 0, log.lastIndex(), log.lastTerm(), request.round(), options.level()));
      return;
    }
    following(from, request.term()).append(request);
  }

  private void onSnapshotOffer(ServerId from, Message.SnapshotOffer offer) {
    if (offer.term() >= term()) { // to an older one the heartbeat beside it is answered
      following(from, offer.term()).offered(offer);
    }
  }

  /** The leader of this term, not older than the own, was heard. */
  private FollowerState following(ServerId leader, long leadersTerm) {
    ServerId known = leadersTerm == term() ? role.leader() : null;
    if (known != null && !known.equals(leader)) {
      throw new IllegalStateException(
          "two leaders in term " + term() + ": " + known + " and " + leader);
    }
    if (known == null) {
      becomeFollower(leadersTerm, leader);
    }
    leaderHeard();
    return (FollowerState) role;
  }

  private void onAppendResponse(ServerId from, Message.AppendResponse response) {
    if (!log.configuration().contains(from)) {
      return;
    }
    if (response.term() > term()) {
      higherTerm(response.term(), from);
    } else if (response.term() == term() && role instanceof LeaderState leader) {
      leader.answered(from, response);
    }
  }

  private void higherTerm(long term, ServerId from) {
    if (role instanceof LeaderState) {
      out.event(new RaftEvent.SteppedDown(term(), from + " is in the newer term " + term));
    }
    becomeFollower(term, null);
  }

  private void onPreVoteRequest(ServerId from, Message.PreVoteRequest request) {
    if (log.configuration().isEmpty()) {
      return;
    }
    boolean upToDate = rules.isUpToDate(log, request.lastIndex(), request.lastTerm());
    boolean free = request.term() > term() && !leaderIsAlive();
    boolean granted = free && upToDate && !diskStalled();
    if (granted) {
      timer.calm(patience());
    } else if (free && !upToDate && role instanceof FollowerState && electorate.contains(from)) {
      // Not the sender, but this server may be elected; where there are more like it, in turn.
      timer.hasten(electorate.rankWithout(from) * options.heartbeatNanos() / 2);
    }
    send(from, new Message.PreVoteResponse(granted ? request.term() : term(), granted));
  }

  /** Whoever has this server's vote may have to wait for others, whose disks are as slow. */
  private long patience() {
    return options.electionNanos() + 2 * voteNanos();
  }

  private void onPreVoteResponse(ServerId from, Message.PreVoteResponse response) {
    if (!electorate.contains(from)) {
      return;
    }
    if (!response.granted() && response.term() > term()) {
      higherTerm(response.term(), from);
    } else if (role instanceof PreCandidateState candidate) {
      candidate.answered(from, response);
    }
  }

  private void onVoteRequest(ServerId from, Message.VoteRequest request) {
    if (log.configuration().isEmpty()) {
      return;
    }
    if (request.term() > term()) {
      if (leaderIsAlive() && !request.transfer()) {
        return;
      }
      higherTerm(request.term(), from);
    }
    boolean granted =
        request.term() == term()
            && role.leader() == null
            && rules.mayVote(vote(), from)
            && rules.isUpToDate(log, request.lastIndex(), request.lastTerm());
    if (granted) {
      if (vote() == null) {
        setHardState(new HardState(term(), from));
      }
      timer.reset();
      timer.calm(patience());
    }
    send(from, new Message.VoteResponse(term(), granted));
  }

  private void onVoteResponse(ServerId from, Message.VoteResponse response) {
    if (!electorate.contains(from)) {
      return;
    }
    if (response.term() > term()) {
      higherTerm(response.term(), from);
    } else if (response.term() == term() && role instanceof CandidateState candidate) {
      candidate.answered(from, response);
    }
  }

  private void onTimeoutNow(ServerId from, Message.TimeoutNow message) {
    // A late one of an older term would break a newer leader's stickiness for nothing.
    if (message.term() == term()
        && role instanceof FollowerState
        && from.equals(role.leader())
        && campaignObstacle() == null) {
      becomeCandidate(true);
    }
  }

  // ---- log, configuration, commit ----

  /** Appends an entry; a configuration takes effect at once (thesis §4.1). */
  void append(Entry entry) {
    log.append(entry);
    if (entry.kind() == Entry.Kind.CONFIGURATION) {
      configurationChanged();
    }
  }

  void truncateFrom(long index) {
    if (index <= commitIndex) {
      throw new IllegalStateException(
          "COM3015: entry "
              + index
              + " is committed (commit index "
              + commitIndex
              + ") and differs from the leader's in term "
              + term()
              + ": this log or the leader's was changed or restored from outside; keep both"
              + " data directories and recover by hand");
    }
    long configurationIndex = log.configurationIndex();
    log.truncateFrom(index);
    if (log.configurationIndex() != configurationIndex) {
      configurationChanged();
    }
  }

  private void configurationChanged() {
    electorate = new Electorate(log.configuration(), self);
    out.event(new RaftEvent.ConfigurationChanged(log.configurationIndex(), log.configuration()));
    role.configurationChanged();
  }

  long commitIndex() {
    return commitIndex;
  }

  /** Raises the commit index; a lower one is ignored: it never goes back. */
  void commitTo(long index) {
    if (index <= commitIndex) {
      return;
    }
    long before = commitIndex;
    commitIndex = index;
    if (log.configurationIndex() > before) {
      log.forEachConfiguration(
          before, index, (at, c) -> out.event(new RaftEvent.ConfigurationCommitted(at, c)));
    }
  }

  // ---- the log's begin ----

  /** See {@link RaftCore#cut}. */
  void cut(long upTo) {
    long index = Math.min(upTo, Math.min(commitIndex, log.journal().syncedIndex()));
    if (!failed && divergedAt == 0 && index > log.baseIndex() && index <= delivery.handedOut()) {
      log.cut(index);
      out.event(new RaftEvent.LogCut(index));
    }
  }

  void announced(long commit) {
    announcedCommit = Math.max(announcedCommit, commit);
  }

  /** See {@link RaftCore#objection}. */
  String objection(LogBase point, long confirmedAt) {
    if (point.term() < 1 || point.term() > term()) {
      return "its last entry is of term " + point.term() + ", this server is in term " + term();
    }
    if (point.index() > Math.max(announcedCommit, commitIndex)) {
      return "it goes to entry "
          + point.index()
          + ", and no leader has said that more than "
          + Math.max(announcedCommit, commitIndex)
          + " are committed";
    }
    if (divergedAt > 0 && !rules.mends(divergedAt, confirmedAt)) {
      return "it is of a server whose state "
          + (confirmedAt > 0
              ? "was last found to be the cluster's by entry " + confirmedAt
              : "is not known to be the cluster's since it was started")
          + ", this server's was found to differ by entry "
          + divergedAt
          + ". The leader is compared as soon as a majority of the voters is there without this"
          + " one: bring back those that are down, or replace them";
    }
    if (divergedAt > 0 && point.index() < delivery.handedOut()) {
      return "it goes to entry "
          + point.index()
          + ", and this server has gone on to "
          + delivery.handedOut();
    }
    return contradicts(point) ? contradiction(point) : "";
  }

  /** See {@link RaftCore#installed}. */
  void installed(LogBase base) {
    if (contradicts(base)) {
      throw new IllegalStateException(contradiction(base));
    }
    installed = base;
    divergedAt = 0;
    delivery.skipTo(base.index());
    if (!failed) {
      beginBehindInstalled();
    }
  }

  private boolean contradicts(LogBase base) {
    if (base.index() <= log.baseIndex()) {
      return false; // nothing to compare with any more
    }
    long term = log.termAt(base.index());
    boolean committed = term >= 0 && base.index() <= commitIndex;
    return term != base.term() && (committed || role instanceof LeaderState);
  }

  private static String contradiction(LogBase base) {
    return "COM3028: a snapshot up to entry "
        + base.index()
        + " of term "
        + base.term()
        + " came, but this log has another committed entry there: this log or the leader's was"
        + " changed or restored from outside; keep both data directories and recover by hand";
  }

  /**
   * What was installed and is not known to be in the store: a store that fails meanwhile is told
   * again when it is reopened.
   */
  private void beginBehindInstalled() {
    if (installed == null || installed.index() <= log.baseIndex()) {
      return;
    }
    Configuration before = log.configuration();
    log.installed(installed);
    commitTo(installed.index());
    if (!log.configuration().equals(before)) {
      configurationChanged();
    }
    if (role instanceof FollowerState follower) {
      follower.installed(installed.index());
    }
  }

  /** Whether entries that are gone were never applied here: a snapshot has to bring the state. */
  boolean lacksState() {
    return delivery.handedOut() < log.baseIndex();
  }

  /** Whether only a snapshot brings the state on. */
  boolean needsState() {
    return lacksState() || divergedAt > 0;
  }

  // ---- reading back and applying ----

  /**
   * Asks the driver for entries, once however many want them. A failed store is asked for nothing:
   * whoever wants it asks again when it is reopened.
   */
  void requestRead(long fromIndex, int maxBytes) {
    if (failed && rules.readsEndWithTheStore()) {
      return;
    }
    if (pendingReads.add(fromIndex)) {
      out.logRead(new LogRead(fromIndex, maxBytes));
    }
  }

  void logRead(long fromIndex, List<Entry> entries) {
    pendingReads.remove(fromIndex);
    int valid = log.valid(fromIndex, entries);
    List<Entry> still = valid == entries.size() ? entries : entries.subList(0, valid);
    delivery.entriesRead(fromIndex, still);
    if (role instanceof LeaderState leader) {
      leader.entriesRead(fromIndex, still);
    }
  }

  void applied(long index) {
    delivery.applied(index);
  }

  Ready ready() {
    if (!failed) {
      role.flush();
    }
    announceLeader();
    Persist persist = failed ? null : log.journal().take(now);
    List<Entry> committed = delivery.take();
    return out.take(persist == null ? List.of() : List.of(persist), committed);
  }

  // ---- the disk ----

  void synced(long sequence) {
    if (failed) {
      return;
    }
    boolean voteWaited = !log.journal().hardStateSynced();
    syncs.add(log.journal().synced(sequence, now), now);
    if (log.journal().hardStateSynced()) {
      out.release();
      if (voteWaited) {
        timer.reset(); // the vote leaves only now, own or another's: its term begins
      }
    }
    role.synced();
    log.evict();
  }

  void storeFailed() {
    if (failed) {
      return;
    }
    failed = true;
    out.dropHeld();
    forgetReads();
    if (role instanceof LeaderState leader) {
      leader.handOver();
      stepDown("the log store failed");
    } else {
      becomeFollower(term(), null);
    }
  }

  /** What was asked for is not waited for any more. */
  private void forgetReads() {
    pendingReads.clear();
    delivery.forgetReads();
  }

  /**
   * Goes on with what the verified store holds, as after a restart. Nothing that is missing there
   * was ever acknowledged. What is committed and already applied stays so.
   */
  void storeReopened(StoredLog stored) {
    RaftLog before = log;
    long next = before.journal().nextSequence() + 1;
    log = new RaftLog(stored, next, options.cacheBytes());
    failed = false;
    if (rules.readsEndWithTheStore()) {
      forgetReads();
    }
    if (hard.term() < stored.hardState().term()) {
      hard = stored.hardState();
    } else if (!hard.equals(stored.hardState())) {
      log.journal().hardState(hard);
    }
    dropStaleTail(before);
    beginBehindInstalled();
    electorate = new Electorate(log.configuration(), self);
    out.event(new RaftEvent.ConfigurationChanged(log.configurationIndex(), log.configuration()));
    becomeFollower(term(), null);
  }

  /**
   * An unsynced truncation is lost with the store's connection: where committed entries are known,
   * what the store holds instead of them is dropped again.
   */
  private void dropStaleTail(RaftLog before) {
    long end = Math.min(Math.min(commitIndex, log.lastIndex()), before.lastIndex());
    long agreed = Math.max(log.baseIndex(), before.baseIndex());
    long differs = end + 1;
    while (agreed + 1 < differs) {
      long middle = (agreed + differs) >>> 1;
      if (log.termAt(middle) == before.termAt(middle)) {
        agreed = middle;
      } else {
        differs = middle;
      }
    }
    // A log that ends before what is committed was cut here already, and that was lost as well.
    boolean wasCut = before.lastIndex() < commitIndex && before.lastIndex() < log.lastIndex();
    if (differs <= end || wasCut) {
      log.truncateFrom(differs);
    }
  }

  boolean bootstrap(Configuration configuration) {
    if (configuration.voters().isEmpty()) {
      throw new IllegalArgumentException("a cluster cannot start without a voter");
    }
    if (failed || log.lastIndex() != 0) {
      return false;
    }
    if (term() < 1) {
      setHardState(new HardState(1, null));
    }
    append(new Entry(1, 1, Entry.Kind.CONFIGURATION, ConfigurationCodec.encode(configuration)));
    return true;
  }
}
