package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.logging.Logger;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Member;
import org.comitia.cluster.Transport;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.LogBase;
import org.comitia.raft.LogRead;
import org.comitia.raft.Message;
import org.comitia.raft.RaftCore;
import org.comitia.raft.RaftEvent;
import org.comitia.raft.ReadResult;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StateMark;
import org.comitia.raft.StoredLog;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.raft.participant.Confirmation;
import org.comitia.raft.participant.FormerServers;
import org.comitia.raft.participant.Letter;
import org.comitia.raft.participant.Participant;
import org.comitia.raft.participant.Work;

/**
 * Owns the {@link Participant}, feeds it with what arrives and carries out what it asks for; it
 * decides nothing itself. What others may know of it is published as an immutable {@link Status}.
 *
 * <p>Whoever brings something that is waited for, a request, frames, the end of a sync, steps the
 * core on its own thread, as soon as that has the {@link Turn}; the core thread is woken for all
 * that is in no hurry. Nothing in a turn blocks.
 */
final class Engine implements Runnable, LogWriter.Reports, LogReads.Report, ServerCluster.Core {
  /** Told in the core's turn, in order. */
  interface Observer {
    void onEvents(List<RaftEvent> events, Status status);

    /**
     * @param address of the leader, who has it; null when it is not known
     */
    void onSnapshotNeeded(String address);

    /** After members changed: why there is no cluster yet, "" when there is one. */
    void onWaiting(String why, boolean contradicted);
  }

  private static final Logger CONSUL = Logger.getLogger("consul");

  /** How many inputs are taken before what they cause is carried out. */
  private static final int MAX_BATCH = 1024;

  /**
   * A write that comes within this time of a sync's begin waits for the sync's end, to go out with
   * what else has come until then; other inputs take it along, and the tick at the latest. Later
   * than that the own disk is slow, and the others need not wait for it.
   */
  private static final long SYNC_PATIENCE_NANOS = 2_000_000L;

  /** Committed and not yet applied; beyond it no write is taken. */
  private static final long MAX_APPLY_BACKLOG_ENTRIES = 50_000;

  /** Below the 32 MiB up to which the core hands entries out: else this is never reached. */
  private static final long MAX_APPLY_BACKLOG_BYTES = 24L << 20;

  /** What a message of a bootstrap counts for while it waits: the largest one names 256 servers. */
  private static final long BOOTSTRAP_BYTES = 1L << 20;

  private static final long EXPIRE_EVERY_NANOS = 100_000_000L;

  /** How long a write has to be committed when its server is about to stop. */
  private static final long LAST_WRITE_NANOS = 300_000_000L;

  private final Server self;
  private final Participant participant;
  private final Inbox inbox;
  private final Transport transport;
  private final PendingWrites pending;
  private final AppliedIndex applied;
  private final ReadGate reads;
  private final Observer observer;
  private LogWriter log;
  private LogReads logReads;
  private Applier applier;

  private final Turn turn;

  // What follows is touched in the core's turn only.
  private final List<Inbox.Input> batch = new ArrayList<>();
  private final List<CompletableFuture<Void>> untilLeftIsSynced = new ArrayList<>();
  private UUID joinedCluster; // what the applier was told
  private final CommittedRemovals removed;
  private long nextExpiry;
  private boolean stopBegun;
  private long abandonAt;

  private volatile boolean left; // written in the core's turn only
  private volatile FormerServers former; // written in the core's turn only
  private volatile long syncedIndex;
  private volatile long beatNanos;
  private volatile Status status;
  private volatile long foreign; // written in the core's turn only
  private final ForeignFrames foreignFrames;
  private final UnreadableEntries unreadable = new UnreadableEntries(System::nanoTime);

  Engine(
      Server self,
      Participant participant,
      Inbox inbox,
      Transport transport,
      PendingWrites pending,
      AppliedIndex applied,
      Executor executor,
      Observer observer) {
    this.self = self;
    this.participant = participant;
    this.foreignFrames = new ForeignFrames(self.id(), System::nanoTime);
    this.left = participant.hasLeft();
    this.former = participant.formerServers();
    this.inbox = inbox;
    this.turn = new Turn(inbox, this::round);
    this.transport = transport;
    this.pending = pending;
    this.applied = applied;
    this.reads =
        new ReadGate(
            inbox, id -> participant.readIndex(id, System.nanoTime()), executor, turn::step);
    this.observer = observer;
    this.removed = new CommittedRemovals(participant.core().configuration());
    this.syncedIndex = participant.core().syncedIndex();
    this.beatNanos = System.nanoTime();
    publish(beatNanos);
  }

  /** The other threads that it works with; before {@link #run()}. */
  void connect(LogWriter log, LogReads logReads, Applier applier) {
    this.log = log;
    this.logReads = logReads;
    this.applier = applier;
  }

  // ---- what others may call, on any thread ----

  @Override
  public Status status() {
    return status;
  }

  @Override
  public ReadGate reads() {
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

  /** Whom the log has taken out of the configuration. */
  FormerServers formerServers() {
    return former;
  }

  /**
   * The index of the entry that took this server out of the configuration, once that is committed;
   * 0 when none did, as far as this server saw. A leader that removes itself knows it though it
   * leads no more.
   */
  long removedAt(ServerId server) {
    return removed.at(server);
  }

  /** Since the core was last stepped, nanoseconds. */
  long sinceBeatNanos() {
    return System.nanoTime() - beatNanos;
  }

  /** Frames of other clusters or for other servers, dropped. */
  long foreignFrames() {
    return foreign;
  }

  /** Whether a leader sends to another store of this node than the one it has. */
  boolean leaderKnowsAnotherStore() {
    return foreignFrames.forAnotherStoreLately();
  }

  void stop() {
    leave(turn::end);
  }

  /** For the core thread to take. */
  private void leave(Inbox.Input input) {
    inbox.put(input);
    turn.wake();
  }

  /** Has the core look at what waits for it; see {@link Turn#step}. */
  void step() {
    turn.step();
  }

  @Override
  public void propose(PendingWrite write) {
    boolean behind =
        applier.backlogBytes() > MAX_APPLY_BACKLOG_BYTES
            || status.commitIndex() - applied.get() > MAX_APPLY_BACKLOG_ENTRIES;
    if (behind || !inbox.offer(write)) {
      boolean closed = inbox.isClosed();
      write.refused(
          closed ? Failure.UNAVAILABLE : Failure.OVERLOADED,
          closed
              ? Texts.OUT_OF_SERVICE
              : "COM4008: too many writes are under way, try again later");
      return;
    }
    long syncing = log.stalledNanos(System.nanoTime());
    if (syncing == 0 || syncing > SYNC_PATIENCE_NANOS) {
      step();
    } // else the log thread steps when the sync is done
  }

  /**
   * Runs a question or a change in the core's turn. Fails with IllegalStateException when too much
   * is waiting.
   */
  <T> CompletableFuture<T> ask(Function<RaftCore, T> question) {
    Question<T> asked = new Question<>(question);
    if (!inbox.offer(asked)) {
      asked.refused(Failure.OVERLOADED, "too much is under way");
    }
    turn.wake();
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
        answer.complete(question.apply(participant.core()));
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
   * This server was removed at its own wish and does not campaign any more.
   *
   * @param removedAt the index of its removal
   * @return completes when it is on the disk
   */
  CompletionStage<Void> recordLeft(long removedAt) {
    return recordLeft(() -> participant.left(removedAt));
  }

  /** This server is to be a member again, after it had left; completes when it is on the disk. */
  CompletionStage<Void> recordJoined() {
    return recordLeft(participant::joined);
  }

  private CompletionStage<Void> recordLeft(Runnable change) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    leave(
        () -> {
          change.run();
          untilLeftIsSynced.add(done);
          completeWhenLeftIsSynced();
        });
    return done;
  }

  private void completeWhenLeftIsSynced() {
    if (participant.leftIsSynced()) {
      untilLeftIsSynced.forEach(done -> done.complete(null));
      untilLeftIsSynced.clear();
    }
  }

  /**
   * This server can serve no more, e.g. because it applies nothing: it hands leadership over, or
   * steps down, and does not campaign. It still votes and keeps the log.
   *
   * @param why in words
   */
  void resign(String why) {
    leave(
        () -> {
          participant.resign(why, System.nanoTime());
          pending.abandon(why);
        });
  }

  /**
   * Cuts the log, if it is time to.
   *
   * @param saved what the saved tables hold
   * @param held what somebody may go on from ({@link SnapshotSource#oldestIndex})
   * @param due whether the interval is over
   * @param cut told in the core's turn that it was done
   */
  void cutLog(LogKeeping keeping, long saved, long held, boolean due, Runnable cut) {
    leave(
        () -> {
          long upTo = keeping.cutAt(participant.core(), saved, held, due);
          if (upTo > participant.core().base().index()) {
            participant.cut(upTo, System.nanoTime());
            cut.run();
          }
        });
  }

  /** Why a snapshot must not be installed; empty when it may be. */
  CompletionStage<String> objection(Applier.View snapshot) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    CatalogStore.Point point = snapshot.point();
    leave(
        () ->
            answer.complete(
                participant.objection(point.cluster(), point.logBase(), snapshot.confirmedAt())));
    return answer;
  }

  /** What this server says of its state from now on. */
  void marked(StateMark mark) {
    leave(() -> participant.marked(mark));
  }

  /** What a restart is to know of the state. */
  void confirmed(Confirmation known) {
    leave(() -> participant.confirmed(known));
  }

  /**
   * The state is not the cluster's: until a snapshot was installed others are to lead.
   *
   * @param index of the entry by which it was found
   * @param why in words
   */
  void diverged(long index, String why) {
    leave(
        () -> {
          participant.diverged(index, System.nanoTime());
          pending.abandon(why);
        });
  }

  /** A snapshot was installed: the log begins behind it. */
  void installed(LogBase base) {
    leave(() -> participant.installed(base, System.nanoTime()));
  }

  /** This server is about to stop: writes under way have a last moment, then are unknown. */
  void answerWritesSoon() {
    leave(
        () -> {
          stopBegun = true;
          abandonAt = System.nanoTime() + LAST_WRITE_NANOS;
        });
  }

  /** The log thread has ended: nothing is written any more. */
  void logEnded() {
    leave(() -> participant.storeFailed(System.nanoTime()));
  }

  /**
   * The core thread has ended: whoever waits for the core is answered, whoever comes later refused.
   * To be called on it, as the last thing.
   */
  void close() {
    turn.keep();
    status = status.leaderless(System.nanoTime());
    VitalThreads.quietly(() -> inbox.close(Texts.OUT_OF_SERVICE));
    for (Inbox.Input input : batch) {
      VitalThreads.quietly(() -> input.refused(Failure.UNAVAILABLE, Texts.OUT_OF_SERVICE));
    }
    VitalThreads.quietly(() -> pending.abandon(Texts.OUT_OF_SERVICE));
    VitalThreads.quietly(reads::close);
  }

  void onMembers(List<Member> members) {
    leave(() -> membersChanged(members));
  }

  void onEnvelope(Envelope envelope) {
    // A dropped frame is sent again by its protocol.
    inbox.offerFrame(
        () -> {
          long before = participant.foreignFrames();
          participant.receive(envelope, System.nanoTime());
          boolean leads = envelope.message() instanceof Message.AppendRequest;
          if (participant.foreignFrames() != before) {
            foreignFrames.dropped(envelope.from(), envelope.to(), envelope.cluster(), leads);
          } else if (leads) {
            foreignFrames.fitted();
          }
        },
        bytes(envelope.message()));
  }

  private static long bytes(Message message) {
    long bytes = 0;
    if (message instanceof Message.AppendRequest append) {
      for (Entry entry : append.entries()) {
        bytes += entry.size();
      }
    }
    return bytes;
  }

  void onBootstrap(BootstrapEnvelope envelope) {
    inbox.offerFrame(
        () -> {
          long before = participant.foreignFrames();
          participant.receive(envelope, System.nanoTime());
          if (participant.foreignFrames() != before) {
            foreignFrames.dropped(envelope.from(), envelope.to(), null, false);
          }
        },
        BOOTSTRAP_BYTES);
  }

  /** Counts only when it comes, as it says, from a server of the configuration to this one. */
  void onUnreadable(UUID cluster, ServerId from, ServerId to, String why) {
    Status now = status;
    if (to.equals(self.id()) && cluster.equals(now.cluster())) {
      now.configuration().find(from).ifPresent(server -> unreadable.came(server.name(), why));
    }
  }

  /** Which entries of the log this version could not read lately; empty for none. */
  String unreadable() {
    return unreadable.lately();
  }

  void onBroken(String address) {
    inbox.offerFrame(() -> participant.broken(address, System.nanoTime()), 0);
  }

  // ---- reports of the log thread, which steps the core for them ----

  @Override
  public void synced(long sequence) {
    take(() -> participant.synced(sequence, System.nanoTime()));
  }

  private void take(Inbox.Input input) {
    inbox.put(input);
    step();
  }

  @Override
  public void recordSynced(long recordSequence) {
    take(
        () -> {
          participant.recordSynced(recordSequence, System.nanoTime());
          completeWhenLeftIsSynced();
        });
  }

  /** On the thread that reads. */
  @Override
  public void entriesRead(long fromIndex, List<Entry> entries) {
    take(() -> participant.logRead(fromIndex, entries, System.nanoTime()));
  }

  @Override
  public void failed(Exception cause) {
    take(() -> participant.storeFailed(System.nanoTime()));
  }

  @Override
  public void notReopened() {
    take(() -> participant.storeNotReopened(System.nanoTime()));
  }

  @Override
  public void reopened(StoredLog stored) {
    take(() -> participant.storeReopened(stored, System.nanoTime()));
  }

  /** The core thread. */
  @Override
  public void run() {
    turn.run();
  }

  // ---- in the core's turn ----

  private void round(boolean tick) {
    inbox.drain(batch, MAX_BATCH);
    participant.applied(applied.get());
    takeInputs();
    long now = System.nanoTime();
    if (tick) {
      tick(now);
    }
    carryOut(now, tick);
    beatNanos = now;
    batch.clear();
  }

  private void takeInputs() {
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
    pending.proposed(writes, participant.propose(commands, System.nanoTime()));
  }

  private void tick(long now) {
    participant.tick(now);
    if (now - nextExpiry >= 0) {
      nextExpiry = now + EXPIRE_EVERY_NANOS;
      if (stopBegun && now - abandonAt >= 0) {
        pending.abandon("this server is stopping");
      }
      pending.expire(now);
      reads.expire(now);
    }
  }

  private void carryOut(long now, boolean ticked) {
    Work work = participant.take(now);
    left = participant.hasLeft();
    former = participant.formerServers();
    foreign = participant.foreignFrames();
    // Before anything is applied: a replaced entry must not count as synced when its successor is
    // saved.
    syncedIndex = participant.core().syncedIndex();
    if (!work.persists().isEmpty() || !work.records().isEmpty()) {
      log.write(work.persists(), work.records(), work.recordSequence());
    }
    if (!work.committed().isEmpty()) {
      apply(work.committed());
    }
    for (RaftEvent event : work.events()) {
      if (event instanceof RaftEvent.ConfigurationCommitted committed) {
        removed.committed(committed);
      } else if (event instanceof RaftEvent.SnapshotNeeded needed) {
        observer.onSnapshotNeeded(participant.address(needed.leader()));
      }
    }
    boolean happened = !work.events().isEmpty() || work.founded();
    if (happened || ticked) {
      publish(now); // before others are told: whoever acts on it asks here, and is to find it
    }
    for (Letter<BootstrapEnvelope> letter : work.bootstrapMessages()) {
      transport.send(letter.address(), letter.envelope());
    }
    for (Letter<Envelope> letter : work.messages()) {
      transport.send(letter.address(), letter.envelope());
    }
    for (ReadResult read : work.reads()) {
      reads.answered(read);
    }
    for (LogRead read : work.logReads()) {
      logReads.read(read);
    }
    if (work.reopen()) {
      log.reopen(applied.get());
    }
    if (work.attempt() != null) {
      CONSUL.info(
          "Attempting bootstrap with nodes: ["
              + String.join(" ", work.attempt().servers().stream().map(Server::address).toList())
              + "]");
    }
    if (happened) {
      observer.onEvents(work.events(), status);
    }
  }

  private void apply(List<Entry> committed) {
    if (!participant.cluster().equals(joinedCluster)) {
      joinedCluster = participant.cluster();
      applier.joined(joinedCluster);
    }
    applier.submit(committed);
  }

  private void membersChanged(List<Member> members) {
    participant.members(Servers.sightings(members), System.nanoTime());
    observer.onWaiting(participant.waitingFor(), participant.contradicted());
  }

  private void publish(long now) {
    status = Status.of(participant, self, now);
  }
}
