package org.comitia.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Leads its term: appends, replicates, commits, confirms reads (paper §5.3, §5.4, §8). */
final class LeaderState implements RoleState {
  private final Kernel kernel;
  private final ReadRounds reads;
  private final ArrayDeque<long[]> uncommitted = new ArrayDeque<>();
  private long uncommittedBytes;
  private Progress[] peers = new Progress[0];
  private long firstOwnIndex;
  private boolean established;
  private long heartbeatAt;
  private long authorityUntil;
  private Transfer transfer;
  private boolean timeoutNowDue;

  LeaderState(Kernel kernel) {
    this.kernel = kernel;
    this.reads = new ReadRounds(kernel.out);
  }

  @Override
  public Role role() {
    return Role.LEADER;
  }

  @Override
  public ServerId leader() {
    return kernel.self;
  }

  boolean established() {
    return established;
  }

  /** Paper §8: a no-op of the own term, by whose commit everything before it is known committed. */
  void start() {
    heartbeatAt = kernel.now;
    authorityUntil = kernel.now + kernel.options.electionNanos();
    configurationChanged();
    firstOwnIndex = kernel.log.lastIndex() + 1;
    append(Entry.Kind.NOOP, new byte[0]);
  }

  // ---- proposals ----

  Proposal propose(List<byte[]> commands) {
    if (transfer != null) {
      return new Proposal.NotLeader(transfer.target()); // in a moment; the caller asks there
    }
    long bytes = 0;
    for (byte[] command : commands) {
      bytes += command.length + Entry.OVERHEAD;
    }
    String refusal = refusal(commands.isEmpty(), bytes);
    if (refusal != null) {
      return new Proposal.Refused(refusal);
    }
    long first = kernel.log.lastIndex() + 1;
    for (byte[] command : commands) {
      kernel.append(
          new Entry(kernel.log.lastIndex() + 1, kernel.term(), Entry.Kind.COMMAND, command));
    }
    count(bytes);
    return new Proposal.Accepted(kernel.term(), first);
  }

  private String refusal(boolean empty, long bytes) {
    if (empty) {
      return "nothing was proposed";
    }
    if (uncommittedBytes > 0 && uncommittedBytes + bytes > kernel.options.maxUncommittedBytes()) {
      return uncommittedBytes + " bytes are not yet committed: too many to take more";
    }
    long unsynced = kernel.log.journal().unsyncedBytes();
    if (unsynced > 0 && unsynced + bytes > kernel.options.maxUnsyncedBytes()) {
      return unsynced + " bytes wait for the disk: too many to take more";
    }
    return null;
  }

  /** Appends a configuration, one at a time (thesis §4.1). */
  Proposal change(ConfigurationChange.Outcome outcome) {
    if (transfer != null) {
      return new Proposal.Refused("leadership is being handed over to " + transfer.target());
    }
    if (!kernel.rules.mayChange(established)) {
      return new Proposal.Refused("no entry of term " + kernel.term() + " is committed yet");
    }
    if (kernel.rules.changeIsOpen(kernel.log.configurationIndex(), kernel.commitIndex())) {
      return new Proposal.Refused(
          "the change at index " + kernel.log.configurationIndex() + " is not committed yet");
    }
    if (outcome.refusal() != null) {
      return new Proposal.Refused(outcome.refusal());
    }
    String lost = quorumOutOfReach(outcome.configuration());
    if (lost != null) {
      return new Proposal.Refused(lost);
    }
    long index = kernel.log.lastIndex() + 1;
    append(Entry.Kind.CONFIGURATION, ConfigurationCodec.encode(outcome.configuration()));
    return new Proposal.Accepted(kernel.term(), index);
  }

  /**
   * A change whose new majority is not in reach could not be committed, and once it stands in the
   * log it could not be taken back either: better refused. Null when there is nothing to fear.
   */
  private String quorumOutOfReach(Configuration changed) {
    if (changed.voters().equals(kernel.log.configuration().voters())) {
      return null;
    }
    List<String> silent = new ArrayList<>();
    for (Server voter : changed.voters()) {
      Progress peer = peer(voter.id());
      if (peer == null ? kernel.diskStalled() : !peer.isInReach(kernel.now, kernel.options)) {
        boolean answers = peer == null || peer.answers(kernel.now, kernel.options);
        silent.add(voter.name() + (answers ? " (its disk stands still)" : ""));
      }
    }
    int voters = changed.voters().size();
    return voters - silent.size() >= changed.quorum()
        ? null
        : "of the "
            + voters
            + " voters that would be left these are not in reach: "
            + String.join(", ", silent);
  }

  private void append(Entry.Kind kind, byte[] data) {
    kernel.append(new Entry(kernel.log.lastIndex() + 1, kernel.term(), kind, data));
    count(data.length + Entry.OVERHEAD);
  }

  private void count(long bytes) {
    uncommitted.add(new long[] {kernel.log.lastIndex(), bytes});
    uncommittedBytes += bytes;
  }

  @Override
  public void configurationChanged() {
    List<Server> servers = kernel.log.configuration().servers();
    ArrayList<Progress> next = new ArrayList<>(servers.size());
    for (Server server : servers) {
      if (server.id().equals(kernel.self)) {
        continue;
      }
      Progress progress = peer(server.id());
      if (progress == null) {
        progress = new Progress(server, kernel.log.lastIndex() + 1, kernel.now, kernel.options);
        kernel.out.event(new RaftEvent.PeerAdded(server));
      }
      next.add(progress);
    }
    for (Progress progress : peers) {
      if (!next.contains(progress)) {
        removed(progress.server);
      }
    }
    peers = next.toArray(new Progress[0]);
    authorityUntil = Math.min(authorityUntil, kernel.now);
  }

  private void removed(Server server) {
    kernel.out.event(new RaftEvent.PeerRemoved(server));
    if (transfer != null && transfer.target().equals(server.id())) {
      endTransfer();
    }
  }

  Progress peer(ServerId id) {
    for (Progress progress : peers) {
      if (progress.id.equals(id)) {
        return progress;
      }
    }
    return null;
  }

  // ---- feature levels ----

  /**
   * What this peer knows, by its answers: 0 before it has told; -1 when it is silent for an
   * election timeout, since what comes back may be another build.
   */
  int level(Progress peer, long now) {
    return peer.answers(now, kernel.options) ? peer.level : -1;
  }

  /** See {@link RaftCore#lowestLevel}. */
  int lowestLevel(long now) {
    int[] levels = new int[peers.length + 1];
    levels[0] = kernel.options.level();
    for (int i = 0; i < peers.length; i++) {
      levels[i + 1] = Math.max(0, level(peers[i], now));
    }
    Arrays.sort(levels);
    return kernel.rules.commonLevel(levels);
  }

  // ---- answers, commit ----

  void answered(ServerId from, Message.AppendResponse response) {
    Progress peer = peer(from);
    if (peer == null) {
      return;
    }
    if (response.success() ? peer.isLostBefore(response.matchIndex()) : isLost(peer, response)) {
      return;
    }
    peer.contact = kernel.now;
    peer.level = response.level();
    if (response.mark().index() > 0) {
      peer.mark = response.mark();
    }
    long round = kernel.rules.confirmedRound(response.round(), reads.newest());
    if (round > peer.round && round <= reads.newest()) {
      peer.round = round;
      confirmReads();
    }
    RaftLog log = kernel.log;
    if (!response.success()) {
      peer.refused(agreed(response));
      return;
    }
    if (response.matchIndex() > log.lastIndex()) {
      throw new IllegalStateException(
          from
              + " acknowledged index "
              + response.matchIndex()
              + " beyond this leader's log end "
              + log.lastIndex()
              + " in term "
              + kernel.term());
    }
    boolean grew =
        peer.acknowledged(
            response.matchIndex(),
            Math.min(response.hintIndex(), log.lastIndex()),
            kernel.now,
            kernel.options);
    peer.measure(log.lastIndex(), kernel.now, kernel.options);
    if (grew) {
      advanceCommit();
      if (transfer != null && from.equals(transfer.target())) {
        timeoutNowDue = true;
      }
    }
  }

  /** Up to where the logs may agree, as a refusal tells. */
  private long agreed(Message.AppendResponse response) {
    RaftLog log = kernel.log;
    if (response.hintIndex() < log.baseIndex()) {
      return response.hintIndex();
    }
    long may = log.lastIndexWithTermAtMost(response.hintIndex(), response.hintTerm());
    // The base is no answer when its term is another one: then it is somewhere before.
    return log.termAt(may) > response.hintTerm() ? may - 1 : may;
  }

  /** Whether this refusal comes from a server that has lost what it had acknowledged. */
  private boolean isLost(Progress peer, Message.AppendResponse response) {
    long agreed = agreed(response);
    if (kernel.rules.noticesLoss() && peer.denies(agreed, kernel.now, kernel.options)) {
      kernel.out.event(new RaftEvent.AcknowledgedLost(peer.server, peer.match, agreed));
    }
    return peer.lost;
  }

  @Override
  public void synced() {
    advanceCommit();
  }

  /** Paper §5.4.2: only an entry of the own term is committed by counting. */
  private void advanceCommit() {
    Electorate electorate = kernel.electorate;
    int size = electorate.size();
    if (size == 0) {
      return;
    }
    long[] matches = new long[size];
    for (int i = 0; i < size; i++) {
      if (electorate.isSelf(i)) {
        matches[i] = kernel.log.journal().syncedIndex();
      } else {
        matches[i] = peer(electorate.voter(i)).match;
      }
    }
    Arrays.sort(matches);
    long index = matches[size - electorate.quorum()];
    if (index > kernel.commitIndex() && kernel.rules.mayCommitByCounting(index, firstOwnIndex)) {
      kernel.commitTo(index);
      committed(index);
    }
  }

  private void committed(long index) {
    while (!uncommitted.isEmpty() && uncommitted.peekFirst()[0] <= index) {
      uncommittedBytes -= uncommitted.pollFirst()[1];
    }
    if (!established) {
      established = true;
      kernel.out.event(new RaftEvent.LeadershipEstablished(kernel.term(), firstOwnIndex));
    }
    if (!kernel.electorate.includesSelf() && kernel.log.configurationIndex() <= index) {
      resign();
    }
  }

  /** The change that removes this server is committed: its part is over (thesis §4.2.2). */
  private void resign() {
    for (Progress peer : peers) {
      heartbeat(peer);
    }
    handOver();
    kernel.stepDown("removed from the configuration");
  }

  /** Before stepping down at once: nobody needs to wait for a timeout. */
  void handOver() {
    Progress heir = bestVoter();
    if (heir != null) {
      kernel.send(heir.id, new Message.TimeoutNow(kernel.term()));
    }
  }

  // ---- authority ----

  /** Check-quorum: whoever cannot reach a majority for an election timeout does not lead. */
  void checkAuthority() {
    if (kernel.now < authorityUntil) {
      return;
    }
    Electorate electorate = kernel.electorate;
    int size = electorate.size();
    long[] contacts = new long[size];
    for (int i = 0; i < size; i++) {
      contacts[i] = electorate.isSelf(i) ? kernel.now : peer(electorate.voter(i)).contact;
    }
    Arrays.sort(contacts);
    long contact = contacts[size - electorate.quorum()];
    authorityUntil = contact + kernel.options.electionNanos();
    if (kernel.now >= authorityUntil) {
      kernel.stepDown("no answer from a majority of " + size + " voters for an election timeout");
    }
  }

  private boolean diskIsLate() {
    long unsynced = kernel.log.journal().oldestUnsyncedIndex(kernel.now - kernel.lateAfterNanos());
    return unsynced > 0 && unsynced <= kernel.commitIndex();
  }

  @Override
  public void tick() {
    if (diskIsLate()) {
      handOver();
      kernel.stepDown(
          "the own disk has not finished a write for "
              + kernel.log.journal().oldestAge(kernel.now) / 1_000_000
              + " ms that the others have committed");
      return;
    }
    if (kernel.now - heartbeatAt >= kernel.options.heartbeatNanos()) {
      heartbeatAt = kernel.now;
      for (Progress peer : peers) {
        peer.heartbeat(kernel.now, kernel.options);
      }
      timeoutNowDue = transfer != null;
    }
    for (Progress peer : peers) {
      peer.tellCommit(kernel.commitIndex());
    }
    if (transfer != null && kernel.now >= transfer.deadline()) {
      endTransfer();
    }
  }

  void peerBroken(ServerId id) {
    Progress peer = peer(id);
    if (peer != null) {
      if (!peer.probing) {
        peer.rewind();
      }
      peer.pause(); // a probe under way is lost as well: the next heartbeat sends it again
    }
  }

  // ---- sending ----

  @Override
  public void flush() {
    if (kernel.rules.mayRead(established) && reads.start(kernel.commitIndex(), kernel.now)) {
      for (Progress peer : peers) {
        peer.heartbeatDue = true;
      }
      confirmReads();
    }
    for (Progress peer : peers) {
      replicate(peer);
    }
    if (timeoutNowDue) {
      sendTimeoutNow();
    }
  }

  private void replicate(Progress peer) {
    if (needsSnapshot(peer)) {
      peer.probeSent = true; // nothing but heartbeats, with the offer beside them
    } else if (peer.probing) {
      if (!peer.probeSent) {
        sendEntries(peer);
      }
    } else {
      long last = kernel.log.lastIndex();
      while (peer.next <= last && peer.hasRoom(kernel.options) && sendEntries(peer)) {
        // until the window is full or nothing is left
      }
    }
    if (peer.heartbeatDue) {
      heartbeat(peer);
    }
  }

  /** Whether what it needs next is gone here. */
  private boolean needsSnapshot(Progress peer) {
    return peer.next <= kernel.log.baseIndex();
  }

  /** Sends what follows {@code next}, or asks for it to be read. @return whether it was sent */
  private boolean sendEntries(Progress peer) {
    RaftLog log = kernel.log;
    int bytes = peer.appendBytes(kernel.options);
    List<Entry> entries = log.slice(peer.next, bytes);
    if (entries == null) {
      peer.awaitsRead = true;
      kernel.requestRead(peer.next, bytes);
      return false;
    }
    send(peer, entries);
    return true;
  }

  private void send(Progress peer, List<Entry> entries) {
    long prev = peer.next - 1;
    kernel.send(
        peer.id,
        new Message.AppendRequest(
            kernel.term(),
            prev,
            kernel.log.termAt(prev),
            entries,
            kernel.commitIndex(),
            reads.newest()));
    peer.commitSent = kernel.commitIndex();
    long bytes = 0;
    for (int i = 0; i < entries.size(); i++) {
      bytes += entries.get(i).size();
    }
    if (peer.probing) {
      peer.probeSent(prev + entries.size(), bytes, kernel.now);
    } else {
      peer.sent(prev + entries.size(), bytes, kernel.now);
    }
  }

  void entriesRead(long fromIndex, List<Entry> entries) {
    for (Progress peer : peers) {
      if (peer.awaitsRead && peer.next == fromIndex) {
        peer.awaitsRead = false;
        if (!entries.isEmpty() && !needsSnapshot(peer) && (!peer.probing || !peer.probeSent)) {
          send(peer, entries);
        }
      }
    }
  }

  /** Carries no entries and what surely matches before it, so that it may overtake any other. */
  private void heartbeat(Progress peer) {
    peer.heartbeatDue = false;
    peer.commitSent = kernel.commitIndex();
    RaftLog log = kernel.log;
    // Before the log begins, only that nothing is before the first entry is known for sure.
    long prev = peer.match < log.baseIndex() ? 0 : peer.match;
    kernel.send(
        peer.id,
        new Message.AppendRequest(
            kernel.term(),
            prev,
            prev == 0 ? 0 : log.termAt(prev),
            List.of(),
            kernel.commitIndex(),
            reads.newest()));
    if (needsSnapshot(peer)) {
      kernel.send(
          peer.id,
          new Message.SnapshotOffer(kernel.term(), log.baseIndex(), log.termAt(log.baseIndex())));
    }
  }

  // ---- reads ----

  void readIndex(long requestId) {
    reads.add(requestId);
  }

  private void confirmReads() {
    if (!reads.isOpen()) {
      return;
    }
    Electorate electorate = kernel.electorate;
    int size = electorate.size();
    long[] rounds = new long[size];
    for (int i = 0; i < size; i++) {
      rounds[i] = electorate.isSelf(i) ? reads.newest() : peer(electorate.voter(i)).round;
    }
    Arrays.sort(rounds);
    reads.confirmed(rounds[size - electorate.quorum()]);
  }

  // ---- handing over ----

  boolean transferTo(ServerId targetOrNull) {
    if (!established || transfer != null) {
      return false;
    }
    Progress target = targetOrNull == null ? bestVoter() : peer(targetOrNull);
    if (target == null || !mayInherit(target)) {
      return false;
    }
    long patience = kernel.options.electionNanos() + 4 * kernel.syncNanos();
    transfer = new Transfer(target.id, kernel.now + patience);
    timeoutNowDue = true;
    return true;
  }

  /** Of equals the next one: leadership shall go round, not to and fro between two. */
  private Progress bestVoter() {
    Progress best = null;
    for (int i = 1; i <= kernel.electorate.size(); i++) {
      Progress peer = peer(kernel.electorate.next(i));
      if (peer != null
          && mayInherit(peer)
          && kernel.now - peer.contact < kernel.options.electionNanos()
          && (best == null || peer.match > best.match)) {
        best = peer;
      }
    }
    return best;
  }

  /** One that cannot lead would not campaign, and the time until that is given up be lost. */
  private boolean mayInherit(Progress peer) {
    return kernel.electorate.contains(peer.id) && !kernel.standstills.containsKey(peer.id);
  }

  private void sendTimeoutNow() {
    timeoutNowDue = false;
    Progress target = transfer == null ? null : peer(transfer.target());
    if (target != null && target.match == kernel.log.lastIndex()) {
      kernel.send(target.id, new Message.TimeoutNow(kernel.term()));
    }
  }

  private void endTransfer() {
    kernel.out.event(new RaftEvent.TransferEnded(transfer.target(), false));
    transfer = null;
    timeoutNowDue = false;
  }

  @Override
  public void left() {
    reads.fail();
    if (transfer != null) {
      kernel.handedTo(transfer.target());
    }
  }
}
