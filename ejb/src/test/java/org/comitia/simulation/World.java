package org.comitia.simulation;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;
import org.comitia.raft.RaftCore;
import org.comitia.raft.RaftOptions;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;

/**
 * One simulated cluster and all that befalls it: one thread, one queue of events, one source of
 * randomness. The same seed gives the same run to the last bit.
 */
final class World {
  static final long MILLI = 1_000_000L;
  static final long SECOND = 1_000 * MILLI;

  /** Kept, or its level is forgotten. What fails in a simulation is meant to. */
  private static final List<Logger> QUIET =
      List.of(Logger.getLogger("consul.fsm"), Logger.getLogger("raft.store"));

  static {
    QUIET.forEach(logger -> logger.setLevel(Level.OFF));
  }

  /** Makes the cores; the broken ones are made by another. */
  interface CoreFactory {
    RaftCore make(
        ServerId self, RaftOptions options, StoredLog stored, RandomGenerator random, long now);
  }

  private static final class Event implements Comparable<Event> {
    final long time;
    final long number;
    final Runnable action;

    Event(long time, long number, Runnable action) {
      this.time = time;
      this.number = number;
      this.action = action;
    }

    @Override
    public int compareTo(Event other) {
      return time != other.time
          ? Long.compare(time, other.time)
          : Long.compare(number, other.number);
    }
  }

  final long seed;
  final Scenario scenario;
  final Breakage broken;
  final CoreFactory cores;
  final RaftOptions options;
  final SplittableRandom random;

  /** How long agents hold a request for want of a leader. */
  final Duration hold;

  final Invariants check;
  final SimulatedNetwork network;
  final SimulatedNode[] nodes;
  final Clients clients;
  final Lockers lockers;
  final Operator operator;
  final Rollout rollout;
  final Restorer restorer;
  final Corruption corruption;
  final Deaths deaths;

  private final PrintStream trace;
  private final PriorityQueue<Event> queue = new PriorityQueue<>(256);
  private long number;

  /** Nanoseconds since the beginning. */
  long now;

  /** Events carried out. */
  long events;

  /** After the faults stopped: the cluster must make progress. */
  boolean calm;

  World(long seed, Breakage broken, CoreFactory cores, PrintStream trace) {
    this.seed = seed;
    this.broken = broken;
    this.cores = cores;
    this.trace = trace;
    this.scenario = Scenario.of(seed);
    this.random = new SplittableRandom(seed);
    this.hold = Duration.ofMillis(between(100, 7_000));
    boolean slow = scenario.syncNanos() > 0 || scenario.hasConnections();
    this.options = slow ? wideOptions() : options(random);
    this.check = new Invariants(this);
    this.network = new SimulatedNetwork(this);
    this.nodes = new SimulatedNode[scenario.expects().length];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = new SimulatedNode(this, i, uuid(), scenario.expects()[i]);
    }
    this.clients = new Clients(this);
    this.lockers = new Lockers(this);
    this.operator = new Operator(this);
    this.rollout = new Rollout(this);
    this.restorer = new Restorer(this);
    this.corruption = new Corruption(this);
    this.deaths = new Deaths(this);
  }

  /** Small limits, so that every bound is met often. */
  private static RaftOptions options(SplittableRandom random) {
    RaftOptions usual = RaftOptions.withMultiplier(1);
    return new RaftOptions(
        usual.heartbeatNanos(),
        usual.electionNanos(),
        random.nextBoolean() ? 120 : 1000,
        random.nextBoolean() ? 400 : 4000,
        2 + random.nextInt(8),
        random.nextInt(4) == 0 ? 200 : 4000,
        random.nextInt(4) == 0 ? 300 : 8000,
        random.nextBoolean() ? 300 : 1 << 20,
        usual.linkNanosPerByte(),
        0);
  }

  /**
   * What the bounds let through a sync of seconds must be as much as the clients write; on a slow
   * link they must be much more than it carries in an election timeout.
   */
  private static RaftOptions wideOptions() {
    RaftOptions usual = RaftOptions.withMultiplier(1);
    return new RaftOptions(
        usual.heartbeatNanos(),
        usual.electionNanos(),
        1_000,
        8_000,
        30,
        8_000,
        8_000,
        1 << 20,
        SECOND / Scenario.SLOWEST_LINK,
        0);
  }

  /** Runs the storm for at least so many events, then demands that the cluster recovers. */
  void run(long stormEvents) {
    for (SimulatedNode node : nodes) {
      long late = node.ordinal < scenario.initial() ? random.nextLong(200 * MILLI) : 0;
      if (node.ordinal >= scenario.initial()) {
        late = 2 * SECOND + random.nextLong(3 * SECOND);
      } else if (scenario.kind() == Scenario.Kind.RACE && random.nextInt(3) == 0) {
        late = random.nextLong(3 * SECOND);
      }
      after(late, node::start);
    }
    clients.start();
    lockers.start();
    Faults faults = new Faults(this);
    faults.start();
    rollout.start();
    restorer.start();
    corruption.start();
    deaths.start();
    while (events < stormEvents) {
      step();
    }
    faults.stop();
    corruption.stop();
    operator.calmDown();
    restorer.stop();
    awaitRecovery();
    if (faults.oldCopy()) {
      runFor(5 * SECOND);
      awaitRecovery();
    }
    check.history(clients.operations());
    QuorumLoss loss = new QuorumLoss(this);
    if (loss.befalls()) {
      loss.begin();
      runFor(300 * MILLI);
      loss.strike();
      runFor(4 * SECOND);
      loss.end();
      awaitRecovery();
    }
  }

  private void runFor(long nanos) {
    for (long until = now + nanos; now < until; ) {
      step();
    }
  }

  private void awaitRecovery() {
    long limit = now + scenario.recoveryLimit();
    while (!operator.recovered()) {
      if (now > limit) {
        throw new Violation("progress after the faults", operator.diagnosis());
      }
      step();
    }
  }

  private void step() {
    Event event = queue.remove();
    now = event.time;
    events++;
    event.action.run();
  }

  void after(long delay, Runnable action) {
    queue.add(new Event(now + Math.max(0, delay), number++, action));
  }

  UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  boolean chance(int percent) {
    return percent > 0 && random.nextInt(100) < percent;
  }

  long between(long low, long high) {
    return low + random.nextLong(high - low + 1);
  }

  boolean traced() {
    return trace != null;
  }

  /** One line of the trace; callers that build long texts ask {@link #traced()} first. */
  void trace(String who, String what) {
    if (trace != null) {
      trace.printf("%9.3f %6d %-4s %s%n", now / 1e6, events, who, what);
    }
  }
}
