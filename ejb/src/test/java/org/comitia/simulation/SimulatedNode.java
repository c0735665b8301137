package org.comitia.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.SteppedState;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.LogRead;
import org.comitia.raft.Persist;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftCore;
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
import org.comitia.state.Command;
import org.comitia.state.CommandResult;

/**
 * One machine: the real {@link Participant}, which the production driver runs too, on a simulated
 * disk, network and clock.
 */
final class SimulatedNode {
  private static final long TICK = 20 * World.MILLI;
  private static final long WRITE_LIMIT = 10 * World.SECOND;

  private static final long ALIVE = Long.MAX_VALUE;

  /** How long a server that can serve no more tries to hand over, and some ticks. */
  private static final long DYING_LIMIT = 2_500 * World.MILLI;

  final World world;
  final int ordinal;
  final UUID nodeId;
  final String name;

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

  // What the invariants remember of this life.
  long comparedIndex;
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

  /** By how much the clock has jumped; the leader's clocks are spared that: no real one does. */
  private long jumped;

  private long clockSince;
  private double clockRate = 1;

  private final Set<Long> asked = new HashSet<>();
  private boolean stepping;
  private int ticks;

  /** Since when one of its threads is dead; it is then restarted some time. */
  private long dyingSince = ALIVE;

  SimulatedNode(World world, int ordinal, UUID nodeId, int expect) {
    this.world = world;
    this.ordinal = ordinal;
    this.nodeId = nodeId;
    this.expect = expect;
    this.name = "n" + (ordinal + 1);
    this.disk = new SimulatedDisk(world.uuid());
    this.clockBase = world.between(1, 1_000_000 * World.SECOND);
    this.log = new Log(this);
  }

  // ---- life ------------------------------------------------------------------------------------

  ServerId id() {
    return new ServerId(nodeId, disk.incarnation);
  }

  Server server() {
    return new Server(id(), name, "10.0.0." + (ordinal + 1) + ":8300", true);
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
    core = world.cores.make(id(), world.options, disk.stored(), fork(), clock());
    participant = new Participant(candidateAtStart(), disk.records, core, fork(), clock());
    formerAtStart = participant.formerServers();
    state = loaded();
    comparedIndex = 0;
    stepping = false;
    disk.tables.afterSave(() -> world.check.saved(this));
    seenCommit = 0;
    seenTerm = 0;
    seenRole = Role.FOLLOWER;
    seenRoleTerm = 0;
    seenConfiguration = Configuration.EMPTY;
    if (world.traced()) {
      world.trace(
          name, "starts as " + id() + " with " + disk.log.size() + " entries, " + disk.hardState);
    }
    log.started();
    work();
    scheduleTick();
    scheduleRefresh();
  }

  private SteppedState loaded() {
    int then = life;
    try {
      return new SteppedState(
          disk.tables,
          task ->
              world.after(
                  world.between(20_000, 2 * World.MILLI), ifStill(then, () -> unlessPaused(task))),
          new Around(),
          () -> clock() - jumped);
    } catch (StoreException e) {
      throw new IllegalStateException("the simulated tables are always readable", e);
    }
  }

  /** What the state's parts find around them. */
  private final class Around implements SteppedState.Server {
    @Override
    public long clock() {
      return SimulatedNode.this.clock();
    }

    @Override
    public long leads() {
      return core.established() ? core.term() : -1;
    }

    @Override
    public Proposal propose(List<byte[]> commands) {
      return participant.propose(commands, clock());
    }

    @Override
    public void readIndex(long requestId) {
      asked.add(requestId);
      participant.readIndex(requestId, clock());
    }

    @Override
    public long syncedIndex() {
      return log.savedUpTo();
    }

    @Override
    public void applied(long index) {
      report(() -> participant.applied(index));
    }

    @Override
    public void outOfService(String why) {
      dyingSince = clock() - jumped;
      report(() -> participant.resign(why, clock()));
    }

    @Override
    public void soon(Runnable input) {
      inputAfter(world.between(1_000, 500_000), input);
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
    world.trace(name, "crashes");
  }

  /** An orderly stop: what is under way in the tables is waited for, then they are saved. */
  void stop(Runnable stopped) {
    boolean heedless = world.broken == Breakage.SAVE_WITHOUT_WAITING;
    if (!running || paused || dyingSince != ALIVE) {
      crash();
      stopped.run();
    } else if (state.isSaving() && !heedless) {
      int then = life;
      step();
      world.after(World.MILLI, ifStill(then, () -> stop(stopped)));
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

  /** Inputs, writes and reads that wait, and what the log thread has not begun. */
  int waiting() {
    return deferred.size() + asked.size() + log.queued() + state.waiting();
  }

  boolean frozen() {
    return paused;
  }

  // ---- clock -----------------------------------------------------------------------------------

  /** This machine's monotonic clock. */
  long clock() {
    return clockBase + (long) ((world.now - clockSince) * clockRate);
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
    state.expire(clock());
    if (++ticks % 5 == 0) {
      state.passLeaderClocks();
    }
    Invariants.require(
        dyingSince == ALIVE || !leads() || clock() - jumped - dyingSince < DYING_LIMIT,
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
              world.after(world.between(20, 500) * World.MILLI, this::start);
            }));
    if (apply) {
      state.applyThreadDies("apply thread died");
      return;
    }
    log.die();
    state.outOfService("log thread died");
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

  /** A client's request arrives; {@code done} runs at the client when it has its answer. */
  void request(Operation operation, Runnable done) {
    if (!running) {
      refuse(operation, done);
      return;
    }
    input(() -> serve(operation, done));
  }

  private void refuse(Operation operation, Runnable done) {
    // The client of a broken machine may only take this for a no if nothing was sent before.
    if (operation.cluster == null) {
      operation.failed = true;
    }
    world.after(World.MILLI, done);
  }

  private void serve(Operation operation, Runnable done) {
    if (participant.cluster() == null || storeFailed) {
      refuse(operation, done);
      return;
    }
    if (operation.write) {
      boolean[] accepted = {false};
      accepted[0] =
          state.write(
              SimulatedWrites.write(operation.key, operation.value),
              clock() + WRITE_LIMIT,
              outcome -> written(operation, accepted[0], outcome, done));
      if (accepted[0]) {
        operation.cluster = participant.cluster();
      }
      return;
    }
    if (world.broken == Breakage.FROZEN_LEADER_READS && leads()) {
      operation.cluster = participant.cluster();
      answer(operation, SimulatedWrites.read(state.version(), operation.key), done);
      return;
    }
    if (!state.readIndex(index -> readable(operation, index, done))) {
      refuse(operation, done);
    }
  }

  private void readable(Operation read, long index, Runnable done) {
    if (index < 0) {
      refuse(read, done);
      return;
    }
    read.cluster = participant.cluster();
    state.whenApplied(
        index,
        applied -> {
          if (applied) {
            answer(read, SimulatedWrites.read(state.version(), read.key), done);
          } else {
            world.after(World.MILLI, done);
          }
        });
  }

  /** A session's holder asks for more time; {@code then} gets whether the session is there. */
  void renew(String session, Consumer<Boolean> then) {
    input(
        () -> {
          if (leads() && !storeFailed) {
            state.renew(session, world.broken == Breakage.RENEWED_WHILE_ENDING).thenAccept(then);
          }
        });
  }

  /** A write whose outcome its client hears of, if it is carried out. */
  void write(Command command, BiConsumer<UUID, CommandResult> then) {
    input(
        () -> {
          UUID cluster = participant.cluster();
          if (cluster != null && !storeFailed) {
            state.write(
                command,
                clock() + WRITE_LIMIT,
                outcome -> {
                  if (outcome instanceof WriteOutcome.Applied applied) {
                    then.accept(cluster, applied.result());
                  }
                });
          }
        });
  }

  private void written(Operation operation, boolean accepted, WriteOutcome outcome, Runnable done) {
    if (outcome instanceof WriteOutcome.Applied) {
      answer(operation, operation.value, done);
    } else if (outcome instanceof WriteOutcome.NotApplied && accepted) {
      operation.failed = true; // another term's entry is committed in its place
      world.after(World.MILLI, done);
    } else if (outcome instanceof WriteOutcome.NotApplied) {
      refuse(operation, done);
    } else {
      world.after(World.MILLI, done);
    }
  }

  /** A write that no client waits for. */
  void write(Command command) {
    input(
        () -> {
          if (participant.cluster() != null && !storeFailed) {
            state.write(command, clock() + WRITE_LIMIT, outcome -> {});
          }
        });
  }

  private void answer(Operation operation, long value, Runnable done) {
    world.after(
        world.between(50_000, 2 * World.MILLI),
        () -> {
          if (operation.responded == Operation.NEVER) {
            operation.value = value;
            operation.responded = world.now;
            if (world.traced()) {
              world.trace("c" + operation.client, operation.toString());
            }
          }
          done.run();
        });
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
      world.operator.told(work.events());
      if (world.traced() && !work.events().isEmpty()) {
        world.trace(name, "** " + work.events());
      }
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
    state.submit(participant.cluster(), committed);
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
