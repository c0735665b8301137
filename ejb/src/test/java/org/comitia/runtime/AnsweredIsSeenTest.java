package org.comitia.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.comitia.Waiting;
import org.comitia.agent.local.LocalServices;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.KvEntry;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whoever was answered by an agent finds what he did in the next read of that agent, whichever
 * server answers it, though the tasks of all of them are held up at random.
 */
class AnsweredIsSeenTest {
  private static final int ROUNDS = 40;
  private static final String NETWORK = "127.0.68.";

  @TempDir Path dir;

  private final TestNode.Shared shared = new TestNode.Shared();
  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void closeAll() {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).close();
    }
    shared.close();
  }

  @Test
  void throughAClientAgent() throws Exception {
    shared.pauseTasks(7);
    for (int n = 1; n <= 3; n++) {
      nodes.add(
          TestNode.start(
              shared,
              "s" + n,
              NETWORK + n,
              dir.resolve("s" + n),
              "comitia.server",
              "true",
              "comitia.bootstrap-expect",
              "3",
              "comitia.raft-multiplier",
              "10",
              "comitia.retry-join",
              NETWORK + "1," + NETWORK + "2," + NETWORK + "3"));
    }
    TestNode client =
        TestNode.start(
            shared,
            "c1",
            NETWORK + "101",
            null,
            "comitia.retry-join",
            NETWORK + "1," + NETWORK + "2," + NETWORK + "3");
    nodes.add(client);
    awaitWrites(client.runtime().cluster());

    for (int i = 0; i < ROUNDS; i++) {
      keyIsSeen(client.runtime().cluster(), i);
      serviceIsSeen(client.runtime().local(), i);
    }
  }

  private static void keyIsSeen(Cluster cluster, int i) throws Exception {
    String value = "v" + i;
    assertThat(
            get(
                cluster.write(
                    Caller.ANONYMOUS,
                    new Command.KvPut("key", value.getBytes(StandardCharsets.UTF_8), 0, null))))
        .isInstanceOf(WriteOutcome.Applied.class);
    assertThat(key(cluster)).isEqualTo(value);
    if (i % 4 == 0) {
      get(cluster.write(Caller.ANONYMOUS, new Command.KvDelete("key", null)));
      assertThat(key(cluster)).isNull();
    }
  }

  private static String key(Cluster cluster) throws Exception {
    ReadOutcome<QueryResult.KvEntryResult> outcome =
        get(
            cluster.read(
                new Read<>(
                    Caller.ANONYMOUS,
                    new Query.KvGet("key"),
                    Read.Consistency.DEFAULT,
                    0,
                    Duration.ZERO,
                    null)));
    KvEntry found =
        outcome.match(
            answer -> answer.result().entry(),
            failed -> {
              throw new AssertionError(failed);
            });
    return found == null ? null : new String(found.value(), StandardCharsets.UTF_8);
  }

  private static void serviceIsSeen(LocalServices local, int i) throws Exception {
    get(
        local.registerService(
            LocalServices.Asker.ANYBODY, Map.of("Name", "web", "Port", 1 + i), false));
    assertThat(local.view().services().get("web").port()).isEqualTo(1 + i);
    get(local.deregisterService(LocalServices.Asker.ANYBODY, "web"));
    assertThat(local.view().services()).isEmpty();
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static void awaitWrites(Cluster cluster) throws Exception {
    Waiting.await(
        60,
        () -> "a write goes through",
        () ->
            cluster
                    .write(Caller.ANONYMOUS, new Command.KvDelete("key", null))
                    .toCompletableFuture()
                    .join()
                instanceof WriteOutcome.Applied);
  }
}
