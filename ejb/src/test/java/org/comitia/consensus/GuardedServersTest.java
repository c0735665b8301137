package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.comitia.access.Access;
import org.comitia.access.AccessObject;
import org.comitia.access.Policy;
import org.comitia.access.Token;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.TxnOp;
import org.comitia.wire.ForwardCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may what, on real servers, by both roads: this server's own, and what others forward. */
class GuardedServersTest {
  private static final String ROOT = "11111111-0000-0000-0000-000000000001";
  private static final Caller MANAGER = Caller.of(ROOT);

  /** Each value is another one: what changes nothing wakes nobody. */
  private static final AtomicInteger NEXT = new AtomicInteger();

  @TempDir Path root;

  private static <T> T got(java.util.concurrent.CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static WriteOutcome write(Node node, Caller caller, Command command) throws Exception {
    return got(node.server.cluster().write(caller, command));
  }

  private static Command put(String key) {
    return new Command.KvPut(key, new byte[] {(byte) NEXT.incrementAndGet()}, 0, null);
  }

  private static void denied(WriteOutcome outcome, String text) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            WriteOutcome.NotApplied.class,
            not -> {
              assertThat(not.failure()).isEqualTo(Failure.DENIED);
              assertThat(not.message()).contains(text);
            });
  }

  private static void applied(WriteOutcome outcome) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            WriteOutcome.Applied.class,
            done -> assertThat(done.result()).isInstanceOf(CommandResult.Done.class));
  }

  /** A token with these rules; its secret. */
  private static String token(Node node, String rules) throws Exception {
    String policy = UUID.randomUUID().toString();
    applied(
        write(
            node,
            MANAGER,
            new Command.AccessSet(
                new Policy(policy, "p-" + policy, "", rules, List.of(), 0, 0), true)));
    String secret = UUID.randomUUID().toString();
    applied(write(node, MANAGER, new Command.AccessSet(token(secret, policy, 0), true)));
    return secret;
  }

  private static Token token(String secret, String policy, long expirationMillis) {
    return new Token(
        UUID.nameUUIDFromBytes(secret.getBytes()).toString(),
        secret,
        "",
        List.of(policy),
        List.of(),
        List.of(),
        List.of(),
        false,
        "",
        1,
        expirationMillis,
        0,
        0);
  }

  private static <R extends QueryResult> Read<R> read(
      Caller caller, Query<R> query, long index, Duration wait) {
    return new Read<>(caller, query, Read.Consistency.DEFAULT, index, wait, null);
  }

  private static <R extends QueryResult> ReadOutcome<R> now(
      Node node, Caller caller, Query<R> query) throws Exception {
    return got(node.server.cluster().read(read(caller, query, 0, Duration.ZERO)));
  }

  private static List<String> keys(ReadOutcome<QueryResult.KvEntries> outcome) {
    return outcome.match(
        answer -> answer.result().entries().stream().map(entry -> entry.key()).toList(),
        failed -> List.of(failed.message()));
  }

  private LoopbackCluster kept() throws Exception {
    LoopbackCluster cluster = new LoopbackCluster(root);
    cluster.acl = new AclOptions(true, Access.DENY, false, ROOT, null);
    cluster.level = FeatureLevel.ACCESS;
    cluster.raftMultiplier = 5;
    return cluster;
  }

  private static void awaitManager(Node node) throws Exception {
    await(
        "the initial token is there",
        () -> node.server.state().version().access().bySecret(ROOT) != null);
  }

  @Test
  void throughEveryServerAWriteAndAReadAreWhatTheTokenMay() throws Exception {
    try (LoopbackCluster cluster = kept()) {
      List<Node> nodes = cluster.startThree(name -> new LoopbackCluster.Around());
      for (Node node : nodes) {
        awaitManager(node);
      }
      Caller a = Caller.of(token(nodes.get(0), "key_prefix \"a\" { policy = \"write\" }"));
      Object keys;
      for (Node node : nodes) {
        applied(write(node, a, put("a/" + node.name)));
        keys = cluster.leader(nodes).server.state().version().kv();
        denied(write(node, a, put("b")), "lacks permission 'key:write' on \"b\"");
        denied(write(node, Caller.ANONYMOUS, put("a")), "anonymous token lacks permission");
        denied(write(node, Caller.of("no such"), put("a")), "ACL not found");
        denied(write(node, a, new Command.KvDeleteTree("")), "key:write");
        denied(write(node, a, new Command.ReapTombstones(5)), "Permission denied");
        assertThat(write(node, MANAGER, new Command.RaiseLevel(9)))
            .isInstanceOf(WriteOutcome.NotApplied.class);
        assertThat(cluster.leader(nodes).server.state().version().kv()).isSameAs(keys);
      }
      applied(write(nodes.get(0), MANAGER, put("b")));
      for (Node node : nodes) {
        ReadOutcome<QueryResult.KvEntries> list = now(node, a, new Query.KvList(""));
        assertThat(keys(list)).containsExactly("a/n1", "a/n2", "a/n3");
        assertThat(list)
            .isInstanceOfSatisfying(
                ReadOutcome.Answer.class, answer -> assertThat(answer.filtered()).isTrue());
        assertThat(keys(now(node, MANAGER, new Query.KvList("")))).contains("b");
        assertThat(now(node, Caller.ANONYMOUS, new Query.KvGet("b")))
            .isInstanceOfSatisfying(
                ReadOutcome.Failed.class,
                failed -> assertThat(failed.failure()).isEqualTo(Failure.DENIED));
      }
    }
  }

  @Test
  void aTransactionTellsWhichOperationsAreNotAllowedAndShowsWhatMayBeSeen() throws Exception {
    try (LoopbackCluster cluster = kept()) {
      Node n1 = cluster.start("n1", 0, true);
      awaitManager(n1);
      Caller a = Caller.of(token(n1, "key_prefix \"a\" { policy = \"write\" }"));
      applied(write(n1, MANAGER, put("b")));
      List<TxnOp> both =
          List.of(
              new TxnOp.Kv(TxnOp.KvVerb.SET, "a", new byte[0], 0, 0, ""),
              new TxnOp.Kv(TxnOp.KvVerb.SET, "b", new byte[0], 0, 0, ""));
      Object keys = n1.server.state().version().kv();
      assertThat(write(n1, a, new Command.Txn(both)))
          .isInstanceOfSatisfying(
              WriteOutcome.Applied.class,
              done ->
                  assertThat(((CommandResult.TxnDone) done.result()).outcome().errors())
                      .singleElement()
                      .satisfies(error -> assertThat(error.opIndex()).isEqualTo(1)));
      assertThat(n1.server.state().version().kv()).isSameAs(keys);
      List<TxnOp> mixed =
          List.of(
              new TxnOp.Kv(TxnOp.KvVerb.SET, "a", new byte[0], 0, 0, ""),
              new TxnOp.Kv(TxnOp.KvVerb.GET, "b", new byte[0], 0, 0, ""));
      assertThat(write(n1, a, new Command.Txn(mixed)))
          .isInstanceOfSatisfying(
              WriteOutcome.Applied.class,
              done ->
                  assertThat(((CommandResult.TxnDone) done.result()).outcome().results())
                      .singleElement()
                      .satisfies(row -> assertThat(row.kv().key()).isEqualTo("a")));
    }
  }

  @Test
  void aReadThatWaitsIsDeniedWhenItsTokenIsGoneByThen() throws Exception {
    try (LoopbackCluster cluster = kept()) {
      Node n1 = cluster.start("n1", 0, true);
      awaitManager(n1);
      String secret = token(n1, "key_prefix \"a\" { policy = \"read\" }");
      applied(write(n1, MANAGER, put("a")));
      long index = n1.server.state().version().appliedIndex();
      CompletableFuture<ReadOutcome<QueryResult.KvEntryResult>> waiting =
          n1.server
              .cluster()
              .read(read(Caller.of(secret), new Query.KvGet("a"), index, Duration.ofMinutes(5)))
              .toCompletableFuture();
      await("it waits", () -> n1.server.figures().blockingQueries() == 1);
      String accessor = n1.server.state().version().access().bySecret(secret).id();
      applied(write(n1, MANAGER, new Command.AccessDelete(AccessObject.Kind.TOKEN, accessor)));
      applied(write(n1, MANAGER, put("a")));
      assertThat(waiting.get(30, TimeUnit.SECONDS))
          .isInstanceOfSatisfying(
              ReadOutcome.Failed.class,
              failed -> {
                assertThat(failed.failure()).isEqualTo(Failure.DENIED);
                assertThat(failed.message()).isEqualTo("ACL not found");
              });
    }
  }

  /** One change wakes them together, and what they ask is evaluated once. */
  @Test
  void twoTokensThatWaitForTheSameNeverSeeEachOthersRows() throws Exception {
    try (LoopbackCluster cluster = kept()) {
      Node n1 = cluster.start("n1", 0, true);
      awaitManager(n1);
      Caller a = Caller.of(token(n1, "key_prefix \"x/a\" { policy = \"read\" }"));
      Caller b = Caller.of(token(n1, "key_prefix \"x/b\" { policy = \"read\" }"));
      applied(write(n1, MANAGER, put("x/a")));
      for (int round = 0; round < 20; round++) {
        long index = n1.server.state().version().appliedIndex();
        List<CompletableFuture<ReadOutcome<QueryResult.KvEntries>>> waiting =
            List.of(a, b, a, b, MANAGER).stream()
                .map(
                    caller ->
                        n1.server
                            .cluster()
                            .read(
                                read(caller, new Query.KvList("x/"), index, Duration.ofMinutes(5)))
                            .toCompletableFuture())
                .toList();
        applied(write(n1, MANAGER, put("x/b")));
        for (int i : List.of(0, 2)) {
          assertThat(keys(waiting.get(i).get(30, TimeUnit.SECONDS))).containsExactly("x/a");
        }
        for (int i : List.of(1, 3)) {
          assertThat(keys(waiting.get(i).get(30, TimeUnit.SECONDS))).containsExactly("x/b");
        }
        assertThat(keys(waiting.get(4).get(30, TimeUnit.SECONDS))).containsExactly("x/a", "x/b");
      }
    }
  }

  @Test
  void anExpiredTokenIsUnknownAtOnce() throws Exception {
    try (LoopbackCluster cluster = kept()) {
      Node n1 = cluster.start("n1", 0, true);
      awaitManager(n1);
      String secret = UUID.randomUUID().toString();
      Token expired = token(secret, Policy.GLOBAL_MANAGEMENT, System.currentTimeMillis() - 1);
      write(n1, MANAGER, new Command.AccessSet(expired, true));
      denied(write(n1, Caller.of(secret), put("a")), "ACL not found");
    }
  }

  @Test
  void whatOperatorsDoNeedsTheirRights() throws Exception {
    try (LoopbackCluster cluster = kept()) {
      List<Node> nodes = cluster.startThree(name -> new LoopbackCluster.Around());
      for (Node node : nodes) {
        awaitManager(node);
      }
      String secret = token(nodes.get(0), "operator = \"read\"");
      Caller reader = Caller.of(secret);
      for (Node node : nodes) {
        await(
            "the token is there",
            () -> node.server.state().version().access().bySecret(secret) != null);
        Cluster asked = node.server.cluster();
        for (boolean stale : List.of(true, false)) {
          assertThat(got(asked.configuration(Caller.ANONYMOUS, stale)).failure())
              .isEqualTo(Failure.DENIED);
          assertThat(got(asked.configuration(reader, stale)).failure()).isNull();
        }
        assertThat(got(asked.autopilot(Caller.ANONYMOUS)).failure()).isEqualTo(Failure.DENIED);
        assertThat(got(asked.autopilot(reader)).failure()).isNull();
        assertThat(got(asked.removePeer(reader, "", "127.0.0.9:1")).failure())
            .isEqualTo(Failure.DENIED);
        assertThat(got(asked.removePeer(MANAGER, "", "127.0.0.9:1")).failure())
            .isEqualTo(Failure.REFUSED);
        assertThat(got(asked.transferLeader(reader, "none")).failure()).isEqualTo(Failure.DENIED);
        assertThat(got(asked.transferLeader(MANAGER, "none")).failure()).isEqualTo(Failure.REFUSED);
        assertThat(got(asked.snapshot(reader, true)).failure()).isEqualTo(Failure.DENIED);
        assertThat(got(asked.snapshot(MANAGER, true)).failure()).isNull();
        assertThat(got(asked.restore(reader, root)).failure()).isEqualTo(Failure.DENIED);
        assertThat(got(asked.renew(Caller.of("no such"), UUID.randomUUID().toString())))
            .isInstanceOfSatisfying(
                ReadOutcome.Failed.class,
                failed -> assertThat(failed.failure()).isEqualTo(Failure.DENIED));
      }
    }
  }

  private static Forwarded.LeaveAnswer leave(Node node, boolean fromServer, Forwarded.Leave leave)
      throws Exception {
    byte[] answer =
        got(
            node.server
                .handler(Duration.ofMinutes(10), RequestRates.NONE)
                .onRequest(ForwardCodec.encode(leave), "127.0.0.9:1", fromServer));
    return (Forwarded.LeaveAnswer) ForwardCodec.decodeAnswer(answer);
  }

  @Test
  void nobodyTakesOutServersOrNodesWithoutTheirRights() throws Exception {
    try (LoopbackCluster cluster = kept()) {
      List<Node> nodes = cluster.startThree(name -> new LoopbackCluster.Around());
      for (Node node : nodes) {
        awaitManager(node);
      }
      Node leader = cluster.leader(nodes);
      Node other = nodes.get(0) == leader ? nodes.get(1) : nodes.get(0);
      String id = UUID.randomUUID().toString();
      applied(
          write(
              leader,
              MANAGER,
              new Command.Register(
                  new org.comitia.state.Node(
                      id, "client", "127.0.0.9", "dc1", Map.of(), Map.of(), 0, 0),
                  false,
                  null,
                  List.of())));
      String clients = token(leader, "node \"client\" { policy = \"write\" }");
      String others = token(leader, "node \"%s\" { policy = \"write\" }".formatted(other.name));
      for (Node node : nodes) {
        await(
            "the tokens are there",
            () -> node.server.state().version().access().bySecret(others) != null);
        for (Caller caller : List.of(Caller.ANONYMOUS, Caller.of(clients))) {
          assertThat(leave(node, true, leaving(caller, other)).reason())
              .contains("lacks permission 'operator:write'");
        }
        for (Caller caller : List.of(Caller.ANONYMOUS, Caller.of(others))) {
          assertThat(leave(node, true, new Forwarded.Leave(1, caller, null, "Client", id)).reason())
              .contains("lacks permission 'node:write' on \"client\"");
        }
        // Its own node goes with a server, not somebody else's.
        assertThat(
                leave(
                        node,
                        false,
                        new Forwarded.Leave(0, Caller.of(others), other.server.id(), "client", id))
                    .reason())
            .contains("lacks permission 'node:write' on \"client\"");
      }
      assertThat(leader.server.status().configuration().servers()).hasSize(3);
      assertThat(leader.server.state().version().nodes()).containsKey("client");
      assertThat(
              leave(other, false, new Forwarded.Leave(0, Caller.of(clients), null, "client", id))
                  .removedAt())
          .isNotNegative();
      await("it is gone", () -> !leader.server.state().version().nodes().containsKey("client"));
      assertThat(other.server.leave(Caller.ANONYMOUS, Duration.ofSeconds(14)))
          .contains("lacks permission 'operator:write'");
      assertThat(other.server.leave(Caller.of(others), Duration.ofSeconds(14))).isNull();
    }
  }

  private static Forwarded.Leave leaving(Caller caller, Node node) {
    return new Forwarded.Leave(
        0, caller, node.server.id(), node.name, node.server.id().node().toString());
  }
}
