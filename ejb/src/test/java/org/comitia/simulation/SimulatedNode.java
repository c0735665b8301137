package org.comitia.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Reply;
import org.comitia.cluster.StoreException;
import org.comitia.consensus.InstalledTables;
import org.comitia.consensus.SteppedState;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.LogBase;
import org.comitia.raft.LogRead;
import org.comitia.raft.Persist;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftCore;
import org.comitia.raft.RaftEvent;
import org.comitia.raft.ReadResult;
import org.comitia.raft.Role;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.raft.bootstrap.Candidate;
import org.comitia.raft.participant.FormerServers;
import org.comitia.raft.participant.Letter;
import org.comitia.raft.participant.Participant;
import org.comitia.raft.participant.Work;
import org.comitia.state.FeatureLevel;

/**
 * One machine: the real {@link Participant}, which the production driver runs too, on a simulated
 * disk, network and clock.
 */
final class SimulatedNode implements Agent {
  private static final long TICK = 20 * World.MILLI;
  private static final long ALIVE = Long.MAX_VALUE;

  /** How long a server that can serve no more tries to hand over, and some ticks. */
  private static final long DYING_LIMIT = 2_500 * World.MILLI;

  final World world;
  final int ordinal;
  final UUID nodeId;
  final String name;
  final String address;

  /** The feature level of the build that is installed: it counts from the next start on. */
  int installed;

  /** The feature level that the build that runs, or ran last, knows. */
  int level;

  private int levelBefore;
  private long levelSince;

  int expect;
  SimulatedDisk disk;
  boolean running;

  /** Left for good, until it is started again with an empty disk. */
  boolean retired;

  /** What is to be done once it may say that it has left; null when it has nothing to say. */
  private Runnable sayingLeft;

  /** It has said that it has left: where it was removed; -1 when it has not, or was added again. */
  long leftAt = -1;

  Participant participant;
  FormerServers formerAtStart;
  RaftCore core;
  SteppedState state;
  boolean storeFailed;

  /** It applies the next command that can be misread otherwise than the log says. */
  boolean misappliesNext;

  /** Its state, in memory or on its disk, may be another one than the log's since then. */
  boolean wrong;

  long wrongSince;

  // What the invariants remember of this life.
  long seenDiverged;
  long comparedIndex;
  int seenLevel;
  long seenCommit;
  long seenTerm;
  Role seenRole;
  long seenRoleTerm;
  Configuration seenConfiguration = Configuration.EMPTY;

  final Log log;
  private int life;
  private boolean paused;
  private final List<Runnable> deferred = new ArrayList<>();

  private long clockBase;

  /** By how much the clock has jumped. */
  private long jumped;

  private long clockSince;
  private double clockRate = 1;

  private final Set<Long> asked = new HashSet<>();
  private SimulatedRequests requests;
  private Promises promises;

  /** Other agents' requests that are not answered yet. */
  private final List<CompletableFuture<Reply<byte[]>>> serving = new ArrayList<>();

  private boolean stepping;
  private int ticks;
  private boolean ticked;

  /** Since when one of its threads is dead; it is then restarted some time. */
  private long dyingSince = ALIVE;

  SimulatedNode(World world, int ordinal, UUID nodeId, int expect) {
    this.world = world;
    this.ordinal = ordinal;
    this.nodeId = nodeId;
    this.expect = expect;
    this.name = "n" + (ordinal + 1);
    this.address = "10.0.0." + (ordinal + 1) + ":8300";
    this.disk = new SimulatedDisk(world.uuid());
    this.clockBase = world.between(1, 1_000_000 * World.SECOND);
    this.log = new Log(this);
  }

  // ---- life ------------------------------------------------------------------------------------

  ServerId id() {
    return new ServerId(nodeId, disk.incarnation);
  }

  Server server() {
    return new Server(id(), name, address, true);
  }

  /**
   * The highest feature level that others may rightly believe it to know: what it said before it
   * was downgraded is under way for some seconds.
   */
  int believedLevel() {
    return world.now - levelSince < 10 * World.SECOND ? Math.max(level, levelBefore) : level;
  }

  /** Before its first start. */
  void beginsWith(int knownLevel) {
    installed = knownLevel;
    level = knownLevel;
  }

  /** The cluster as this server's tags tell it: what is in memory, null while not running. */
  Candidate candidate() {
    return new Candidate(
        server(), "dc1", Math.max(0, expect), expect < 0, running ? participant.cluster() : null);
  }

  UUID cluster() {
    return running ? participant.cluster() : null;
  }

  boolean leads() {
    return running && core.role() == Role.LEADER;
  }

  void start() {
    if (running || retired) {
      return;
    }
    running = true;
    paused = false;
    life++;
    storeFailed = false;
    dyingSince = ALIVE;
    asked.clear();
    deferred.clear();
    sayingLeft = null;
    world.check.starting(this);
    world.operator.starting(this);
    if (level != installed) {
      levelBefore = level;
      levelSince = world.now;
      level = installed;
      world.trace(name, "knows feature level " + level + " from now on");
    }
    finishInstallation();
    core = world.cores.make(id(), world.options.withLevel(level), disk.stored(), fork(), clock());
    participant = new Participant(candidateAtStart(), disk.records, core, fork(), clock());
    formerAtStart = participant.formerServers();
    state = loaded();
    comparedIndex = 0;
    seenDiverged = 0;
    seenLevel = state.version().level();
    stepping = false;
    disk.tables.afterSave(() -> world.check.saved(this));
    seenCommit = 0;
    seenTerm = 0;
    seenRole = Role.FOLLOWER;
    seenRoleTerm = 0;
    seenConfiguration = Configuration.EMPTY;
    if (world.traced()) {
      world.trace(
          name,
          "starts as " + id() + " with " + disk.log.lastIndex() + " entries, " + disk.hardState);
    }
    log.started();
    work();
    scheduleTick();
    scheduleRefresh();
  }

  /** What a crash left of an installation is made good first, as in production. */
  private void finishInstallation() {
    if (world.broken != Breakage.INSTALLATION_LEFT_UNFINISHED) {
      InstalledTables.unfinished(disk.tables.point(), disk.stored()).ifPresent(disk::write);
    }
    boolean logFirst = world.broken == Breakage.SNAPSHOT_LOG_FIRST;
    disk.tables.beforeReplace(
        point -> {
          if (logFirst && point.appliedIndex() > core.base().index()) {
            inputAfter(0, () -> participant.installed(point.logBase(), clock()));
            throw new StoreException("later");
          }
        });
  }

  private SteppedState loaded() {
    int then = life;
    requests =
        new SimulatedRequests(
            world, ordinal, this::steadyClock, r -> ifStill(then, () -> unlessPaused(r)).run());
    promises = new Promises(name, TICK);
    try {
      return new SteppedState(
          disk.tables,
          participant,
          server(),
          requests,
          task ->
              world.after(
                  world.between(20_000, 2 * World.MILLI), ifStill(then, () -> unlessPaused(task))),
          world.hold,
          level,
          new SteppedState.Faulty(
              world.broken == Breakage.RENEWED_WHILE_ENDING,
              world.broken == Breakage.RESTORE_SAVED_HALFWAY,
              world.broken == Breakage.RESTORE_PASSED_ON_HALFWAY,
              world.broken == Breakage.RESTORE_KEEPS_INDEXES),
          world.broken.comparing,
          new Around());
    } catch (StoreException e) {
      throw new IllegalStateException("the simulated tables are always readable", e);
    }
  }

  /** What the state's parts find around them. */
  private final class Around implements SteppedState.Machine {
    private final int then = life;

    /**
     * What a wrong server gives before it is found is not guarded
     * (docs/design/state-comparison.md).
     */
    @Override
    public boolean passesOn() {
      return !wrong;
    }

    @Override
    public long clock() {
      return steadyClock();
    }

    @Override
    public long coreClock() {
      return SimulatedNode.this.clock();
    }

    @Override
    public Proposal propose(List<byte[]> commands) {
      return participant.propose(commands, SimulatedNode.this.clock());
    }

    @Override
    public void readIndex(long requestId) {
      asked.add(requestId);
      if (world.broken == Breakage.FROZEN_LEADER_READS && leads()) {
        reads(List.of(new ReadResult(requestId, core.commitIndex())));
      } else {
        participant.readIndex(requestId, SimulatedNode.this.clock());
      }
    }

    @Override
    public long syncedIndex() {
      return log.savedUpTo();
    }

    @Override
    public void installed(LogBase base) {
      participant.installed(base, SimulatedNode.this.clock());
    }

    @Override
    public void resign(String why) {
      dyingSince = steadyClock();
      report(() -> participant.resign(why, SimulatedNode.this.clock()));
    }

    @Override
    public void halted(String why) {
      Invariants.require(
          level == 0 && why.contains("COM3017"),
          "only who does not know the feature level stops at it",
          () -> name + ": " + why);
      world.trace(name, "halts: " + why);
    }

    @Override
    public void soon(Runnable input) {
      world.after(world.between(1_000, 500_000), ifStill(then, () -> report(input)));
    }
  }

  /** A frozen process runs nothing. */
  private void unlessPaused(Runnable task) {
    if (paused) {
      deferred.add(task);
    } else {
      task.run();
    }
  }

  /** What was under way when this life ended comes to nothing. */
  private Runnable ifStill(int then, Runnable task) {
    return () -> {
      if (life == then) {
        task.run();
      }
    };
  }

  private Candidate candidateAtStart() {
    return new Candidate(server(), "dc1", Math.max(0, expect), expect < 0, null);
  }

  private SplittableRandom fork() {
    return new SplittableRandom(world.random.nextLong());
  }

  /** Everything in memory is gone, and of what was not synced all but a random prefix. */
  void crash() {
    if (!running) {
      return;
    }
    running = false;
    life++;
    log.crash();
    // Their askers hear of it, or do not.
    serving.forEach(
        request -> {
          if (world.random.nextBoolean()) {
            request.complete(new Reply.Unknown<>("the connection broke"));
          }
        });
    serving.clear();
    world.trace(name, "crashes");
  }

  /** An orderly stop: who waits is answered, then what is under way in the tables is waited for. */
  void stop(Runnable stopped) {
    if (running && !paused) {
      state.answerWaiting();
    }
    int then = life;
    world.after(world.between(1, 300) * World.MILLI, ifStill(then, () -> saveAndStop(stopped)));
  }

  /** The tables are saved a last time. */
  private void saveAndStop(Runnable stopped) {
    boolean heedless = world.broken == Breakage.SAVE_WITHOUT_WAITING;
    if (!running || paused || dyingSince != ALIVE) {
      crash();
      stopped.run();
    } else if (state.isSaving() && !heedless) {
      int then = life;
      step();
      world.after(World.MILLI, ifStill(then, () -> saveAndStop(stopped)));
    } else {
      try {
        state.saveLast(heedless);
      } catch (InterruptedException e) {
        throw new AssertionError("nobody is waited for here", e);
      }
      crash();
      stopped.run();
    }
  }

  /** A new and empty store on the same machine. */
  void wipe() {
    if (running) {
      crash();
    }
    UUID incarnation = world.broken == Breakage.WIPED_VOTER_VOTES ? disk.incarnation : world.uuid();
    disk = new SimulatedDisk(incarnation);
    leftAt = -1;
    wrong = false;
    wrongSince = 0;
    world.check.wiped(this);
    world.trace(name, "is wiped, now " + id());
  }

  void pause(long nanos) {
    if (!running || paused) {
      return;
    }
    paused = true;
    int then = life;
    world.trace(name, "freezes for " + nanos / World.MILLI + " ms");
    world.after(
        nanos,
        () -> {
          if (life == then) {
            resume();
          }
        });
  }

  /** The inbox is drained, then comes the tick, as in the production driver. */
  void resume() {
    if (!paused) {
      return;
    }
    paused = false;
    world.trace(name, "thaws with " + deferred.size() + " inputs");
    List<Runnable> inputs = List.copyOf(deferred);
    deferred.clear();
    for (Runnable input : inputs) {
      if (running) {
        input.run();
      }
    }
  }

  /** Inputs, requests, writes and reads that wait, and what the log thread has not begun. */
  int waiting() {
    return deferred.size() + asked.size() + promises.size() + log.queued() + state.waiting();
  }

  boolean frozen() {
    return paused;
  }

  // ---- clock -----------------------------------------------------------------------------------

  /** The core's monotonic clock. */
  long clock() {
    return clockBase + (long) ((world.now - clockSince) * clockRate);
  }

  /** The same without its jumps, for all but the core: no real clock has any. */
  private long steadyClock() {
    return clock() - jumped;
  }

  void clock(long jump, double rate) {
    clockBase = clock() + jump;
    jumped += jump;
    clockSince = world.now;
    clockRate = rate;
  }

  // ---- inputs ----------------------------------------------------------------------------------

  /** Runs it as an input of this life's core thread; frozen: later. */
  void input(Runnable input) {
    if (!running) {
      return;
    }
    if (paused) {
      if (deferred.size() < 2_000) {
        deferred.add(input);
      }
      return;
    }
    state.tellApplied();
    input.run();
    if (running) {
      work();
      sayLeft();
    }
  }

  /** The same for a report of an own thread, which always fits. */
  void report(Runnable input) {
    if (running && paused) {
      deferred.add(input);
    } else {
      input(input);
    }
  }

  /** As {@link #input}, dropped when this life is over by then. */
  void inputAfter(long delay, Runnable input) {
    int then = life;
    world.after(
        delay,
        () -> {
          if (life == then) {
            input(input);
          }
        });
  }

  private void scheduleTick() {
    int then = life;
    world.after(
        (long) (TICK / clockRate),
        () -> {
          if (life != then) {
            return;
          }
          if (!paused) {
            input(this::tick);
          }
          scheduleTick();
        });
  }

  private void tick() {
    participant.tick(clock());
    if (world.broken != Breakage.DEADLINES_FORGOTTEN) {
      state.tick(++ticks % 5 == 0);
    }
    requests.tick();
    promises.tick();
    ticked = true;
    Invariants.require(
        dyingSince == ALIVE || !leads() || steadyClock() - dyingSince < DYING_LIMIT,
        "who can serve no more gives leadership up",
        () -> name + " leads without one of its threads");
  }

  /**
   * One of its threads ends, though nobody asked it to: it is out of service, and restarted by
   * whoever looks at its health.
   */
  void threadDies(boolean apply) {
    if (!running || paused || dyingSince != ALIVE) {
      return;
    }
    world.trace(name, (apply ? "apply" : "log") + " thread dies");
    int then = life;
    world.after(
        world.between(500, 6_000) * World.MILLI,
        ifStill(
            then,
            () -> {
              crash();
              world.network.breaksAll(ordinal);
              world.after(world.between(20, 500) * World.MILLI, this::start);
            }));
    if (apply) {
      state.applyThreadDies("apply thread died");
      return;
    }
    log.die();
    state.threadDied("log thread died");
    input(() -> participant.storeFailed(clock()));
  }

  private void scheduleRefresh() {
    int then = life;
    long every = participant.cluster() == null ? world.between(60, 250) : world.between(200, 500);
    world.after(
        every * World.MILLI,
        () -> {
          if (life == then) {
            input(() -> world.operator.refresh(this));
            scheduleRefresh();
          }
        });
  }

  void deliver(Object frame) {
    if (!running) {
      return;
    }
    if (frame instanceof Envelope envelope) {
      input(() -> receive(envelope));
    } else {
      input(() -> receive((BootstrapEnvelope) frame));
    }
  }

  private void receive(BootstrapEnvelope envelope) {
    if (world.traced() && envelope.to().equals(id())) {
      world.trace(name, "<- " + world.check.name(envelope.from()) + " " + envelope.message());
    }
    participant.receive(envelope, clock());
  }

  private void receive(Envelope envelope) {
    if (world.traced()) {
      world.trace(name, "<- " + world.check.name(envelope.from()) + " " + envelope.message());
    }
    for (Envelope taken : Mutations.of(world.broken, this, envelope)) {
      participant.receive(taken, clock());
    }
  }

  // ---- requests --------------------------------------------------------------------------------

  @Override
  public <T> void ask(
      Kind kind, Function<Cluster, CompletionStage<T>> request, BiConsumer<T, UUID> then) {
    if (!running) {
      world.after(World.MILLI, () -> then.accept(null, null));
      return;
    }
    unlessPaused(
        () ->
            promises
                .kept(kind, world.hold.plus(kind.atServer), request.apply(state.cluster()))
                .thenAccept(
                    answer -> {
                      world.check.answers(this, kind, answer);
                      UUID cluster = participant.cluster();
                      world.after(
                          world.between(50_000, 2 * World.MILLI),
                          () -> then.accept(answer, cluster));
                    }));
  }

  /** Another agent's request arrives; nothing comes of it when this life ends before. */
  CompletionStage<Reply<byte[]>> serve(byte[] body) {
    CompletableFuture<Reply<byte[]>> reply = new CompletableFuture<>();
    serving.removeIf(CompletableFuture::isDone);
    serving.add(reply);
    unlessPaused(
        () ->
            state
                .onRequest(body, "", true)
                .whenComplete(
                    (answer, fault) -> {
                      if (fault != null) {
                        world.after(
                            0,
                            () -> {
                              throw new Violation("a request is answered", name + ": " + fault);
                            });
                      } else {
                        reply.complete(new Reply.Answered<>(answer));
                      }
                    }));
    return reply;
  }

  // ---- outputs ---------------------------------------------------------------------------------

  /** Carries out what protocol and core ask for until they ask for nothing more. */
  void work() {
    for (int round = 0; ; round++) {
      Work work = participant.take(clock());
      if (work.isEmpty()) {
        break;
      }
      if (round > 50) {
        throw new Violation("ready comes to an end", name + " asks for more and more: " + work);
      }
      if (!work.records().isEmpty() || !work.persists().isEmpty()) {
        log.write(work);
      }
      for (Letter<BootstrapEnvelope> letter : work.bootstrapMessages()) {
        world.check.bootstrapFrame(this, letter.envelope());
        world.network.send(this, letter.envelope());
      }
      for (Letter<Envelope> letter : work.messages()) {
        world.check.frame(this, letter.envelope().to(), letter.envelope().message());
        world.network.send(this, letter.envelope());
      }
      world.check.after(this);
      apply(work.committed());
      reads(work.reads());
      for (LogRead read : work.logReads()) {
        log.read(read);
      }
      if (work.reopen()) {
        log.reopen();
      }
      state.done(work);
      for (RaftEvent event : work.events()) {
        if (event instanceof RaftEvent.SnapshotNeeded needed) {
          state.snapshotNeeded(participant.address(needed.leader()));
        }
      }
      world.operator.told(work.events());
      if (world.traced() && !work.events().isEmpty()) {
        world.trace(name, "** " + work.events());
      }
    }
    if (ticked) {
      ticked = false;
      state.publish();
    }
    world.check.after(this);
  }

  private void apply(List<Entry> committed) {
    if (committed.isEmpty()) {
      return;
    }
    for (Entry entry : committed) {
      world.check.applied(this, entry);
    }
    state.submit(participant.cluster(), world.corruption.misread(this, committed));
    step();
  }

  /** The apply thread takes its time; while it does, more may be committed. */
  private void step() {
    if (stepping) {
      return;
    }
    stepping = true;
    int then = life;
    world.after(
        world.between(10_000, world.random.nextInt(50) == 0 ? 300 * World.MILLI : World.MILLI),
        ifStill(
            then,
            () -> {
              stepping = false;
              if (state.step()) {
                world.check.stepped(this);
                step();
              }
            }));
  }

  void save() {
    state.saveSoon();
    step();
    if (state.version().level() < FeatureLevel.SNAPSHOTS) {
      return;
    }
    boolean beyond = world.broken == Breakage.LOG_CUT_BEYOND_TABLES;
    long saved = beyond ? state.appliedIndex() : disk.tables.point().appliedIndex();
    participant.cut(Math.min(saved - world.scenario.trailing(), state.heldIndex()), clock());
  }

  private void reads(List<ReadResult> results) {
    for (ReadResult result : results) {
      if (!asked.remove(result.requestId())) {
        throw new Violation("a read is answered once", name + " answers " + result);
      }
      state.answered(result);
    }
  }

  /** A leader has removed it at its own wish. It says so when that is on its disk. */
  void leave(long removedAt, Runnable said) {
    input(
        () -> {
          participant.left(removedAt);
          sayingLeft =
              () -> {
                leftAt = removedAt;
                said.run();
              };
        });
  }

  /** A person joins it again, after it has left. */
  void joined() {
    leftAt = -1;
    input(participant::joined);
  }

  private void sayLeft() {
    boolean durable = participant.leftIsSynced() || world.broken == Breakage.LEFT_SAID_BEFORE_SYNC;
    if (sayingLeft != null && durable) {
      Runnable say = sayingLeft;
      sayingLeft = null;
      say.run();
    }
  }

  void persisting(Persist persist) {
    world.check.persisting(this, persist);
  }

  int life() {
    return life;
  }
}
