package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.raft.Entry;
import org.comitia.raft.Persist;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.participant.Recovered;
import org.comitia.state.Command;
import org.comitia.state.QueryResult.KvEntryResult;
import org.comitia.wire.Commands;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two of three servers are lost for good, and a person has the third one go on. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class QuorumRecoveryTest {
  @TempDir Path root;

  @Test
  void theSurvivorGoesOnWithAllOfItsLogAndTheOthersJoinItWiped() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node survivor = threeWith20Keys(cluster);
      UUID before = survivor.server.status().cluster();
      UUID node = survivor.server.id().node();
      List<String> lost = othersThan(survivor);

      cluster.stop(survivor);
      long lastIndex = appendedOnlyHere(survivor.name, "unacknowledged");

      Recovered done = recover(survivor.name, node);
      assertThat(done.predecessor()).isEqualTo(before);
      assertThat(done.lastIndex()).isEqualTo(lastIndex);
      assertThat(done.knownIndex()).isLessThan(lastIndex);
      assertThat(done.dropped().servers()).extracting(s -> s.name()).containsAll(lost).hasSize(2);

      Node alone = cluster.start(survivor.name, 3, false);
      cluster.tellMembers();
      await("it leads alone", () -> alone.server.status().established());
      assertThat(alone.server.status().cluster()).isEqualTo(done.cluster()).isNotEqualTo(before);
      assertThat(alone.server.id().incarnation()).isNotEqualTo(survivor.server.id().incarnation());
      assertThat(alone.server.recoveries()).containsExactly(done);
      hasTheKeys(alone);
      assertThat(has(alone, "unacknowledged")).isTrue();

      for (String name : lost) {
        delete(root.resolve(name));
        Node joined = cluster.start(name, 3, false);
        cluster.tellMembers();
        await(
            name + " is a voter again",
            () -> alone.server.status().configuration().isVoter(joined.server.id()));
        assertThat(joined.server.status().cluster()).isEqualTo(done.cluster());
        hasTheKeys(joined);
      }
      assertThat(LoopbackCluster.put(alone, "after").get(20, TimeUnit.SECONDS))
          .isInstanceOf(WriteOutcome.Applied.class);
    }
  }

  @Test
  void aDroppedServerThatComesBackTakesNoPartInTheNewCluster() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node survivor = threeWith20Keys(cluster);
      String dropped = othersThan(survivor).get(0);
      cluster.stop(survivor);
      recover(survivor.name, survivor.server.id().node());
      Node alone = cluster.start(survivor.name, 3, false);
      Node back = cluster.start(dropped, 3, false);
      cluster.tellMembers();
      await("the survivor leads", () -> alone.server.status().established());
      await(
          "what the dropped one sends is dropped",
          () -> alone.server.figures().foreignFrames() > 0);
      cluster.awaitRounds(20);
      ServerId foreign = back.server.id();
      assertThat(alone.server.status().configuration().servers())
          .extracting(s -> s.id().node())
          .doesNotContain(foreign.node());
      assertThat(back.server.status().hasLeader()).isFalse();
      assertThat(back.server.status().cluster()).isNotEqualTo(alone.server.status().cluster());

      cluster.stop(back);
      delete(root.resolve(dropped));
      Node wiped = cluster.start(dropped, 3, false);
      cluster.tellMembers();
      await(
          "wiped it joins", () -> alone.server.status().configuration().isVoter(wiped.server.id()));
      hasTheKeys(wiped);
    }
  }

  @Test
  void aServerThatNeedsNobodyOrHasNothingIsSeen() throws Exception {
    try (LoopbackCluster cluster = new LoopbackCluster(root)) {
      Node alone = cluster.start("n1", 0, true);
      await("it leads", () -> alone.server.status().established());
      cluster.stop(alone);
      try (LoopbackCluster.Stores stores =
          LoopbackCluster.Stores.open(root.resolve("n1").resolve("raft"))) {
        QuorumRecovery recovery =
            QuorumRecovery.of(stores.log(), stores.catalog(), alone.server.id().node(), 0);
        assertThat(recovery.isNeedless()).isTrue();
        assertThat(recovery.objection()).isEmpty();
      }
    }
    try (LoopbackCluster.Stores stores = LoopbackCluster.Stores.open(root.resolve("new/raft"))) {
      QuorumRecovery recovery =
          QuorumRecovery.of(stores.log(), stores.catalog(), UUID.randomUUID(), 0);
      assertThat(recovery.isNeedless()).isFalse();
      assertThat(recovery.objection()).contains("never been in a cluster");
    }
  }

  /** Three servers of which the two that do not lead are gone; all had twenty keys. */
  private static Node threeWith20Keys(LoopbackCluster cluster) throws Exception {
    List<Node> three = cluster.startThree(name -> new LoopbackCluster.Around());
    Node leader = LoopbackCluster.leader(three);
    for (int i = 0; i < 20; i++) {
      assertThat(LoopbackCluster.put(leader, "k" + i).get(20, TimeUnit.SECONDS))
          .isInstanceOf(WriteOutcome.Applied.class);
    }
    for (Node other : three) {
      if (other != leader) {
        cluster.stop(other);
      }
    }
    return leader;
  }

  /** An entry that a leader had written and nobody else: it was never committed. */
  private long appendedOnlyHere(String name, String key) throws Exception {
    try (LoopbackCluster.Stores stores =
        LoopbackCluster.Stores.open(root.resolve(name).resolve("raft"))) {
      StoredLog log = stores.log().load(0, 0);
      byte[] data = Commands.encode(new Command.KvPut(key, new byte[] {1}, 0, null));
      long index = log.lastIndex() + 1;
      Entry entry = new Entry(index, log.hardState().term(), Entry.Kind.COMMAND, data);
      stores.log().write(List.of(new Persist(1, null, 0, List.of(entry))), Map.of());
      return index;
    }
  }

  private static List<String> othersThan(Node survivor) {
    return Stream.of("n1", "n2", "n3").filter(name -> !name.equals(survivor.name)).toList();
  }

  private Recovered recover(String name, UUID node) throws Exception {
    try (LoopbackCluster.Stores stores =
        LoopbackCluster.Stores.open(root.resolve(name).resolve("raft"))) {
      QuorumRecovery recovery = QuorumRecovery.of(stores.log(), stores.catalog(), node, 0);
      assertThat(recovery.objection()).isEmpty();
      assertThat(recovery.isNeedless()).isFalse();
      return recovery.carryOut(
          name, "127.0.0.1:1", UUID.randomUUID(), UUID.randomUUID(), System.currentTimeMillis());
    }
  }

  private static void hasTheKeys(Node node) throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThat(has(node, "k" + i)).as("k" + i + " at " + node.name).isTrue();
    }
  }

  private static boolean has(Node node, String key) throws Exception {
    ReadOutcome<KvEntryResult> outcome =
        LoopbackCluster.get(node, key, Read.Consistency.DEFAULT).get(20, TimeUnit.SECONDS);
    return outcome instanceof ReadOutcome.Answer<KvEntryResult> answer
        && answer.result().entry() != null;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
