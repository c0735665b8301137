package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.raft.TestCluster.id;

import org.junit.jupiter.api.Test;

/** Thesis §6.4, linearizable reads by ReadIndex. */
class ReadIndexTest {
  @Test
  void singleServerConfirmsAtOnce() {
    TestCluster cluster = TestCluster.of(1);
    cluster.run(50);
    cluster.core(1).readIndex(1, cluster.now);
    assertThat(cluster.core(1).ready().reads()).containsExactly(new ReadResult(1, 2));
  }

  @Test
  void followerServesNone() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.core(2).readIndex(4, cluster.now);
    assertThat(cluster.core(2).ready().reads()).containsExactly(new ReadResult(4, -1));
  }

  @Test
  void answersFromBeforeTheRequestDoNotConfirmIt() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    read(cluster, 1);
    cluster.settle();
    read(cluster, 2);
    cluster.wires.clear();
    cluster.core(1).receive(id(2), new Message.AppendResponse(2, true, 2, 2, 0, 1, 0), cluster.now);
    cluster.core(1).receive(id(3), new Message.AppendResponse(2, true, 2, 2, 0, 1, 0), cluster.now);
    cluster.core(1).receive(id(3), new Message.AppendResponse(1, true, 2, 2, 0, 2, 0), cluster.now);
    cluster.node(1).work();
    assertThat(cluster.node(1).reads).extracting(ReadResult::requestId).containsExactly(1L);
    cluster.core(1).receive(id(3), new Message.AppendResponse(2, true, 2, 2, 0, 2, 0), cluster.now);
    cluster.node(1).work();
    assertThat(cluster.node(1).reads).extracting(ReadResult::requestId).containsExactly(1L, 2L);
  }

  @Test
  void readsThatArriveTogetherShareARound() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    for (int i = 0; i < 100; i++) {
      cluster.core(1).readIndex(i, cluster.now);
    }
    cluster.node(1).work();
    assertThat(cluster.wires).hasSize(2);
    cluster.settle();
    assertThat(cluster.node(1).reads).hasSize(100).allMatch(r -> r.index() == 2);
  }

  @Test
  void lostRoundIsAskedAgainWithTheNextHeartbeat() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    read(cluster, 1);
    cluster.wires.clear();
    assertThat(cluster.node(1).reads).isEmpty();
    cluster.run(110);
    assertThat(cluster.node(1).reads).containsExactly(new ReadResult(1, 2));
  }

  @Test
  void queuesAreBoundedAndEveryRequestIsAnswered() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.isolate(1);
    for (int i = 0; i < 70_000; i++) {
      cluster.core(1).readIndex(i, cluster.now);
    }
    cluster.node(1).work();
    assertThat(cluster.node(1).reads).hasSize(70_000 - 65_536);
    cluster.run(700);
    assertThat(cluster.node(1).reads).hasSize(70_000).allMatch(r -> !r.confirmed());
  }

  private static void read(TestCluster cluster, long requestId) {
    cluster.core(1).readIndex(requestId, cluster.now);
    cluster.node(1).work();
  }
}
