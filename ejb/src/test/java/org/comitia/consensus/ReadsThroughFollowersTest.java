package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Reply;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.Command;
import org.comitia.state.Query;
import org.comitia.state.QueryResult.KvEntryResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Linearizable reads of servers that do not lead. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ReadsThroughFollowersTest {
  @TempDir Path root;

  private final AtomicInteger questions = new AtomicInteger();
  private final ConcurrentLinkedQueue<Long> answers = new ConcurrentLinkedQueue<>();
  private volatile CompletableFuture<Void> road = CompletableFuture.completedFuture(null);
  private volatile String frozen = "";
  private volatile String askedInstead;
  private final CountDownLatch thaw = new CountDownLatch(1);

  /** Between a server and its transport: counts and holds up its questions, and freezes it. */
  private Around around(String name) {
    Around around = new Around();
    around.transport =
        transport ->
            Wrapped.of(
                Transport.class,
                (method, arguments) -> {
                  if (method.getName().equals("send") && name.equals(frozen)) {
                    thaw.await();
                  }
                  if (method.getName().equals("request")
                      && arguments[1] instanceof Forwarded.ReadIndex question) {
                    return ask(transport, (String) arguments[0], question, (Duration) arguments[2]);
                  }
                  return method.invoke(transport, arguments);
                });
    return around;
  }

  private CompletionStage<Reply<Forwarded.ReadIndexAnswer>> ask(
      Transport transport, String address, Forwarded.ReadIndex question, Duration timeout) {
    String asked = askedInstead == null ? address : askedInstead;
    var reply = transport.request(asked, question, timeout);
    questions.incrementAndGet();
    reply.thenAccept(
        given -> {
          if (given instanceof Reply.Answered<Forwarded.ReadIndexAnswer> answered) {
            answers.add(answered.answer().index());
          }
        });
    return reply.thenCombine(road, (given, open) -> given);
  }

  @Test
  void theReadsThatWaitAtAFollowerShareOneQuestionToTheLeader() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      cluster.raftMultiplier = 5;
      List<Node> nodes = cluster.startThree(this::around);
      Node leader = LoopbackCluster.leader(nodes);
      Node follower = nodes.stream().filter(n -> n != leader).findFirst().orElseThrow();
      put(leader, 1);
      assertThat(value(get(follower))).isEqualTo(1);

      questions.set(0);
      road = new CompletableFuture<>();
      List<CompletableFuture<ReadOutcome<KvEntryResult>>> reads = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        reads.add(get(follower));
      }
      road.complete(null);
      for (CompletableFuture<ReadOutcome<KvEntryResult>> read : reads) {
        assertThat(value(read)).isEqualTo(1);
      }
      assertThat(questions).as("the first read's, and that of the others").hasValue(2);
    }
  }

  @Test
  void aLeaderThatWasFrozenAndReplacedGivesAFollowerNoIndexBeforeAnAcknowledgedWrite()
      throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      List<Node> nodes = cluster.startThree(this::around);
      Node former = LoopbackCluster.leader(nodes);
      String address = former.server.status().leaderAddress();
      put(former, 1);
      frozen = former.name;
      List<Node> others = nodes.stream().filter(n -> n != former).toList();
      Node next = LoopbackCluster.leader(others);
      Node follower = others.stream().filter(n -> n != next).findFirst().orElseThrow();
      await("it is known", () -> follower.server.status().hasLeader());
      long index = put(next, 2);

      // As if the follower did not know of the change.
      questions.set(0);
      askedInstead = address;
      CompletableFuture<ReadOutcome<KvEntryResult>> read = get(follower);
      await("the former leader is asked", () -> questions.get() > 0);
      follower
          .transport
          .request(
              address,
              new Forwarded.ConfigurationRequest(1, Caller.ANONYMOUS, true),
              Duration.ofSeconds(10))
          .toCompletableFuture()
          .get(20, TimeUnit.SECONDS); // came over the same connection, so the question has as well
      thaw.countDown();
      await("it answered", () -> !answers.isEmpty());
      askedInstead = null;
      assertThat(value(read)).isEqualTo(2);
      assertThat(answers).allMatch(given -> given == -1 || given >= index);
    } finally {
      thaw.countDown();
    }
  }

  @Test
  void readsThroughFollowersSeeWhatWasAcknowledgedBeforeTheyBeganWhoeverLeads() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      List<Node> nodes = cluster.startThree(this::around);
      Node first = LoopbackCluster.leader(nodes);
      List<Node> others = nodes.stream().filter(n -> n != first).toList();
      AtomicLong acknowledged = new AtomicLong();
      AtomicBoolean over = new AtomicBoolean();
      ConcurrentLinkedQueue<String> stale = new ConcurrentLinkedQueue<>();
      AtomicInteger answered = new AtomicInteger();
      List<Thread> threads = new ArrayList<>();
      threads.add(
          new Thread(
              () -> {
                for (long value = 1; !over.get(); value++) {
                  // One that is lost or not known is followed by the next one.
                  WriteOutcome outcome = write(others.get(0), value).join();
                  if (outcome instanceof WriteOutcome.Applied) {
                    acknowledged.set(value);
                  }
                }
              }));
      for (int i = 0; i < 6; i++) {
        Node node = others.get(i % 2);
        threads.add(
            new Thread(
                () -> {
                  while (!over.get()) {
                    long before = acknowledged.get();
                    if (get(node).join() instanceof ReadOutcome.Answer<KvEntryResult> answer) {
                      long value = value(answer.result());
                      answered.incrementAndGet();
                      if (value < before) {
                        stale.add(value + " after " + before);
                      }
                    }
                  }
                }));
      }
      threads.forEach(Thread::start);
      await("reads are answered", () -> answered.get() > 500);
      cluster.stop(first);
      await("another leads", () -> others.stream().anyMatch(n -> n.server.status().isLeader()));
      int then = answered.get();
      await("reads are answered again", () -> answered.get() > then + 500);
      over.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(stale).isEmpty();
    }
  }

  private static long put(Node node, long value) throws Exception {
    WriteOutcome outcome = write(node, value).get(30, TimeUnit.SECONDS);
    assertThat(outcome).isInstanceOf(WriteOutcome.Applied.class);
    return ((WriteOutcome.Applied) outcome).index();
  }

  private static CompletableFuture<WriteOutcome> write(Node node, long value) {
    byte[] bytes = String.valueOf(value).getBytes(StandardCharsets.UTF_8);
    return node.server
        .cluster()
        .write(Caller.ANONYMOUS, new Command.KvPut("k", bytes, 0, null))
        .toCompletableFuture();
  }

  private static CompletableFuture<ReadOutcome<KvEntryResult>> get(Node node) {
    Read<KvEntryResult> read =
        new Read<>(
            Caller.ANONYMOUS,
            new Query.KvGet("k"),
            Read.Consistency.DEFAULT,
            0,
            Duration.ZERO,
            null);
    return node.server.cluster().read(read).toCompletableFuture();
  }

  private static long value(CompletableFuture<ReadOutcome<KvEntryResult>> read) throws Exception {
    ReadOutcome<KvEntryResult> outcome = read.get(30, TimeUnit.SECONDS);
    assertThat(outcome).isInstanceOf(ReadOutcome.Answer.class);
    return value(((ReadOutcome.Answer<KvEntryResult>) outcome).result());
  }

  private static long value(KvEntryResult entry) {
    return entry.entry() == null
        ? 0
        : Long.parseLong(new String(entry.entry().value(), StandardCharsets.UTF_8));
  }
}
