package org.comitia.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.Caller;
import org.comitia.cluster.WriteOutcome;
import org.comitia.recovery.RecoveryRequest;
import org.comitia.state.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a start does about {@code peers.json} and {@code recover.json}. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class LostQuorumTest {
  private static final String HOSTS = "127.0.69.1";
  private static final String[] EXPECT_TWO = {
    "comitia.server", "true", "comitia.bootstrap-expect", "2", "comitia.retry-join", HOSTS + "1"
  };

  @TempDir Path root;

  private final TestNode.Shared shared = new TestNode.Shared();

  @AfterEach
  void close() {
    shared.close();
  }

  private TestNode start(int number) throws Exception {
    Path dir = root.resolve("n" + number);
    return TestNode.start(shared, "n" + number, HOSTS + number, dir, EXPECT_TWO);
  }

  private Path raft() {
    return root.resolve("n1/raft");
  }

  private void peers(String text) throws Exception {
    Files.writeString(raft().resolve(RecoveryRequest.PEERS), text);
  }

  private String nodeId() throws Exception {
    return Files.readString(root.resolve("n1/node-id")).strip();
  }

  private String self() throws Exception {
    return "{\"id\": \"" + nodeId() + "\", \"address\": \"" + HOSTS + "1:18300\"}";
  }

  private void refused(String content, String text) throws Exception {
    peers(content);
    byte[] log = Files.readAllBytes(raft().resolve("log.db"));
    assertThatThrownBy(() -> start(1))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(text)
        .hasMessageContaining("nothing was changed");
    assertThat(raft().resolve(RecoveryRequest.PEERS)).as("the file stays").exists();
    assertThat(Files.readAllBytes(raft().resolve("log.db"))).isEqualTo(log);
    Files.delete(raft().resolve(RecoveryRequest.PEERS));
  }

  /** The first of two servers, both stopped; of which the second one is lost. */
  private String oneOfTwo() throws Exception {
    List<TestNode> two = new ArrayList<>();
    try {
      two.add(start(1));
      two.add(start(2));
      TestNode first = two.get(0);
      await("they have a leader", () -> two.stream().anyMatch(LostQuorumTest::leads));
      WriteOutcome outcome =
          first
              .runtime()
              .cluster()
              .write(
                  Caller.ANONYMOUS,
                  new Command.KvPut("k", "v".getBytes(StandardCharsets.UTF_8), 0, null))
              .toCompletableFuture()
              .get(20, TimeUnit.SECONDS);
      assertThat(outcome).isInstanceOf(WriteOutcome.Applied.class);
      return first.info("consul", "cluster_id");
    } finally {
      for (TestNode node : two) {
        node.close();
      }
    }
  }

  @Test
  void aFileThatSaysNothingThatIsSafeRefusesTheStartAndChangesNothing() throws Exception {
    try (TestNode fresh = start(1)) {
      assertThat(fresh.alive()).containsExactly("n1");
    }
    refused("[" + self() + "]", "COM1043: recovery failed: ");
    String before = oneOfTwo();
    refused("[", "COM1040: recovery failed to parse peers.json: ");
    refused("[" + self() + ", \"10.0.0.2:8300\"]", "COM1041: ");
    refused("[\"10.0.0.2:8300\"]", "but not this server, " + nodeId());
    refused("[" + self().replace("}", ", \"non_voter\": true}") + "]", "is no voter");
    RecoveryRequest.Expected other =
        new RecoveryRequest.Expected(UUID.fromString(before), UUID.randomUUID(), 7, 1);
    Path request = raft().resolve(RecoveryRequest.REQUEST);
    Files.write(request, other.encode());
    assertThatThrownBy(() -> start(1)).hasMessageContaining("COM1042: ");
    Files.delete(request);
    try (TestNode first = start(1);
        TestNode second = start(2)) {
      await("the two go on", () -> leads(first) || leads(second));
      assertThat(first.info("consul", "cluster_id")).isEqualTo(before);
      assertThat(second.info("raft", "recovered_from")).isNull();
    }
  }

  @Test
  void peersJsonMakesTheOneServerItListsGoOnAloneAndIsDeleted() throws Exception {
    String before = oneOfTwo();
    assertThat(raft().resolve("peers.info")).content().contains(nodeId(), HOSTS + "1:18300");
    peers("[\"" + HOSTS + "1:18300\"]");
    String after;
    try (TestNode alone = start(1)) {
      await("it leads", () -> leads(alone));
      after = alone.info("consul", "cluster_id");
      assertThat(after).isNotEqualTo(before);
      assertThat(raft().resolve(RecoveryRequest.PEERS)).doesNotExist();
      assertThat(alone.info("raft", "recovered_from")).isEqualTo(before);
      assertThat(alone.info("raft", "recovered_dropped")).contains("n2");
      try (TestNode dropped = start(2)) {
        await(
            "it says that it was dropped",
            () ->
                String.valueOf(dropped.info("consul", "no_leader_reason"))
                    .contains("COM2004: Member 'n1'"));
        assertThat(dropped.info("consul", "no_leader_reason"))
            .startsWith("COM2023: ")
            .contains("this server was dropped: stop it, move its raft/ folder away");
      }
    }
    // A crash may have come before the file was deleted.
    peers("[" + self() + "]");
    try (TestNode again = start(1)) {
      await("it leads", () -> leads(again));
      assertThat(again.info("consul", "cluster_id")).isEqualTo(after);
      assertThat(raft().resolve(RecoveryRequest.PEERS)).doesNotExist();
    }
  }

  @Test
  void aDroppedServerIsToldTheWayBackOnBothSides() throws Exception {
    oneOfTwo();
    peers("[" + self() + "]");
    try (TestNode alone = start(1);
        TestNode dropped = start(2)) {
      await("it leads", () -> leads(alone));
      assertThat(joined(dropped, HOSTS + "1"))
          .startsWith("COM2004: ")
          .contains("recovered from this server's cluster")
          .contains("move its raft/ folder away");
      assertThat(joined(alone, HOSTS + "2"))
          .startsWith("COM2004: ")
          .contains("dropped when this cluster was recovered from that one")
          .contains("move its raft/ folder away");
      assertThat(alone.alive()).containsExactly("n1");
    }
  }

  private static String joined(TestNode node, String address) {
    return node.runtime().agent().join(address);
  }

  private static boolean leads(TestNode node) {
    return "true".equals(node.info("consul", "leader"));
  }
}
