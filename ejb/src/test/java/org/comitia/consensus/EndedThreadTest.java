package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;
import static org.comitia.consensus.LoopbackCluster.get;
import static org.comitia.consensus.LoopbackCluster.put;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A thread that the engine needs ends by an Error, or applying halts. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class EndedThreadTest {
  /** Ends one thread of one server, as soon as a call to one of the server's parts passes it on. */
  private static final class Fault {
    private volatile String thread = "";

    private void strike() {
      if (Thread.currentThread().getName().equals(thread)) {
        throw new AssertionError("struck by the test");
      }
    }

    private Around around() {
      Around around = new Around();
      around.log = store -> Wrapped.before(LogStore.class, store, (method, arguments) -> strike());
      around.transport =
          transport ->
              Wrapped.before(
                  Transport.class,
                  transport,
                  (method, arguments) -> {
                    if (thread.equals("comitia-core")) { // others send too, in the core's turn
                      strike();
                    }
                  });
      around.executor =
          executor ->
              task -> {
                if (thread.equals("comitia-apply")) { // it calls nothing else
                  strike();
                }
                executor.execute(task);
              };
      around.idleThreads = false;
      return around;
    }
  }

  @TempDir Path root;

  private final Map<String, Fault> faults = new HashMap<>();

  private Around around(String name) {
    return faults.computeIfAbsent(name, n -> new Fault()).around();
  }

  @Test
  void aLeaderWhoseCoreThreadEndedIsOutOfServiceAndTheOthersGoOn() throws Exception {
    theLeadersThreadEnds("comitia-core");
  }

  @Test
  void aLeaderWhoseLogThreadEndedIsOutOfServiceAndTheOthersGoOn() throws Exception {
    theLeadersThreadEnds("comitia-log");
  }

  @Test
  void aLeaderWhoseApplyThreadEndedIsOutOfServiceAndTheOthersGoOn() throws Exception {
    theLeadersThreadEnds("comitia-apply");
  }

  private void theLeadersThreadEnds(String thread) throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      List<Node> nodes = cluster.startThree(this::around);
      Node leader = LoopbackCluster.leader(nodes);
      faults.get(leader.name).thread = thread;
      List<CompletableFuture<WriteOutcome>> writes = new ArrayList<>();
      List<CompletableFuture<ReadOutcome<QueryResult.KvEntryResult>>> reads = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        writes.add(put(leader, "k" + i));
        reads.add(get(leader, "k" + i));
      }
      await("its end is known", () -> leader.server.figures().endedThread().contains(thread));
      faults.get(leader.name).thread = "";
      assertOutOfService(leader, thread, "struck by the test");
      for (CompletableFuture<WriteOutcome> write : writes) {
        assertThat(write.get(20, TimeUnit.SECONDS))
            .isInstanceOfAny(
                WriteOutcome.Applied.class,
                WriteOutcome.Unknown.class,
                WriteOutcome.NotApplied.class);
      }
      for (CompletableFuture<ReadOutcome<QueryResult.KvEntryResult>> read : reads) {
        assertThat(read.get(20, TimeUnit.SECONDS)).isNotNull();
      }
      assertTheOthersGoOn(nodes, leader);
    }
  }

  @Test
  void theEndOfTheTransportsOrTheMembershipsThreadTakesALeaderOutOfService() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      List<Node> nodes = cluster.startThree(this::around);
      Node leader = LoopbackCluster.leader(nodes);
      leader
          .server
          .handler(cluster.maxQueryTime, RequestRates.NONE)
          .onEnded(new AssertionError("struck by the test"));
      assertOutOfService(leader, VitalThreads.TRANSPORT, "struck by the test");
      assertTheOthersGoOn(nodes, leader);
      List<Node> others = nodes.stream().filter(node -> node != leader).toList();
      Node next = LoopbackCluster.leader(others);
      next.vital.ended(VitalThreads.MEMBERSHIP, null);
      assertOutOfService(next, VitalThreads.MEMBERSHIP, "");
      assertTheOthersGoOn(nodes, next, leader);
    }
  }

  @Test
  void aThreadThatEndsAfterItWasAskedToIsNoFailure() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node node = cluster.start("n1", 0, true);
      await("n1 leads", () -> node.server.status().established());
      cluster.stop(node);
      assertThat(node.vital.failure()).isEmpty();
    }
  }

  @Test
  void aLeaderThatHaltsAtAnEntryHandsOverAndWritesGoOn() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      List<Node> nodes = cluster.startThree(this::around);
      Node leader = LoopbackCluster.leader(nodes);
      leader
          .server
          .state()
          .watches()
          .register(
              new Query.KvGet("poison"),
              () -> {
                throw new AssertionError("struck by the test");
              });
      CompletableFuture<WriteOutcome> poisoned = put(leader, "poison");
      await("it has halted", () -> !leader.server.figures().applierHalted().isEmpty());
      assertThat(poisoned.get(20, TimeUnit.SECONDS)).isInstanceOf(WriteOutcome.Unknown.class);
      assertTheOthersGoOn(nodes, leader);
      assertThat(leader.server.figures().endedThread()).isEmpty();

      assertThat(put(leader, "through the halted one").get(20, TimeUnit.SECONDS))
          .isInstanceOf(WriteOutcome.Applied.class);
      assertThat(get(leader, "poison").get(20, TimeUnit.SECONDS))
          .isInstanceOfSatisfying(
              ReadOutcome.Failed.class,
              failed -> {
                assertThat(failed.failure()).isEqualTo(Failure.UNAVAILABLE);
                assertThat(failed.message()).contains("applying stopped at index");
              });

      // It does not campaign, but it votes: with the new leader gone the third one leads.
      List<Node> others = new ArrayList<>(nodes);
      others.remove(leader);
      Node next = LoopbackCluster.leader(others);
      cluster.stop(next);
      others.remove(next);
      assertThat(LoopbackCluster.leader(others)).isNotEqualTo(leader);
    }
  }

  private static void assertOutOfService(Node node, String thread, String cause) throws Exception {
    await("it does not lead", () -> !node.server.status().isLeader());
    assertThat(node.server.figures().endedThread()).contains(thread).contains(cause);
    assertThat(put(node, "late").get(20, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            WriteOutcome.NotApplied.class,
            refused -> {
              assertThat(refused.failure()).isEqualTo(Failure.UNAVAILABLE);
              assertThat(refused.message()).contains(thread);
            });
    for (Read.Consistency consistency : Read.Consistency.values()) {
      assertThat(get(node, "late", consistency).get(20, TimeUnit.SECONDS))
          .isInstanceOfSatisfying(
              ReadOutcome.Failed.class,
              failed -> {
                assertThat(failed.failure()).isEqualTo(Failure.UNAVAILABLE);
                assertThat(failed.message()).contains(thread);
              });
    }
    assertThat(
            node.server
                .cluster()
                .renew(Caller.ANONYMOUS, "s")
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS))
        .isInstanceOf(ReadOutcome.Failed.class);
  }

  private static void assertTheOthersGoOn(List<Node> nodes, Node... out) throws Exception {
    Predicate<Node> in = node -> !List.of(out).contains(node);
    List<Node> others = nodes.stream().filter(in).toList();
    LoopbackCluster.leader(others);
    for (Node other : others) {
      await(
          "writes go on",
          () -> {
            try {
              return put(other, "more").get(20, TimeUnit.SECONDS) instanceof WriteOutcome.Applied;
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          });
      assertThat(get(other, "more").get(20, TimeUnit.SECONDS))
          .isInstanceOf(ReadOutcome.Answer.class);
    }
  }
}
