package org.comitia.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.Waiting;
import org.comitia.cluster.Caller;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The size that is promised: five servers and a hundred clients ({@code -Dit.full=true
 * -Dtest.jvm="-Xmx3g -XX:+UseSerialGC"}: the mesh has eleven thousand reading threads here, a
 * hundred in a process of its own); by default three and twelve. One client that comes and goes
 * costs the servers a change of view each way and no election, and nobody's writes.
 */
class StatedSizeTest {
  private static final boolean FULL = Boolean.getBoolean("it.full");
  private static final int SERVERS = FULL ? 5 : 3;
  private static final int CLIENTS = FULL ? 100 : 12;
  private static final int FLAPS = FULL ? 20 : 5;
  private static final long LIMIT_SECONDS = FULL ? 300 : 60;
  private static final String NETWORK = "127.0.67.";

  /** Loggers that would tell of each of eleven thousand meetings; held, or the level is lost. */
  private static final List<Logger> LOUD =
      List.of(Logger.getLogger("serf"), Logger.getLogger("agent"));

  @TempDir Path dir;

  private final TestNode.Shared shared = new TestNode.Shared();
  private final List<TestNode> servers = new ArrayList<>();
  private final List<TestNode> clients = new ArrayList<>();

  @BeforeEach
  void quieten() {
    LOUD.forEach(logger -> logger.setLevel(Level.WARNING));
  }

  @AfterEach
  void closeAll() throws Exception {
    inParallel(clients, TestNode::close);
    servers.forEach(TestNode::close);
    shared.close();
    LOUD.forEach(logger -> logger.setLevel(null));
  }

  @Test
  void aFlappingClientCostsNoElectionAndNoViewStorm() throws Exception {
    long start = System.nanoTime();
    startServers();
    startClients();
    Set<String> everybody = names();
    await("each of " + everybody.size() + " sees all", () -> allSee(everybody));
    System.out.printf("%d members see each other after %d s%n", everybody.size(), since(start));

    Set<String> terms = ofServers("raft", "term");
    Set<String> leaders = ofServers("consul", "leader_addr");
    assertThat(terms).as("one term").hasSize(1);
    assertThat(leaders).as("one leader").hasSize(1);
    List<Long> before = viewNumbers();

    Writer writer = new Writer();
    for (int flap = 0; flap < FLAPS; flap++) {
      TestNode flapping = flapping();
      clients.remove(flapping);
      flapping.close();
      Set<String> without = names();
      await("the others see it go", () -> allSee(without));
      clients.add(client(CLIENTS));
      await("all see it again", () -> allSee(everybody));
    }
    int written = writer.stop();

    assertThat(ofServers("raft", "term")).as("no election").isEqualTo(terms);
    assertThat(ofServers("consul", "leader_addr")).isEqualTo(leaders);
    List<Long> after = viewNumbers();
    for (int n = 0; n < SERVERS; n++) {
      long changes = after.get(n) - before.get(n);
      System.out.printf(
          "%d flaps: %d changes of view at %s, %d writes%n",
          FLAPS, changes, servers.get(n).name, written);
      assertThat(changes)
          .as("changes of view at " + servers.get(n).name)
          .isBetween(2L * FLAPS, 3L * FLAPS);
    }
    assertThat(written).as("writes through a client meanwhile").isPositive();
  }

  private void startServers() throws Exception {
    for (int n = 1; n <= SERVERS; n++) {
      servers.add(
          TestNode.start(
              shared,
              "s" + n,
              NETWORK + n,
              dir.resolve("s" + n),
              "comitia.server",
              "true",
              // A hundred nodes on a few cores: who gets no CPU for a second must not vote for it.
              "comitia.raft-multiplier",
              "10",
              "comitia.bootstrap-expect",
              Integer.toString(SERVERS),
              "comitia.retry-join",
              serverAddresses()));
    }
    await(
        "all servers have one leader",
        () ->
            ofServers("consul", "leader_addr").size() == 1
                && !ofServers("consul", "leader_addr").contains(""));
  }

  private static String serverAddresses() {
    List<String> addresses = new ArrayList<>();
    for (int n = 1; n <= SERVERS; n++) {
      addresses.add(NETWORK + n);
    }
    return String.join(",", addresses);
  }

  private void startClients() throws Exception {
    List<Integer> numbers = new ArrayList<>();
    for (int n = 1; n <= CLIENTS; n++) {
      numbers.add(n);
    }
    List<TestNode> started = java.util.Collections.synchronizedList(new ArrayList<>());
    try {
      inParallel(numbers, n -> started.add(client(n)));
    } finally {
      clients.addAll(started);
    }
  }

  private TestNode client(int n) throws Exception {
    return TestNode.start(
        shared, "c" + n, NETWORK + (100 + n), null, "comitia.retry-join", serverAddresses());
  }

  private TestNode flapping() {
    return clients.stream()
        .filter(client -> client.name.equals("c" + CLIENTS))
        .findFirst()
        .orElseThrow();
  }

  private Set<String> names() {
    Set<String> names = new TreeSet<>();
    servers.forEach(node -> names.add(node.name));
    clients.forEach(node -> names.add(node.name));
    return names;
  }

  private boolean allSee(Set<String> names) {
    for (List<TestNode> nodes : List.of(servers, clients)) {
      for (TestNode node : nodes) {
        if (!names.equals(new TreeSet<>(node.alive()))) {
          return false;
        }
      }
    }
    return true;
  }

  private Set<String> ofServers(String group, String key) {
    Set<String> values = new TreeSet<>();
    servers.forEach(server -> values.add(server.info(group, key)));
    return values;
  }

  private List<Long> viewNumbers() {
    return servers.stream()
        .map(server -> Long.parseLong(server.info("serf_lan", "member_time")))
        .toList();
  }

  private static long since(long start) {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
  }

  /** Writes through the first client, one at a time, until stopped; each must be acknowledged. */
  private final class Writer {
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger written = new AtomicInteger();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Future<?> running = thread.submit(this::write);

    private Void write() throws Exception {
      while (!stopped.get()) {
        byte[] value = Integer.toString(written.get()).getBytes(StandardCharsets.UTF_8);
        CompletionStage<WriteOutcome> outcome =
            clients
                .get(0)
                .runtime()
                .cluster()
                .write(Caller.ANONYMOUS, new Command.KvPut("key", value, 0, null));
        assertThat(outcome.toCompletableFuture().get(30, TimeUnit.SECONDS))
            .isInstanceOf(WriteOutcome.Applied.class);
        written.incrementAndGet();
        TimeUnit.MILLISECONDS.sleep(20);
      }
      return null;
    }

    /** How many were acknowledged. */
    int stop() throws Exception {
      stopped.set(true);
      running.get(60, TimeUnit.SECONDS);
      thread.shutdown();
      return written.get();
    }
  }

  private interface Work<T> {
    void on(T item) throws Exception;
  }

  private static <T> void inParallel(Collection<T> items, Work<T> work) throws Exception {
    ExecutorService workers = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (T item : items) {
        running.add(
            workers.submit(
                () -> {
                  work.on(item);
                  return null;
                }));
      }
      for (Future<?> one : running) {
        one.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      }
    } finally {
      workers.shutdown();
    }
  }

  private void await(String what, BooleanSupplier condition) throws InterruptedException {
    Waiting.await(LIMIT_SECONDS, () -> what + everybodySeen(), condition);
  }

  private String everybodySeen() {
    StringBuilder seen = new StringBuilder();
    for (List<TestNode> nodes : List.of(servers, clients)) {
      nodes.forEach(node -> seen.append('\n').append(describe(node)));
    }
    return seen.toString();
  }

  private String describe(TestNode node) {
    Set<String> missing = names();
    missing.removeAll(node.alive());
    return node.name
        + " misses "
        + missing
        + " at view "
        + node.info("serf_lan", "member_time")
        + ", failed "
        + node.info("serf_lan", "failed")
        + ", term "
        + node.info("raft", "term");
  }
}
