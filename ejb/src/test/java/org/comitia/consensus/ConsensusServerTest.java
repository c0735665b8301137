package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Member;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.Message;
import org.comitia.raft.Server;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.QueryResult.KvEntryResult;
import org.comitia.state.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The driver with real stores and sockets: servers in one JVM. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ConsensusServerTest {
  @TempDir Path root;

  @Test
  void aBootstrappedServerAnswersWritesAndReadsAndKeepsThemOverARestart() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      await("n1 leads", () -> a.server.status().established());

      assertThat(put(a, "k", "v")).isInstanceOf(WriteOutcome.Applied.class);
      assertThat(get(a, "k", Read.Consistency.DEFAULT)).isEqualTo("v");

      cluster.stop(a);
      Node again = cluster.start("n1", 0, true);
      await("n1 leads again", () -> again.server.status().established());
      assertThat(get(again, "k", Read.Consistency.DEFAULT)).isEqualTo("v");
    }
  }

  @Test
  void aStoreThatWasCopiedUnderAnotherNodeIdIsRefused() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      await("n1 leads", () -> a.server.status().established());
      cluster.stop(a);

      UUID kept = a.server.id().node();
      UUID other = cluster.newNodeId("n1");
      assertThatThrownBy(() -> cluster.start("n1", 0, true))
          .isInstanceOf(StoreException.class)
          .hasMessageStartingWith("COM1021: ")
          .hasMessageContaining("belongs to node " + kept + " (n1)")
          .hasMessageContaining("says " + other);
    }
  }

  @Test
  void threeServersBootstrapOnceTheyKnowEachOther() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      List<Node> nodes =
          List.of(
              cluster.start("n1", 3, false),
              cluster.start("n2", 3, false),
              cluster.start("n3", 3, false));
      assertThat(nodes.get(0).server.whyNoLeader())
          .startsWith("COM2020: no cluster yet: waiting for 3 servers");
      cluster.tellMembers();
      await("all know a leader", () -> nodes.stream().allMatch(n -> n.server.status().hasLeader()));

      for (Node node : nodes) {
        assertThat(put(node, "from-" + node.name, node.name))
            .as("write through %s", node.name)
            .isEqualTo(outcomeOf(node, "from-" + node.name));
      }
      for (Node node : nodes) {
        for (Node other : nodes) {
          assertThat(get(node, "from-" + other.name, Read.Consistency.DEFAULT))
              .isEqualTo(other.name);
        }
      }
    }
  }

  @Test
  void oneChangeAnswersEveryReadThatWaitedForIt() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      await("n1 leads", () -> a.server.status().established());
      put(a, "k", "before");
      put(a, "other", "before");
      List<CompletableFuture<? extends ReadOutcome<?>>> waiting = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        Query<?> query = i % 2 == 0 ? new Query.KvGet("k") : new Query.KvList("k");
        waiting.add(block(a, query));
      }
      var unmoved = block(a, new Query.KvGet("other"));

      put(a, "k", "after");

      for (CompletableFuture<? extends ReadOutcome<?>> one : waiting) {
        QueryResult result = ((ReadOutcome.Answer<?>) one.get(30, TimeUnit.SECONDS)).result();
        byte[] value =
            result instanceof QueryResult.KvEntryResult entry
                ? entry.entry().value()
                : ((QueryResult.KvEntries) result).entries().get(0).value();
        assertThat(new String(value, StandardCharsets.UTF_8)).isEqualTo("after");
      }
      assertThat(unmoved).isNotDone();
      put(a, "other", "after");
      assertThat(unmoved.get(30, TimeUnit.SECONDS)).isInstanceOf(ReadOutcome.Answer.class);
    }
  }

  private static <R extends QueryResult> CompletableFuture<ReadOutcome<R>> block(
      Node node, Query<R> query) throws Exception {
    Read<R> now =
        new Read<>(Caller.ANONYMOUS, query, Read.Consistency.DEFAULT, 0, Duration.ZERO, null);
    ReadOutcome.Answer<R> answer =
        (ReadOutcome.Answer<R>)
            node.server.cluster().read(now).toCompletableFuture().get(30, TimeUnit.SECONDS);
    return node.server
        .cluster()
        .read(
            new Read<>(
                Caller.ANONYMOUS,
                query,
                Read.Consistency.DEFAULT,
                answer.result().index(),
                Duration.ofMinutes(5),
                null))
        .toCompletableFuture();
  }

  @Test
  void serversJoinALeaderAndTakeOverWhenItStops() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      Node b = cluster.start("n2", 0, false);
      Node c = cluster.start("n3", 0, false);
      cluster.tellMembers();
      await("three voters", () -> c.server.status().configuration().voters().size() == 3);
      put(a, "k", "before");
      cluster.stop(a);
      await("another leads", () -> b.server.status().isLeader() || c.server.status().isLeader());
      put(b, "k", "after");
      assertThat(get(c, "k", Read.Consistency.DEFAULT)).isEqualTo("after");
      Node again = cluster.start("n1", 0, false);
      cluster.tellMembers();
      await("n1 has caught up", () -> "after".equals(get(again, "k", Read.Consistency.STALE)));
    }
  }

  @Test
  void aServerThatLeavesIsRemoved() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      Node b = cluster.start("n2", 0, false);
      Node c = cluster.start("n3", 0, false);
      cluster.tellMembers();
      await("three voters", () -> a.server.status().configuration().voters().size() == 3);
      cluster.leaving("n1");
      assertThat(a.server.leave(Caller.ANONYMOUS, Duration.ofSeconds(14))).isNull();
      cluster.stop(a);
      await("two are left", () -> b.server.status().configuration().servers().size() == 2);
      assertThat(put(c, "k", "v")).isInstanceOf(WriteOutcome.Applied.class);
    }
  }

  /** A person's word against a server that is gone: asked at a follower, found by the leader. */
  @Test
  void aServerThatIsGoneIsRemovedByItsAddressOrId() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      Node b = cluster.start("n2", 0, false);
      Node c = cluster.start("n3", 0, false);
      cluster.tellMembers();
      await("three voters", () -> c.server.status().configuration().voters().size() == 3);
      Server gone =
          c.server.status().configuration().servers().stream()
              .filter(server -> server.name().equals("n2"))
              .findFirst()
              .orElseThrow();
      String id = gone.id().node().toString();
      cluster.stop(b);

      assertThat(removed(c, "", "1.2.3.4:8300"))
          .isEqualTo("address \"1.2.3.4:8300\" was not found in the Raft configuration");
      assertThat(removed(c, "", gone.address())).isEmpty();
      await("two are left", () -> c.server.status().configuration().servers().size() == 2);
      assertThat(removed(a, id, ""))
          .isEqualTo("id \"" + id + "\" was not found in the Raft configuration");
      cluster.stop(a);
      cluster.stop(c);
    }
  }

  /** Whoever acts on what a leader has sent asks the leader, which is to know it by then. */
  @Test
  void aLeaderShowsAConfigurationBeforeItSendsIt() throws Exception {
    Node[] leader = new Node[1];
    List<String> early = new CopyOnWriteArrayList<>();
    AtomicInteger sent = new AtomicInteger();
    LoopbackCluster.Around around = new LoopbackCluster.Around();
    around.transport =
        transport ->
            Wrapped.before(
                Transport.class,
                transport,
                (method, arguments) -> {
                  if (method.getName().equals("send")
                      && arguments[1] instanceof Envelope envelope
                      && envelope.message() instanceof Message.AppendRequest append) {
                    for (Entry entry : append.entries()) {
                      if (entry.kind() == Entry.Kind.CONFIGURATION) {
                        sent.incrementAndGet();
                        long shown = leader[0].server.status().configurationIndex();
                        if (shown < entry.index()) {
                          early.add("sent " + entry.index() + ", shown " + shown);
                        }
                      }
                    }
                  }
                });
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      leader[0] = cluster.start("n1", 0, true, around);
      Node c = cluster.start("n3", 0, false);
      cluster.tellMembers();
      await("two voters", () -> c.server.status().configuration().voters().size() == 2);
    }
    assertThat(sent.get()).isPositive();
    assertThat(early).isEmpty();
  }

  /** Its last word as a leader is that it is removed: it knows that though it leads no more. */
  @Test
  void aLeaderThatRemovesItselfIsAcknowledgedAndRemovedOnce() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      Node c = cluster.start("n3", 0, false);
      cluster.tellMembers();
      await("two voters", () -> c.server.status().configuration().voters().size() == 2);
      Server self =
          a.server.status().configuration().servers().stream()
              .filter(server -> server.name().equals("n1"))
              .findFirst()
              .orElseThrow();
      a.tags.put(Member.Tags.LEAVING, "1"); // nobody is to add it again
      cluster.tellMembers();
      assertThat(removed(c, "", self.address())).isEmpty();
      await("n3 leads alone", () -> c.server.status().established());
      assertThat(c.server.status().configuration().servers()).hasSize(1);
      assertThat(removed(c, "", c.server.status().leaderAddress())).contains("last voter");
    }
  }

  private static String removed(Node node, String id, String address) throws Exception {
    return node.server
        .cluster()
        .removePeer(Caller.ANONYMOUS, id, address)
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS)
        .message();
  }

  @Test
  void theLastVoterDoesNotLeave() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      await("n1 leads", () -> a.server.status().established());
      assertThat(a.server.leave(Caller.ANONYMOUS, Duration.ofSeconds(3))).contains("last voter");
      assertThat(put(a, "k", "v")).isInstanceOf(WriteOutcome.Applied.class);
    }
  }

  @Test
  void aBlockingReadIsAnsweredByTheWriteItWaitsFor() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      await("n1 leads", () -> a.server.status().established());
      long index = ((WriteOutcome.Applied) put(a, "k", "1")).index();
      var waiting =
          a.server
              .cluster()
              .read(
                  new Read<>(
                      Caller.ANONYMOUS,
                      new Query.KvGet("k"),
                      Read.Consistency.DEFAULT,
                      index,
                      Duration.ofSeconds(60),
                      null))
              .toCompletableFuture();
      await("it waits", () -> a.server.figures().blockingQueries() == 1);
      put(a, "other", "2");
      assertThat(waiting).isNotDone();
      put(a, "k", "3");
      assertThat(waiting.get(20, TimeUnit.SECONDS)).isInstanceOf(ReadOutcome.Answer.class);
    }
  }

  @Test
  void anIndexFromAnotherLifeIsAnsweredAtOnceUnlessStaleReadsWaitForIt() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      await("n1 leads", () -> a.server.status().established());
      long index = ((WriteOutcome.Applied) put(a, "k", "1")).index();
      await("all is applied", () -> a.server.figures().appliedIndex() >= index);
      long applied = a.server.figures().appliedIndex();
      long later = applied + 1_000; // the leader's duties may write meanwhile

      var above = blocking(a, Read.Consistency.DEFAULT, later);
      ReadOutcome.Answer<?> answer = (ReadOutcome.Answer<?>) above.get(20, TimeUnit.SECONDS);
      assertThat(answer.result().index()).isEqualTo(index);
      assertThat(blocking(a, Read.Consistency.CONSISTENT, later).get(20, TimeUnit.SECONDS))
          .isEqualTo(answer);

      var at = blocking(a, Read.Consistency.DEFAULT, applied);
      var stale = blocking(a, Read.Consistency.STALE, later);
      await("both wait", () -> a.server.figures().blockingQueries() == 2);
      assertThat(at).isNotDone();
      assertThat(stale).isNotDone();
    }
  }

  private static CompletableFuture<ReadOutcome<KvEntryResult>> blocking(
      Node node, Read.Consistency consistency, long index) {
    Read<KvEntryResult> read =
        new Read<>(
            Caller.ANONYMOUS,
            new Query.KvGet("k"),
            consistency,
            index,
            Duration.ofMinutes(60),
            null);
    return node.server.cluster().read(read).toCompletableFuture();
  }

  @Test
  void whatWaitsIsAnsweredBeforeAStop() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      await("n1 leads", () -> a.server.status().established());
      long index = ((WriteOutcome.Applied) put(a, "k", "1")).index();
      Read<KvEntryResult> read =
          new Read<>(
              Caller.ANONYMOUS,
              new Query.KvGet("k"),
              Read.Consistency.DEFAULT,
              index,
              Duration.ofMinutes(60),
              null);
      var waiting = a.server.cluster().read(read).toCompletableFuture();
      await("it waits", () -> a.server.figures().blockingQueries() == 1);

      a.server.answerWaiting();
      ReadOutcome.Answer<?> answer = (ReadOutcome.Answer<?>) waiting.get(20, TimeUnit.SECONDS);
      assertThat(answer.result().index()).as("nothing has changed").isEqualTo(index);
      var late = a.server.cluster().read(read).toCompletableFuture();
      assertThat(late.get(20, TimeUnit.SECONDS)).as("one that comes now").isEqualTo(answer);
      assertThat(a.server.figures().blockingQueries()).isZero();
    }
  }

  @Test
  void withoutALeaderAWriteIsHeldAndThenRefusedAsSurelyNotApplied() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 3, false);
      assertThat(put(a, "k", "v"))
          .isEqualTo(new WriteOutcome.NotApplied(Failure.NO_LEADER, "No cluster leader"));
    }
  }

  @Test
  void aSessionIsRenewedThroughEveryServerAndAcrossAChangeOfLeaders() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node a = cluster.start("n1", 0, true);
      Node b = cluster.start("n2", 0, false);
      Node c = cluster.start("n3", 0, false);
      cluster.tellMembers();
      await("three voters", () -> c.server.status().configuration().voters().size() == 3);
      await("n1 is registered", () -> sessionOn(a, "n1", SESSION) != null);
      for (Node node : List.of(a, b, c)) {
        assertThat(renew(node, SESSION)).as("through %s", node.name).containsExactly(SESSION);
        assertThat(renew(node, "no such session")).isEmpty();
      }
      cluster.stop(a);
      assertThat(renew(b, SESSION)).containsExactly(SESSION);
      assertThat(renew(c, SESSION)).containsExactly(SESSION);
    }
  }

  private static final String SESSION = "3dd9c5e2-0c5a-4e3b-9d11-4b5f6c0a7e21";

  /** Null while the node is not there. */
  private static WriteOutcome.Applied sessionOn(Node through, String node, String id) {
    Session session =
        new Session(id, "", node, 0, Session.Behavior.RELEASE, "10s", List.of(), List.of(), 0, 0);
    try {
      WriteOutcome outcome =
          through
              .server
              .cluster()
              .write(Caller.ANONYMOUS, new Command.SessionCreate(session))
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
      WriteOutcome.Applied applied = (WriteOutcome.Applied) outcome;
      return applied.result() instanceof CommandResult.Done ? applied : null;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> renew(Node node, String session) throws Exception {
    ReadOutcome<QueryResult.SessionList> outcome =
        node.server
            .cluster()
            .renew(Caller.ANONYMOUS, session)
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
    assertThat(outcome).isInstanceOf(ReadOutcome.Answer.class);
    return ((ReadOutcome.Answer<QueryResult.SessionList>) outcome)
        .result().sessions().stream().map(Session::id).toList();
  }

  private static WriteOutcome put(Node node, String key, String value) throws Exception {
    return node.server
        .cluster()
        .write(
            Caller.ANONYMOUS,
            new Command.KvPut(key, value.getBytes(StandardCharsets.UTF_8), 0, null))
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  /** The outcome that the write of this key must have had: done, at the key's own index. */
  private static WriteOutcome outcomeOf(Node node, String key) throws Exception {
    KvEntryResult result = read(node, key, Read.Consistency.DEFAULT).result();
    return new WriteOutcome.Applied(result.entry().modifyIndex(), new CommandResult.Done(true));
  }

  private static String get(Node node, String key, Read.Consistency consistency) {
    try {
      KvEntryResult result = read(node, key, consistency).result();
      return result.entry() == null
          ? null
          : new String(result.entry().value(), StandardCharsets.UTF_8);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static ReadOutcome.Answer<KvEntryResult> read(
      Node node, String key, Read.Consistency consistency) throws Exception {
    return (ReadOutcome.Answer<KvEntryResult>)
        node.server
            .cluster()
            .read(
                new Read<>(
                    Caller.ANONYMOUS, new Query.KvGet(key), consistency, 0, Duration.ZERO, null))
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
  }
}
