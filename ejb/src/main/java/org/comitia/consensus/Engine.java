package org.comitia.consensus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.logging.Logger;
import org.comitia.consensus.port.Member;
import org.comitia.consensus.port.Transport;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.LogRead;
import org.comitia.raft.Message;
import org.comitia.raft.Outbound;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftCore;
import org.comitia.raft.RaftEvent;
import org.comitia.raft.ReadResult;
import org.comitia.raft.Ready;
import org.comitia.raft.Role;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.bootstrap.Bootstrap;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.raft.bootstrap.BootstrapReady;
import org.comitia.raft.bootstrap.Candidate;

/**
 * The core thread: owns the Raft core and the bootstrap protocol, feeds them with what arrives and
 * carries out what they ask for. Nothing on it blocks. What others may know of it is published as
 * an immutable {@link Status}.
 */
final class Engine implements Runnable, LogWriter.Reports {
  /** Told on the core thread, in order. */
  interface Observer {
    void onEvents(List<RaftEvent> events, Status status);

    /** After members changed: why there is no cluster yet, "" when there is one. */
    void onWaiting(String why, boolean contradicted);
  }

  static final String BOOTSTRAP_RECORD = "bootstrap";
  static final String LEFT_RECORD = "left";

  /** How often the core is told the time at least, nanoseconds. */
  private static final long TICK_NANOS = 10_000_000L;

  /** How many inputs are taken before what they cause is carried out. */
  private static final int MAX_BATCH = 1024;

  /** Committed and not yet applied; beyond it no write is taken. */
  private static final long MAX_APPLY_BACKLOG_BYTES = 64L << 20;

  /** How long a server that must not lead any more tries to hand leadership over. */
  private static final long RESIGN_NANOS = 2_000_000_000L;

  private static final long REOPEN_AFTER_NANOS = 1_000_000_000L;
  private static final long EXPIRE_EVERY_NANOS = 100_000_000L;

  private final Server self;
  private final RaftCore core;
  private final Bootstrap bootstrap;
  private final Inbox inbox;
  private final Transport transport;
  private final PendingWrites pending;
  private final AppliedIndex applied;
  private final ReadGate reads;
  private final Observer observer;
  private LogWriter log;
  private Applier applier;

  private final Map<UUID, Member> serversByNode = new HashMap<>();
  private final Map<ServerId, String> addresses = new HashMap<>();
  private final List<Inbox.Input> batch = new ArrayList<>();
  private Map<String, byte[]> records = Map.of();
  private long recordSequence;
  private volatile boolean left; // written by the core thread only
  private boolean storeBroken;
  private long reopenAt;
  private long nextExpiry;
  private long resignUntil;
  private volatile long syncedIndex;
  private volatile long beatNanos;
  private volatile boolean stopping;
  private volatile Status status;
  private volatile String unfit = ""; // written by the core thread only
  private volatile long foreign;

  Engine(
      Server self,
      RaftCore core,
      Bootstrap bootstrap,
      boolean left,
      Inbox inbox,
      Transport transport,
      PendingWrites pending,
      AppliedIndex applied,
      Executor executor,
      Observer observer) {
    this.self = self;
    this.core = core;
    this.bootstrap = bootstrap;
    this.left = left;
    this.inbox = inbox;
    this.transport = transport;
    this.pending = pending;
    this.applied = applied;
    this.reads = new ReadGate(inbox, id -> core.readIndex(id, System.nanoTime()), executor);
    this.observer = observer;
    this.syncedIndex = core.syncedIndex();
    this.beatNanos = System.nanoTime();
    publish(beatNanos);
  }

  /** The other threads that it works with; before {@link #run()}. */
  void connect(LogWriter log, Applier applier) {
    this.log = log;
    this.applier = applier;
  }

  // ---- what others may call, on any thread ----

  Status status() {
    return status;
  }

  ReadGate reads() {
    return reads;
  }

  /** Up to where this server's own log is on its disk. */
  long syncedIndex() {
    return syncedIndex;
  }

  /** Whether this server has left and waits to be joined. */
  boolean hasLeft() {
    return left;
  }

  /** Since the core thread last went round, nanoseconds. */
  long sinceBeatNanos() {
    return System.nanoTime() - beatNanos;
  }

  /** Frames of other clusters or for other servers, dropped. */
  long foreignFrames() {
    return foreign;
  }

  void stop() {
    inbox.put(() -> stopping = true);
  }

  /**
   * Completes the write's outcome at once when it cannot be taken; it is then surely not proposed.
   */
  void propose(PendingWrite write) {
    if (applier.backlogBytes() > MAX_APPLY_BACKLOG_BYTES || !inbox.offer(write)) {
      boolean closed = inbox.isClosed();
      write.refused(
          closed ? Failure.UNAVAILABLE : Failure.OVERLOADED,
          closed ? Texts.OUT_OF_SERVICE : "too many writes are under way, try again later");
    }
  }

  /**
   * Runs a question or a change on the core thread. Fails with IllegalStateException when too much
   * is waiting.
   */
  <T> CompletableFuture<T> ask(Function<RaftCore, T> question) {
    Question<T> asked = new Question<>(question);
    if (!inbox.offer(asked)) {
      asked.refused(Failure.OVERLOADED, "too much is under way");
    }
    return asked.answer;
  }

  private final class Question<T> implements Inbox.Input {
    private final Function<RaftCore, T> question;
    private final CompletableFuture<T> answer = new CompletableFuture<>();

    private Question(Function<RaftCore, T> question) {
      this.question = question;
    }

    @Override
    public void run() {
      try {
        answer.complete(question.apply(core));
      } catch (RuntimeException e) {
        answer.completeExceptionally(e);
      }
    }

    @Override
    public void refused(Failure failure, String why) {
      answer.completeExceptionally(new IllegalStateException(why));
    }
  }

  /**
   * This server has left, or is back: only a server that has not left campaigns. Completes when it
   * is on the disk.
   */
  CompletionStage<Void> recordLeft(boolean hasLeft) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    inbox.put(
        () -> {
          left = hasLeft;
          log.write(List.of(), Map.of(LEFT_RECORD, hasLeft ? new byte[] {1} : new byte[0]), 0);
          done.complete(null);
        });
    return done;
  }

  /**
   * This server can serve no more, e.g. because it applies nothing: it hands leadership over, or
   * steps down, and does not campaign. It still votes and keeps the log.
   *
   * @param why in words
   */
  void resign(String why) {
    inbox.put(
        () -> {
          unfit = why;
          resignUntil = System.nanoTime() + RESIGN_NANOS;
          pending.abandon(why);
        });
  }

  /** The log thread has ended: nothing is written any more. */
  void logEnded() {
    inbox.put(() -> core.storeFailed(System.nanoTime()));
  }

  /**
   * The core thread has ended: whoever waits for it is answered, whoever comes later refused. To be
   * called on it, as the last thing.
   */
  void close() {
    status = status.leaderless(System.nanoTime());
    inbox.close(Texts.OUT_OF_SERVICE);
    batch.forEach(input -> input.refused(Failure.UNAVAILABLE, Texts.OUT_OF_SERVICE));
    pending.abandon(Texts.OUT_OF_SERVICE);
    reads.close();
  }

  void onMembers(List<Member> members) {
    inbox.put(() -> membersChanged(members));
  }

  void onEnvelope(Envelope envelope) {
    inbox.offer(() -> received(envelope)); // a dropped frame is sent again by its protocol
  }

  void onBootstrap(BootstrapEnvelope envelope) {
    inbox.offer(
        () -> {
          if (envelope.to().equals(self.id())) {
            bootstrap.receive(envelope, System.nanoTime());
          } else {
            foreign++;
          }
        });
  }

  void onBroken(String address) {
    inbox.offer(
        () -> {
          for (Map.Entry<ServerId, String> peer : addresses.entrySet()) {
            if (mayCampaign() && peer.getValue().equals(address)) {
              core.peerBroken(peer.getKey(), System.nanoTime());
            }
          }
        });
  }

  // ---- reports of the log thread ----

  @Override
  public void synced(long sequence) {
    inbox.put(() -> core.synced(sequence, System.nanoTime()));
  }

  @Override
  public void recordSynced(long recordSequence) {
    inbox.put(() -> bootstrap.synced(recordSequence, System.nanoTime()));
  }

  @Override
  public void entriesRead(long fromIndex, List<Entry> entries) {
    inbox.put(() -> core.logRead(fromIndex, entries, System.nanoTime()));
  }

  @Override
  public void failed(Exception cause) {
    inbox.put(
        () -> {
          storeBroken = true;
          reopenAt = System.nanoTime() + REOPEN_AFTER_NANOS;
          core.storeFailed(System.nanoTime());
        });
  }

  @Override
  public void reopened(StoredLog stored) {
    inbox.put(
        () -> {
          storeBroken = false;
          core.storeReopened(stored, System.nanoTime());
          bootstrap.storeReopened();
        });
  }

  void applied(long index) {
    inbox.put(() -> core.applied(index));
  }

  // ---- the core thread ----

  @Override
  public void run() {
    long nextTick = System.nanoTime();
    try {
      while (!stopping) {
        inbox.drain(batch, MAX_BATCH, nextTick - System.nanoTime());
        take();
        long now = System.nanoTime();
        boolean ticked = now - nextTick >= 0;
        if (ticked) {
          nextTick = now + TICK_NANOS;
          tick(now);
        }
        carryOut(now, ticked);
        beatNanos = now;
        batch.clear();
      }
    } catch (InterruptedException e) {
      Thread.currentThread()
          .interrupt(); // the container ends its threads after stop() was asked for
    }
  }

  private void take() {
    List<PendingWrite> writes = new ArrayList<>();
    for (Inbox.Input input : batch) {
      if (input instanceof PendingWrite write) {
        writes.add(write);
      } else {
        proposeAll(writes);
        input.run();
      }
    }
    proposeAll(writes);
  }

  private void proposeAll(List<PendingWrite> writes) {
    if (writes.isEmpty()) {
      return;
    }
    List<byte[]> commands = new ArrayList<>(writes.size());
    for (PendingWrite write : writes) {
      commands.add(write.data);
    }
    pending.proposed(
        writes,
        unfit.isEmpty()
            ? core.propose(commands, System.nanoTime())
            : new Proposal.NotLeader(core.leader()));
  }

  private void tick(long now) {
    if (bootstrap.cluster() == null) {
      bootstrap.tick(now);
    }
    if (!unfit.isEmpty() && core.role() == Role.LEADER) {
      core.transferLeadership(null, now);
      if (now - resignUntil >= 0) {
        core.stepDown(unfit, now);
      }
    }
    if (mayCampaign() || core.role() == Role.LEADER) {
      core.tick(now);
    }
    if (storeBroken && now - reopenAt >= 0) {
      reopenAt = Long.MAX_VALUE / 2 + now; // once: a second failure needs a person
      log.reopen(applied.get());
    }
    if (now - nextExpiry >= 0) {
      nextExpiry = now + EXPIRE_EVERY_NANOS;
      pending.expire(now);
    }
  }

  /** A server that only listens has no use for the time: its election timer must not run out. */
  private boolean mayCampaign() {
    return !left && unfit.isEmpty();
  }

  private void received(Envelope envelope) {
    if (!envelope.to().equals(self.id())) {
      foreign++;
      return;
    }
    if (bootstrap.cluster() == null) {
      if (envelope.message() instanceof Message.AppendRequest) {
        bootstrap.adopt(
            envelope.cluster()); // only who is in the leader's configuration is sent any
      } else {
        bootstrap.addressedBy(envelope.cluster());
      }
      takeBootstrap(
          System.nanoTime()); // whoever starts has its first entry before it takes the message
    }
    if (!envelope.cluster().equals(bootstrap.cluster())) {
      foreign++;
      return;
    }
    if (left && envelope.message() instanceof Message.AppendRequest) {
      recordLeft(false); // a leader has us in its configuration again
    }
    if (envelope.message() instanceof Message.TimeoutNow && !mayCampaign()) {
      return;
    }
    core.receive(envelope.from(), envelope.message(), System.nanoTime());
  }

  private void carryOut(long now, boolean ticked) {
    boolean happened = takeBootstrap(now);
    Ready ready = core.ready();
    // Before anything is applied: a replaced entry must not count as synced when its successor is
    // saved.
    syncedIndex = core.syncedIndex();
    if (!ready.persists().isEmpty() || !records.isEmpty()) {
      log.write(ready.persists(), records, recordSequence);
      records = Map.of();
      recordSequence = 0;
    }
    send(ready.messages());
    if (!ready.committed().isEmpty()) {
      applier.submit(ready.committed());
    }
    for (ReadResult read : ready.reads()) {
      reads.answered(read);
    }
    for (LogRead read : ready.logReads()) {
      log.read(read);
    }
    boolean events = !ready.events().isEmpty();
    if (events) {
      refreshAddresses();
    }
    if (events || happened || ticked) {
      publish(now);
    }
    if (events || happened) {
      observer.onEvents(ready.events(), status);
    }
  }

  /**
   * Takes what the bootstrap wants; its record goes out with the core's next write, in one
   * transaction.
   */
  private boolean takeBootstrap(long now) {
    BootstrapReady boot = bootstrap.ready();
    if (boot.isEmpty()) {
      return false;
    }
    if (boot.record() != null) {
      records = Map.of(BOOTSTRAP_RECORD, boot.record().bytes());
      recordSequence = boot.record().sequence();
    }
    if (boot.attempt() != null) {
      Logger.getLogger("consul")
          .info(
              "Attempting bootstrap with nodes: ["
                  + String.join(
                      " ", boot.attempt().servers().stream().map(Server::address).toList())
                  + "]");
    }
    if (bootstrap.cluster() != null) {
      applier.joined(bootstrap.cluster());
    }
    if (boot.start() != null) {
      core.bootstrap(boot.start().configuration(), now);
    }
    for (BootstrapEnvelope envelope : boot.envelopes()) {
      Member member = serversByNode.get(envelope.to().node());
      if (member != null) {
        transport.send(member.serverAddress(), envelope);
      }
    }
    return true;
  }

  private void send(List<Outbound> messages) {
    UUID cluster = bootstrap.cluster();
    for (Outbound outbound : messages) {
      String address = addresses.get(outbound.to());
      if (address != null && cluster != null) {
        transport.send(
            address, new Envelope(cluster, self.id(), outbound.to(), outbound.message()));
      }
    }
  }

  private void membersChanged(List<Member> members) {
    serversByNode.clear();
    List<Candidate> candidates = new ArrayList<>();
    for (Member member : members) {
      if (member.isServer()) {
        serversByNode.put(member.nodeId(), member);
        if (member.isAlive()) {
          Servers.candidate(member).ifPresent(candidates::add);
        }
      }
    }
    bootstrap.members(candidates, System.nanoTime());
    observer.onWaiting(bootstrap.waitingFor(), bootstrap.contradicted());
    refreshAddresses();
  }

  /** Membership's address if it knows one: it is newer than the configuration's. */
  private void refreshAddresses() {
    addresses.clear();
    for (Server server : core.configuration().servers()) {
      addresses.put(server.id(), server.address());
    }
    for (Member member : serversByNode.values()) {
      Servers.id(member).ifPresent(id -> addresses.put(id, member.serverAddress()));
    }
  }

  private void publish(long now) {
    ServerId leader = core.leader();
    List<Status.Peer> peers = new ArrayList<>();
    if (leader != null && leader.equals(self.id())) {
      for (Server server : core.configuration().servers()) {
        if (!server.id().equals(self.id())) {
          peers.add(
              new Status.Peer(
                  server.id(),
                  core.matchIndex(server.id()),
                  core.sinceContactNanos(server.id(), now),
                  core.caughtUp(server.id())));
        }
      }
    }
    status =
        new Status(
            now,
            core.role(),
            core.term(),
            leader,
            leader == null ? null : leaderAddress(leader),
            core.established(),
            core.lastContactNanos(now),
            core.commitIndex(),
            core.lastIndex(),
            core.lastTerm(),
            core.configuration(),
            core.configurationIndex(),
            bootstrap.cluster(),
            bootstrap.cluster() == null ? bootstrap.waitingFor() : "",
            peers);
  }

  private String leaderAddress(ServerId leader) {
    return leader.equals(self.id()) ? self.address() : addresses.get(leader);
  }
}
