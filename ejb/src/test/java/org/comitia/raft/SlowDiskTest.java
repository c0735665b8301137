package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.raft.TestCluster.MILLI;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Servers all of whose writes take long, for good: they elect a leader, keep it, and take writes.
 */
class SlowDiskTest {
  private static final long MILLIS = 60_000;

  @ParameterizedTest(name = "{0} servers, {1} to {2} ms a sync, writes: {3}")
  @CsvSource({
    "3, 1, 1, false",
    "3, 1, 1, true",
    "3, 300, 300, true",
    "3, 500, 500, false",
    "3, 600, 600, true",
    "3, 1000, 1000, false",
    "3, 1000, 1000, true",
    "3, 800, 1000, true",
    "3, 1, 1000, true",
    "5, 1000, 1000, false",
    "5, 1000, 1000, true",
  })
  void leaderIsElectedWithin15SecondsTakesWritesAndStays(
      int servers, int fastest, int slowest, boolean writes) {
    for (int seed = 1; seed <= 10; seed++) {
      Cluster cluster = new Cluster(servers, seed, fastest, slowest);
      for (long t = 0; t < MILLIS; t++) {
        cluster.millisecond(writes && t % 5 == 0);
      }
      String which = "seed " + seed + ": " + cluster.log;
      assertThat(cluster.firstLed).as(which).isBetween(0L, 15_000L);
      assertThat(cluster.stepDowns).as(which).isZero();
      if (writes) {
        assertThat(cluster.committed).as(which).isGreaterThan(50);
      }
    }
  }

  private record Event(long at, int number, Runnable what) {}

  /**
   * Wires that take a millisecond; one write at a time a disk, what comes meanwhile goes together.
   */
  private static final class Cluster {
    final List<ServerId> ids = new ArrayList<>();
    final List<RaftCore> cores = new ArrayList<>();
    final List<ArrayDeque<Persist>> waiting = new ArrayList<>();
    final boolean[] busy;

    /** Whose core may have something to be done; to ask each in each millisecond takes long. */
    final boolean[] touched;

    final PriorityQueue<Event> events =
        new PriorityQueue<>(
            (a, b) ->
                a.at != b.at ? Long.compare(a.at, b.at) : Integer.compare(a.number, b.number));
    final List<String> log = new ArrayList<>();
    final int[] sync;
    int number;
    long now;
    long firstLed = -1;
    int stepDowns;
    long committed;

    /** The servers' disks take the fastest, the slowest and what lies between. */
    Cluster(int servers, int seed, int fastest, int slowest) {
      busy = new boolean[servers];
      touched = new boolean[servers];
      sync = new int[servers];
      byte[] first = ConfigurationCodec.encode(TestCluster.configuration(servers));
      Entry entry = new Entry(1, 1, Entry.Kind.CONFIGURATION, first);
      StoredLog stored =
          new StoredLog(
              new HardState(1, null),
              LogBase.NONE,
              1,
              List.of(new TermRun(1, 1)),
              List.of(entry),
              0,
              List.of(entry));
      for (int i = 0; i < servers; i++) {
        sync[i] = fastest + (slowest - fastest) * i / (servers - 1);
        ids.add(TestCluster.id(i + 1));
        waiting.add(new ArrayDeque<>());
        SplittableRandom random = new SplittableRandom(31L * seed + i);
        cores.add(new RaftCore(ids.get(i), RaftOptions.withMultiplier(1), stored, random, 0));
      }
    }

    void millisecond(boolean write) {
      now++;
      while (!events.isEmpty() && events.peek().at <= now) {
        events.poll().what.run();
      }
      for (int i = 0; i < cores.size(); i++) {
        RaftCore core = cores.get(i);
        if ((now + 3 * i) % 10 == 0) {
          core.tick(now * MILLI);
          touched[i] = true;
        }
        if (write && core.established()) {
          core.propose(List.of(new byte[64]), now * MILLI);
          touched[i] = true;
        }
        if (touched[i]) {
          touched[i] = false;
          carryOut(i, core.ready());
        }
      }
    }

    private void after(long millis, Runnable what) {
      events.add(new Event(now + millis, number++, what));
    }

    private void carryOut(int server, Ready ready) {
      waiting.get(server).addAll(ready.persists());
      write(server);
      for (Outbound outbound : ready.messages()) {
        int to = ids.indexOf(outbound.to());
        after(
            1,
            () -> {
              touched[to] = true;
              cores.get(to).receive(ids.get(server), outbound.message(), now * MILLI);
            });
      }
      for (RaftEvent event : ready.events()) {
        if (!(event instanceof RaftEvent.ConfigurationChanged)) {
          log.add(now + " " + (server + 1) + " " + ScenarioText.of(event));
        }
        if (event instanceof RaftEvent.LeadershipEstablished && firstLed < 0) {
          firstLed = now;
        }
        if (event instanceof RaftEvent.SteppedDown && firstLed >= 0) {
          stepDowns++;
        }
      }
      if (!ready.committed().isEmpty()) {
        committed = ready.committed().get(ready.committed().size() - 1).index();
        cores.get(server).applied(committed);
      }
    }

    private void write(int server) {
      if (busy[server] || waiting.get(server).isEmpty()) {
        return;
      }
      busy[server] = true;
      long sequence = waiting.get(server).peekLast().sequence();
      waiting.get(server).clear();
      after(
          sync[server],
          () -> {
            busy[server] = false;
            touched[server] = true;
            cores.get(server).synced(sequence, now * MILLI);
            write(server);
          });
    }
  }
}
