package org.comitia.bench.parts;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.Message;
import org.comitia.raft.Outbound;
import org.comitia.raft.RaftCore;
import org.comitia.raft.RaftOptions;
import org.comitia.raft.Ready;
import org.comitia.raft.Role;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.wire.Commands;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Three cores, disks that sync at once, wires that deliver at once: a batch of commands from the proposal to the last server's apply. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class CoreBench {
  private static final int SERVERS = 3;
  private static final long TICK = 10_000_000L;

  private record Flight(ServerId from, ServerId to, Message message) {}

  @Param({"1", "64"})
  public int batch;

  private final List<RaftCore> cores = new ArrayList<>();
  private final Deque<Flight> wires = new ArrayDeque<>();
  private List<byte[]> commands;
  private long now = 1_000_000_000L;
  private long applied;

  private static ServerId id(int number) {
    return new ServerId(new UUID(0, number), new UUID(1, number));
  }

  @Setup
  public void elect() {
    List<Server> servers = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      servers.add(new Server(id(i), "n" + i, "127.0.0." + (i + 1) + ":8300", true));
    }
    for (int i = 0; i < SERVERS; i++) {
      RaftCore core = new RaftCore(id(i), RaftOptions.withMultiplier(1), StoredLog.EMPTY, new SplittableRandom(i), now);
      core.bootstrap(new Configuration(servers), now);
      cores.add(core);
    }
    while (cores.get(0).role() != Role.LEADER) {
      now += TICK;
      cores.get(0).tick(now);
      settle();
    }
    for (int i = 0; i < 20; i++) {
      tick(); // until all have applied the leader's first entry
    }
    byte[] command = Commands.encode(Rows.put(7, 1));
    commands = new ArrayList<>();
    for (int i = 0; i < batch; i++) {
      commands.add(command);
    }
  }

  private void tick() {
    now += TICK;
    cores.forEach(core -> core.tick(now));
    settle();
  }

  private void settle() {
    for (int i = 0; i < SERVERS; i++) {
      work(i);
    }
    for (Flight flight = wires.poll(); flight != null; flight = wires.poll()) {
      int to = (int) flight.to().node().getLeastSignificantBits();
      cores.get(to).receive(flight.from(), flight.message(), now);
      work(to);
    }
  }

  private void work(int number) {
    RaftCore core = cores.get(number);
    for (Ready ready = core.ready(); !ready.isEmpty(); ready = core.ready()) {
      for (Outbound outbound : ready.messages()) {
        wires.add(new Flight(id(number), outbound.to(), outbound.message()));
      }
      ready.persists().forEach(persist -> core.synced(persist.sequence(), now));
      List<Entry> committed = ready.committed();
      if (!committed.isEmpty()) {
        core.applied(committed.get(committed.size() - 1).index());
        applied += committed.size();
      }
    }
  }

  /** Heartbeats are part of it: the servers' clocks go on by 10 ms with each batch. */
  @Benchmark
  public long replicate() {
    long before = applied;
    cores.get(0).propose(commands, now);
    settle();
    tick();
    if (applied - before != (long) SERVERS * batch) {
      throw new IllegalStateException(applied - before + " were applied of a batch of " + batch);
    }
    return applied;
  }
}
