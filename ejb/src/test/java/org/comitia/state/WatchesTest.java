package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class WatchesTest {
  private static final String ID = "abcdef00-0000-0000-0000-000000000001";

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private final TreeSet<String> woken = new TreeSet<>();
  private long index;

  private void apply(Command command) {
    machine.apply(++index, command);
  }

  private void put(String key) {
    apply(new Command.KvPut(key, new byte[] {(byte) index}, 0, null));
  }

  private void watch(String name, Query<?> query) {
    machine.watches().register(query, () -> woken.add(name)).orElseThrow();
  }

  private List<String> woken() {
    List<String> names = List.copyOf(woken);
    woken.clear();
    return names;
  }

  private static Command register(String node, Service service, Check... checks) {
    return new Command.Register(
        new Node("", node, "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
        false,
        service,
        List.of(checks));
  }

  private static Service service(String name) {
    return new Service("", "", name, List.of(), "", Map.of(), Map.of(), 80, 1, 1, false, 0, 0);
  }

  private static Check check(String id, String status) {
    return new Check("", id, id, status, "", "", "", "", List.of(), "", 0, 0);
  }

  @Test
  void aKeyWakesItsOwnWatchAndThoseOfItsPrefixes() {
    watch("a/b", new Query.KvGet("a/b"));
    watch("a/c", new Query.KvGet("a/c"));
    watch("a/*", new Query.KvList("a/"));
    watch("keys", new Query.KvKeys("a", "/"));
    watch("b*", new Query.KvList("b"));
    watch("*", new Query.KvList(""));
    watch("nodes", new Query.Nodes(Map.of()));
    put("a/b");
    assertThat(woken()).containsExactly("*", "a/*", "a/b", "keys");
    put("a/b");
    assertThat(woken()).as("woken once").isEmpty();
    assertThat(machine.watches().open()).isEqualTo(3);
    put("bb");
    assertThat(woken()).containsExactly("b*");
  }

  @Test
  void deletesWakeTooAndWhatChangesNothingDoesNot() {
    apply(new Command.KvPut("a/b", new byte[0], 0, null));
    watch("a/b", new Query.KvGet("a/b"));
    watch("a/*", new Query.KvList("a/"));
    apply(new Command.KvPut("a/b", new byte[0], 0, null));
    apply(new Command.KvPut("a/b", new byte[1], 0, 77L));
    apply(new Command.KvDelete("a/x", null));
    apply(new Command.KvDeleteTree("x"));
    apply(new Command.ReapTombstones(100));
    apply(new Command.KvPut("", new byte[1], 0, null));
    assertThat(woken()).isEmpty();
    apply(new Command.KvDeleteTree("a"));
    assertThat(woken()).containsExactly("a/*", "a/b");
  }

  @Test
  void aDeletedTreeWakesOnlyWhoWatchesItsKeys() {
    for (int i = 0; i < 50; i++) {
      put("a/" + i);
    }
    put("b/1");
    watchAround("many keys, few watches");
    apply(new Command.KvDeleteTree("a/"));
    assertThat(woken()).containsExactly("*", "a*", "a/1", "a/1*", "a/7", "keys");
    put("a/1");
    put("a/7");
    woken();
    for (int i = 0; i < 50; i++) {
      watch("other", new Query.KvGet("other/" + i));
    }
    watchAround("few keys, many watches");
    apply(new Command.KvDeleteTree("a"));
    assertThat(woken()).containsExactly("*", "a*", "a/1", "a/1*", "a/7", "keys");
  }

  private void watchAround(String why) {
    assertThat(woken()).as(why).isEmpty();
    watch("a/1", new Query.KvGet("a/1"));
    watch("a/7", new Query.KvGet("a/7"));
    watch("absent", new Query.KvGet("a/none"));
    watch("b", new Query.KvGet("b/1"));
    watch("a/1*", new Query.KvList("a/1"));
    watch("a*", new Query.KvList("a"));
    watch("a/x*", new Query.KvList("a/x"));
    watch("b*", new Query.KvList("b"));
    watch("*", new Query.KvList(""));
    watch("keys", new Query.KvKeys("a/", "/"));
  }

  @Test
  void aPrefixThatEndsWithinACharacterIsWoken() {
    watch("c3", new Query.KvList("x\uDCC3"));
    put("xé");
    assertThat(woken()).containsExactly("c3");
  }

  @Test
  void theCatalogWakesOnlyWhomItConcerns() {
    apply(register("n1", service("web")));
    apply(register("n2", service("db")));
    watch("nodes", new Query.Nodes(Map.of()));
    watch("services", new Query.Services(Map.of()));
    watch("web", new Query.ServiceInstances("WEB", List.of(), Map.of()));
    watch("db", new Query.ServiceInstances("db", List.of(), Map.of()));
    watch("n1", new Query.NodeServices("N1"));
    watch("n2", new Query.NodeServices("n2"));
    watch("n1 checks", new Query.NodeChecks("n1"));
    watch("n2 checks", new Query.NodeChecks("n2"));
    put("k");
    assertThat(woken()).isEmpty();
    apply(register("n1", null, check("c", "passing")));
    assertThat(woken()).containsExactly("n1 checks");
    apply(register("n1", service("cache")));
    assertThat(woken()).containsExactly("n1", "services");
    apply(register("n3", null));
    assertThat(woken()).containsExactly("nodes");
    apply(new Command.Deregister("n2", null, null));
    assertThat(woken()).containsExactly("db", "n2");
    assertThat(machine.watches().open()).isEqualTo(2);
  }

  @Test
  void healthWakesOnlyWhomItConcerns() {
    apply(register("n1", service("web")));
    apply(register("n2", service("db")));
    watch("web", new Query.ServiceHealth("WEB", List.of(), Map.of(), true));
    watch("db", new Query.ServiceHealth("db", List.of(), Map.of(), false));
    watch("web checks", new Query.ServiceChecks("Web", Map.of()));
    watch("critical", new Query.ChecksInState("critical", Map.of()));
    put("k");
    apply(register("n3", service("cache")));
    assertThat(woken()).isEmpty();
    apply(register("n1", null, check("node", "passing")));
    assertThat(woken()).as("a check of the node").containsExactly("critical", "web");
    Check own = new Check("", "own", "own", "passing", "", "", "web", "", List.of(), "", 0, 0);
    watch("web", new Query.ServiceHealth("web", List.of(), Map.of(), true));
    apply(register("n1", null, own));
    assertThat(woken()).containsExactly("web", "web checks");
    apply(new Command.Deregister("n2", null, null));
    assertThat(woken()).containsExactly("db");
  }

  @Test
  void sessionsAndLocksWakeOnlyWhomTheyConcern() {
    String a = "aaaaaaaa-0000-0000-0000-000000000001";
    String b = "bbbbbbbb-0000-0000-0000-000000000002";
    apply(register("n1", null));
    apply(register("n2", null));
    watch("a", new Query.SessionGet(a));
    watch("b", new Query.SessionGet(b));
    watch("n1", new Query.NodeSessions("N1"));
    watch("all", new Query.Sessions());
    apply(session(a, "n1"));
    assertThat(woken()).containsExactly("a", "all", "n1");
    apply(new Command.KvAcquire("k", new byte[0], 0, a));
    watch("k", new Query.KvGet("k"));
    apply(session(b, "n2"));
    assertThat(woken()).containsExactly("b");
    apply(new Command.SessionDestroy(a));
    assertThat(woken()).as("what it held").containsExactly("k");
  }

  private static Command session(String id, String node) {
    return new Command.SessionCreate(
        new Session(id, "", node, 0, Session.Behavior.RELEASE, "", List.of(), List.of(), 0, 0));
  }

  @Test
  void theBeginningOfANodeIdIsFollowedToItsNode() {
    watch("abcd", new Query.NodeServices("abcd"));
    Node node = new Node(ID, "n1", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0);
    apply(new Command.Register(node, false, null, List.of()));
    assertThat(woken()).containsExactly("abcd");
    watch("abcd", new Query.NodeServices("abcd"));
    apply(register("n2", service("db")));
    assertThat(woken()).as("another node may make it ambiguous").containsExactly("abcd");
    watch("abcd", new Query.NodeServices("abcd"));
    apply(new Command.Register(node, true, service("web"), List.of()));
    assertThat(woken()).containsExactly("abcd");
  }

  @Test
  void aCancelledWatchIsNotWokenAndLeavesNothingBehind() {
    Watches.Watch watch =
        machine.watches().register(new Query.KvList("a"), () -> woken.add("a")).orElseThrow();
    watch.cancel();
    watch.cancel();
    put("a");
    assertThat(woken()).isEmpty();
    assertThat(machine.watches().open()).isZero();
    assertThat(machine.watches().registered()).isEmpty();
  }

  @Test
  void theirNumberIsBounded() {
    StateMachine small = new StateMachine(StateVersion.EMPTY, 2);
    Query<?> query = new Query.KvGet("a");
    Watches.Watch first = small.watches().register(query, () -> {}).orElseThrow();
    small.watches().register(query, () -> {}).orElseThrow();
    assertThat(small.watches().register(query, () -> {})).isEmpty();
    assertThat(small.watches().refusal())
        .isEqualTo("COM4022: too many blocking queries: 2 are waiting on this server already");
    first.cancel();
    assertThat(small.watches().register(query, () -> {})).isPresent();
  }

  @Test
  void aFaultyCallbackNeitherHaltsTheApplierNorKeepsOthersAsleep() {
    AtomicReference<Throwable> reported = new AtomicReference<>();
    Thread.UncaughtExceptionHandler before = Thread.currentThread().getUncaughtExceptionHandler();
    Thread.currentThread().setUncaughtExceptionHandler((t, e) -> reported.set(e));
    try {
      for (int i = 0; i < 3; i++) {
        watch("good" + i, new Query.KvGet("a"));
        machine
            .watches()
            .register(
                new Query.KvGet("a"),
                () -> {
                  throw new IllegalStateException("faulty");
                });
      }
      assertThatCode(() -> put("a")).doesNotThrowAnyException();
    } finally {
      Thread.currentThread().setUncaughtExceptionHandler(before);
    }
    assertThat(woken()).containsExactly("good0", "good1", "good2");
    assertThat(reported.get()).hasMessage("faulty");
  }

  @Test
  void tenThousandOnOneKeyAreAllWoken() {
    AtomicInteger count = new AtomicInteger();
    for (int i = 0; i < 10_000; i++) {
      machine.watches().register(new Query.KvGet("a"), count::incrementAndGet).orElseThrow();
    }
    put("b");
    assertThat(count.get()).isZero();
    put("a");
    assertThat(count.get()).isEqualTo(10_000);
    assertThat(machine.watches().registered()).isEmpty();
  }

  /** Register, then look, then wait: whoever does so sees the last write, whatever the timing. */
  @Test
  void noWakeUpIsLostBetweenRegisteringAndLooking() throws Exception {
    int writes = 5_000;
    List<Thread> readers = new ArrayList<>();
    AtomicInteger arrived = new AtomicInteger();
    for (int r = 0; r < 4; r++) {
      Query<?> query = r % 2 == 0 ? new Query.KvGet("a") : new Query.KvList("");
      Thread reader = new Thread(() -> follow(query, writes, arrived));
      reader.start();
      readers.add(reader);
    }
    for (int i = 1; i <= writes; i++) {
      machine.apply(i, new Command.KvPut("a", new byte[] {(byte) i, (byte) (i >> 8)}, 0, null));
    }
    for (Thread reader : readers) {
      reader.join(TimeUnit.SECONDS.toMillis(30));
    }
    assertThat(arrived.get()).isEqualTo(4);
    assertThat(machine.watches().open()).isZero();
  }

  private void follow(Query<?> query, long until, AtomicInteger arrived) {
    try {
      while (true) {
        CountDownLatch wake = new CountDownLatch(1);
        Watches.Watch watch = machine.watches().register(query, wake::countDown).orElseThrow();
        QueryResult seen = Queries.evaluate(query, machine.version());
        if (machine.version().kv().containsKey("a") && seen.index() == until) {
          watch.cancel();
          arrived.incrementAndGet();
          return;
        }
        if (!wake.await(20, TimeUnit.SECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
