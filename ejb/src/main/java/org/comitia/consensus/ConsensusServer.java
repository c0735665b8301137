package org.comitia.consensus;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;
import org.comitia.cluster.Caller;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Durability;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.Member;
import org.comitia.cluster.Membership;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.LogBase;
import org.comitia.raft.RaftCore;
import org.comitia.raft.RaftOptions;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StateMark;
import org.comitia.raft.bootstrap.Candidate;
import org.comitia.raft.participant.Confirmation;
import org.comitia.raft.participant.Participant;
import org.comitia.raft.participant.Recovered;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.comitia.state.StateLimit;
import org.comitia.state.StateMachine;
import org.comitia.wire.SnapshotChunks;

/**
 * One server's consensus: the core, log and apply threads, what they work with, and the leader's
 * duties. Made once, started once, stopped once. Safe for any thread.
 */
public final class ConsensusServer implements Delegate {
  /**
   * What it is made of.
   *
   * @param self name and advertised server address; its id is (node id, the log store's
   *     incarnation)
   * @param expect {@code bootstrap-expect}, 0 for none
   * @param levelLimit a leader raises the feature level no further
   * @param autopilot what this server's settings say; null when they say nothing
   * @param acl who may what
   * @param logKeeping asked again and again: it may change
   * @param disk how it looks after its disk
   * @param threads makes the long-running threads
   * @param lanes run short tasks; never the long-running threads
   * @param vital told when one of the threads ends; the others of this node count there as well
   * @param clusterKnown called once the server belongs to a cluster, in the core's turn: return at
   *     once
   */
  public record Parts(
      UUID nodeId,
      String name,
      String serverAddress,
      String datacenter,
      int expect,
      boolean bootstrap,
      Duration beforeFounding,
      RaftOptions options,
      Duration hold,
      Supplier<LogKeeping> logKeeping,
      long stateLimit,
      int levelLimit,
      DiskOptions disk,
      AutopilotConfig autopilot,
      AclOptions acl,
      LogStore log,
      CatalogStore catalog,
      Transport transport,
      Membership membership,
      ThreadFactory threads,
      Lanes lanes,
      RandomGenerator random,
      VitalThreads vital,
      Consumer<UUID> clusterKnown) {}

  /**
   * Numbers for {@code info} and health.
   *
   * @param endedThread which thread ended though nobody asked it to, and why; empty when none did
   * @param applierHalted at which index applying stopped, and why; empty when it goes on
   */
  public record Figures(
      long appliedIndex,
      long applyBacklogBytes,
      long savedIndex,
      long syncs,
      long lastSyncNanos,
      long stalledNanos,
      String storeFailure,
      String tableFailure,
      String applierHalted,
      Durability durability,
      long storeBytes,
      long droppedFrames,
      long foreignFrames,
      long sinceBeatNanos,
      String endedThread,
      int blockingQueries) {}

  private static final Logger LOG = Logger.getLogger("consul");

  private static final long TAIL_BYTES = 32L << 20;

  /** The share of the heap that two states may take while one is fetched or restored. */
  private static final double TWO_STATES = 0.85;

  private static final int INBOX_LIMIT = 20_000;
  private static final long JOIN_LIMIT_MILLIS = 5_000;
  private static final long CLOCKS_EVERY_NANOS = 100_000_000L;

  private final Parts parts;
  private final ServerId id;
  private final Timers timers = new Timers();
  private final StateMachine state;
  private final StateComparison comparison;
  private final DigestDuty digests = new DigestDuty(DigestDuty.ENTRIES, DigestDuty.PERIOD_NANOS);
  private final AppliedIndex applied;
  private final Engine engine;
  private final LogWriter log;
  private final LogReads logReads;
  private final Applier applier;
  private final TableSaver saver;
  private final SnapshotSource snapshots;
  private final LogCutter cutter;
  private final DiskCare disk;
  private final Condition condition;
  private final SnapshotFetch fetch;
  private final StateRoom room;
  private final ServerCluster cluster;
  private final InitialToken initialToken;
  private final Removal removal;
  private final Duties duties;
  private final Departure departure;
  private final EventLog events;
  private final ProvenServers proven;
  private final Object believing = new Object();
  private List<Member> believed = List.of(); // guarded by believing
  private final List<Recovered> recoveries;
  private Thread coreThread;
  private Thread logThread;
  private Thread readThread;
  private Thread applyThread;
  private UUID toldCluster; // in the core's turn
  private long nextClocks = System.nanoTime(); // whoever passes the deadlines
  private final AtomicBoolean clocksRunning = new AtomicBoolean();

  /**
   * Loads what the stores hold. Blocks while reading.
   *
   * @throws StoreException when a store cannot be read or the two do not fit together; says what to
   *     do
   */
  public ConsensusServer(Parts parts) throws StoreException {
    this.parts = parts;
    this.id = new ServerId(parts.nodeId(), parts.log().incarnation());
    LoadedStores loaded =
        LoadedStores.of(parts.log(), parts.catalog(), id, parts.options().level(), TAIL_BYTES);
    CatalogStore.Saved saved = loaded.saved();
    long savedIndex = saved.point().appliedIndex();
    long now = System.nanoTime();
    Server self = new Server(id, parts.name(), parts.serverAddress(), false);
    Candidate candidate =
        new Candidate(self, parts.datacenter(), parts.expect(), parts.bootstrap(), null);
    RaftCore core = new RaftCore(id, parts.options(), loaded.log(), parts.random(), now);
    Participant participant =
        new Participant(
            candidate,
            loaded.records(),
            core,
            parts.random(),
            now,
            parts.beforeFounding().toNanos());
    this.recoveries = participant.recoveries();
    Inbox inbox = new Inbox(INBOX_LIMIT);
    Executor executor = parts.lanes().completions();
    PendingWrites pending = new PendingWrites(executor);
    this.state = new StateMachine(saved.state());
    this.applied = new AppliedIndex(savedIndex);
    this.proven = new ProvenServers(parts.transport()::isServer, System::nanoTime);
    this.events = new EventLog(self, this::whyNoLeader, this::members);
    this.engine =
        new Engine(
            self,
            participant,
            inbox,
            parts.transport(),
            pending,
            applied,
            executor,
            new Observed());
    this.comparison =
        new StateComparison(core.divergedAt(), participant.confirmation(), new Compared());
    this.log =
        new LogWriter(parts.log(), TAIL_BYTES, engine, this::adviceOnDamage, this::mayBeginBehind);
    this.logReads = new LogReads(parts.log(), log, engine);
    this.applier =
        new Applier(
            state,
            comparison,
            parts.options().level(),
            saved.point(),
            applied,
            pending,
            executor,
            this::outOfService);
    this.saver =
        new TableSaver(
            parts.catalog(), applier, parts.lanes().blocking(), engine::syncedIndex, saved.point());
    engine.connect(log, logReads, applier);
    this.disk = new DiskCare(parts, log, saver, engine);
    this.condition = new Condition(parts, id, engine, log, applier, comparison, disk);
    this.snapshots =
        new SnapshotSource(
            applier::view,
            parts.lanes().blocking(),
            () -> engine.status().base().index(),
            comparison::confirmedAt,
            System::nanoTime,
            SnapshotChunks.TARGET_BYTES);
    this.cutter = new LogCutter(engine, saver, snapshots, parts.logKeeping());
    long memory = (long) (TWO_STATES * Runtime.getRuntime().maxMemory());
    this.fetch =
        new SnapshotFetch(
            parts.transport(),
            parts.lanes().blocking(),
            timers,
            saver,
            applier,
            memory,
            engine::objection,
            engine::installed);
    this.room = new StateRoom(new StateLimit(parts.stateLimit()), memory, disk::refusal);
    Guard guard =
        new Guard(parts.acl(), parts.datacenter(), state::version, System::currentTimeMillis);
    this.cluster =
        new ServerCluster(
            engine,
            state,
            applied,
            parts.transport(),
            timers,
            executor,
            parts.hold(),
            parts.vital()::failure,
            condition::standstill,
            comparison::withheld,
            room,
            guard);
    this.removal = new Removal(engine, cluster, state::version, timers, executor);
    cluster.connect(removal);
    cluster.connect(new LeadershipTransfer(engine, cluster, timers));
    cluster.connect(
        new SnapshotArchives(applier::newest, parts.datacenter(), engine::status, timers));
    cluster.connect(
        new ArchiveRestore(
            cluster::write,
            state,
            room,
            disk::usable,
            parts.disk().reserve(),
            parts.lanes().blocking()));
    this.initialToken = new InitialToken(parts.acl(), this::proposeDuty);
    HealthBook health = new HealthBook(id, parts.options().heartbeatNanos());
    cluster.connect(
        new AutopilotDesk(cluster, engine::status, state::version, this::members, health, timers));
    this.duties =
        new Duties(
            engine,
            this::members,
            new MemberCatalog(
                state::version,
                this::proposeDuty,
                this::isSilent,
                parts.lanes().blocking(),
                parts.datacenter()),
            executor,
            parts.datacenter(),
            new LevelDuty(Math.min(parts.levelLimit(), parts.options().level())),
            digests,
            new AutopilotDuty(engine, health, id, parts.autopilot(), this::proposeDuty),
            state::version);
    this.departure =
        new Departure(self, engine, removal, duties, condition, parts.transport().provesServers());
    parts.vital().onEnd(this::outOfService);
  }

  /** Starts the threads; from then on frames and requests are taken. */
  public void start() {
    applyThread = started(applier, "comitia-apply", applier::close);
    logThread = started(log, "comitia-log", engine::logEnded);
    readThread = started(logReads, "comitia-read", () -> {});
    coreThread = started(engine, "comitia-core", engine::close);
  }

  private Thread started(Runnable body, String name, Runnable atEnd) {
    Thread thread = parts.threads().newThread(parts.vital().watched(name, body, atEnd));
    thread.setName(name);
    thread.start();
    return thread;
  }

  /**
   * What the transport hands its arrivals to.
   *
   * @param maxQueryTime the longest that another agent's blocking query may ask to wait
   * @param rates of client agents' requests
   */
  public Transport.Handler handler(Duration maxQueryTime, RequestRates rates) {
    return new RequestDesk(
        engine,
        cluster,
        removal,
        snapshots,
        parts.lanes().completions(),
        parts.vital(),
        maxQueryTime,
        rates,
        parts.transport().provesServers());
  }

  /** Membership changed. */
  public void onMembers(List<Member> members) {
    synchronized (believing) { // read in here: two who tell at once leave the newer ones
      believe(members());
    }
    duties.lookSoon();
  }

  private void believe(List<Member> members) {
    believed = members;
    engine.onMembers(members);
  }

  private List<Member> members() {
    return proven.among(parts.membership().members());
  }

  /** To be called every 10 to 20 ms on a managed thread: passes deadlines. */
  public void passDeadlines() {
    long now = System.nanoTime();
    timers.run(now);
    parts.lanes().startAgain();
    cluster.sweepHeld();
    if (now - nextClocks >= 0 && clocksRunning.compareAndSet(false, true)) {
      nextClocks = now + CLOCKS_EVERY_NANOS;
      parts
          .lanes()
          .completions()
          .execute(
              () -> {
                try {
                  cluster.passLeaderClocks(System.nanoTime());
                } finally {
                  clocksRunning.set(false);
                }
              });
    }
  }

  /**
   * To be called about twice a second on a managed thread: duties of the leader, saving of tables,
   * cutting the log behind them.
   */
  public void lookAround() {
    if (proven.isWaiting()) {
      synchronized (believing) {
        List<Member> now = members();
        if (!now.equals(believed)) {
          believe(now);
        }
      }
    }
    duties.lookSoon();
    initialToken.look(engine.status(), state.version());
    saver.saveSoon();
    disk.look();
    condition.tellStandstill();
    condition.tellRuledOut();
    snapshots.forgetIdle();
    if (state.version().level() >= FeatureLevel.SNAPSHOTS) {
      cutter.look();
    }
  }

  @Override
  public Optional<ConsensusServer> server() {
    return Optional.of(this);
  }

  @Override
  public Cluster cluster() {
    return cluster;
  }

  StateMachine state() {
    return state;
  }

  public ServerId id() {
    return id;
  }

  public Status status() {
    return engine.status();
  }

  /** The recoveries from a lost quorum that this server's store went through, the newest first. */
  public List<Recovered> recoveries() {
    return recoveries;
  }

  /** Whether this server has left and waits to be joined. */
  public boolean hasLeft() {
    return engine.hasLeft();
  }

  @Override
  public void answerWaiting() {
    cluster.answerWaiting();
    engine.answerWritesSoon();
  }

  /** Why there is no leader, in words; empty when there is one. */
  public String whyNoLeader() {
    return condition.whyNoLeader();
  }

  /** Why this server is of no use to the cluster now, in words; empty when that is not so. */
  public String whyRuledOut() {
    return condition.whyRuledOut();
  }

  /** What to do when the log is damaged, as far as it can be told from here. */
  private String adviceOnDamage() {
    return condition.adviceOnDamage();
  }

  /** What the log may begin behind, should it be damaged before that. */
  private LogBase mayBeginBehind() {
    return state.version().level() >= FeatureLevel.SNAPSHOTS ? saver.savedBase() : LogBase.NONE;
  }

  /** What of the disk is being looked through; empty when nothing is. */
  public String scrubProgress() {
    return disk.scrubProgress();
  }

  /** When all of the disk was last looked through, and what was found. */
  public String lastScrub() {
    return disk.lastScrub();
  }

  /** Which entries of the log this version cannot read, in words; empty when there are none. */
  public String whyLeftBehind() {
    return engine.unreadable();
  }

  /** The entry by which this server's state was last found to be the cluster's; 0 for never. */
  public long comparedAt() {
    return comparison.confirmedAt();
  }

  /** On the leader: why only a person can say whose state is right; empty when that is not so. */
  public String whyUndecided() {
    return engine.status().isLeader() ? digests.undecided() : "";
  }

  /** The feature levels as this server knows them. */
  public Levels levels() {
    return Levels.of(
        engine.status(), state.version().level(), parts.options().level(), parts.levelLimit());
  }

  /** About how many bytes of memory the state takes. */
  public long stateBytes() {
    return state.version().bytes();
  }

  /** How many it may take: at this limit a leader refuses what makes it larger. */
  public StateLimit stateLimit() {
    return room.limit();
  }

  public Figures figures() {
    return new Figures(
        applied.get(),
        applier.backlogBytes(),
        saver.savedIndex(),
        log.syncs(),
        log.lastSyncNanos(),
        log.stalledNanos(System.nanoTime()),
        condition.storeFailure(),
        saver.failure(),
        applier.halted(),
        parts.log().durability(),
        log.storeBytes(),
        parts.transport().dropped(),
        engine.foreignFrames(),
        engine.sinceBeatNanos(),
        parts.vital().failure(),
        state.watches().open());
  }

  /**
   * Hands leadership over, if this server has it, and returns when another leads or the time (2 s)
   * is over. Blocks.
   *
   * @return whether this server is no leader now
   */
  public boolean handOver() throws InterruptedException {
    return departure.handOver();
  }

  @Override
  public String leave(Caller own, Duration limit) throws InterruptedException {
    return departure.leave(own, limit);
  }

  @Override
  public CompletionStage<String> remove(Caller caller, Member member) {
    return removal.leave(Servers.leave(caller, member), false).thenApply(Servers::problem);
  }

  /** Joined again after a leave: it may campaign once a leader has it in its configuration. */
  public void joinedAgain() {
    if (engine.hasLeft()) {
      engine.recordJoined();
    }
  }

  /**
   * Ends the threads, joined, within about 10 s; saves the tables a last time. Leaves ports and
   * stores to their owner.
   */
  public void stop() throws InterruptedException {
    parts.vital().stopping();
    disk.stop();
    logReads.stop();
    engine.stop();
    join(coreThread);
    join(readThread);
    log.stop();
    join(logThread);
    CompletableFuture<Applier.SaveJob> last = applier.prepareSave();
    applier.stop();
    join(applyThread);
    if (coreThread == null) {
      return; // the start came to nothing: there is nothing new to save
    }
    try {
      Applier.SaveJob job = last.get(1, TimeUnit.SECONDS);
      keepConfirmation();
      saver.saveNow(job);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warning(
          "COM3010: the tables were not saved at the end; the log has what is not saved: error="
              + e);
    }
  }

  /**
   * The core has stopped, so that this is written directly: what is known of the state that is
   * saved.
   */
  private void keepConfirmation() {
    Confirmation known = comparison.told();
    if (known.equals(Confirmation.NONE) || logThread.isAlive() || log.isBroken()) {
      return;
    }
    try {
      parts.log().write(List.of(), Map.of(Participant.CONFIRMED_RECORD, known.encode()));
    } catch (StoreException e) {
      LOG.fine("after the next start the state has to be compared anew: error=" + e);
    }
  }

  /**
   * @param thread null when the start did not come so far
   */
  private static void join(Thread thread) throws InterruptedException {
    if (thread == null) {
      return;
    }
    thread.join(JOIN_LIMIT_MILLIS);
    if (thread.isAlive()) {
      LOG.warning(
          "COM3009: thread does not end, its disk may be stalled: thread=" + thread.getName());
    }
  }

  private final class Observed implements Engine.Observer {
    @Override
    public void onEvents(List<org.comitia.raft.RaftEvent> happened, Status status) {
      observe(happened, status);
    }

    @Override
    public void onSnapshotNeeded(String address) {
      fetch.needed(address);
    }

    @Override
    public void onWaiting(String why, boolean contradicted) {
      events.waiting(why, contradicted);
    }
  }

  private void observe(List<org.comitia.raft.RaftEvent> happened, Status status) {
    events.log(happened, status.configuration());
    if (status.cluster() != null && !status.cluster().equals(toldCluster)) {
      toldCluster = status.cluster();
      parts.clusterKnown().accept(toldCluster);
    }
    if (status.hasLeader()) {
      cluster.wakeHeld();
    }
    duties.lookSoon();
  }

  /** What the comparison of states finds. */
  private final class Compared implements StateComparison.Reports {
    @Override
    public void marked(StateMark mark) {
      engine.marked(mark);
    }

    @Override
    public void diverged(long index) {
      snapshots.forgetAll();
      engine.diverged(index, comparison.withheld());
      state.watches().wakeAll(); // what waits is told
    }

    @Override
    public void confirmed(Confirmation known) {
      engine.confirmed(known);
    }
  }

  /**
   * Whether this member is surely silent. Blocks for a second or two. Nobody is blamed for answers
   * that wait in a queue of this server's own.
   */
  private boolean isSilent(Member member) {
    return parts.lanes().areTimely()
        && !parts.membership().answers(member)
        && parts.lanes().areTimely();
  }

  private CompletionStage<WriteOutcome> proposeDuty(Command command) {
    return cluster
        .write(Caller.SYSTEM, command, 1)
        .whenComplete(
            (outcome, error) -> {
              if (!(outcome instanceof WriteOutcome.Applied)) {
                LOG.fine("a duty's write was not applied, the next round looks again: " + outcome);
              }
            });
  }

  /** This server can serve no more: others are to lead, and whoever waits for it is told. */
  private void outOfService(String why) {
    engine.resign(why);
    applied.stop();
    cluster.wakeHeld();
  }
}
