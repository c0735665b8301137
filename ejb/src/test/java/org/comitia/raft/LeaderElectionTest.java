package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Paper §5.2, leader election; thesis §9.6, pre-vote; §4.2.3, disruptive servers. */
class LeaderElectionTest {
  @Test
  void threeServersElectOneLeader() {
    TestCluster cluster = TestCluster.of(3);
    cluster.run(3_000);
    assertThat(cluster.nodes.values().stream().filter(n -> n.core.role() == Role.LEADER).count())
        .as(cluster.describe())
        .isEqualTo(1);
    int leader = TestCluster.numberOf(cluster.core(1).leader());
    assertThat(cluster.propose(leader, "x")).isInstanceOf(Proposal.Accepted.class);
    cluster.run(200);
    assertThat(cluster.core(1).commitIndex()).isEqualTo(3);
    assertThat(cluster.core(2).commitIndex()).isEqualTo(3);
    assertThat(cluster.core(3).commitIndex()).isEqualTo(3);
  }
}
