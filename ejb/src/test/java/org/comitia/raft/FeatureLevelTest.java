package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.raft.TestCluster.id;
import static org.comitia.raft.TestCluster.server;

import org.junit.jupiter.api.Test;

/** What a leader knows of the feature levels that the others know. */
class FeatureLevelTest {
  private final TestCluster cluster = TestCluster.of(3);

  private int lowest() {
    return cluster.core(1).lowestLevel(cluster.now);
  }

  private int of(int number) {
    return cluster.core(1).levelOf(id(number), cluster.now);
  }

  private void restart(int number, int level) {
    cluster.node(number).level = level;
    cluster.node(number).restart();
  }

  private void restartAll(int level) {
    for (int number = 1; number <= 3; number++) {
      restart(number, level);
    }
  }

  @Test
  void onlyALeaderKnows() {
    restartAll(2);
    cluster.elect(1);
    cluster.run(300);
    assertThat(lowest()).isEqualTo(2);
    assertThat(cluster.core(2).lowestLevel(cluster.now)).isEqualTo(-1);
    assertThat(cluster.core(2).levelOf(id(1), cluster.now)).isEqualTo(-1);
    assertThat(of(9)).as("a stranger").isEqualTo(-1);
  }

  @Test
  void itIsWhatTheLeaderAndAllOthersKnow() {
    restartAll(2);
    restart(3, 1);
    cluster.elect(1);
    cluster.run(300);
    assertThat(of(2)).isEqualTo(2);
    assertThat(of(3)).isEqualTo(1);
    assertThat(lowest()).isEqualTo(1);
    restart(3, 5);
    cluster.run(300);
    assertThat(lowest()).as("no more than the leader itself").isEqualTo(2);
  }

  @Test
  void whoHasNotAnsweredThisLeaderCountsAsKnowingNothing() {
    restartAll(1);
    cluster.lost = flight -> flight.from() == 3;
    cluster.elect(1);
    cluster.run(300);
    assertThat(of(2)).isEqualTo(1);
    assertThat(lowest()).isZero();
    cluster.lost = flight -> false;
    cluster.run(300);
    assertThat(lowest()).isEqualTo(1);
  }

  /** It may come back as another build. */
  @Test
  void whoFallsSilentCountsAsKnowingNothingAndWhoComesBackTellsAnew() {
    restartAll(1);
    cluster.elect(1);
    cluster.run(300);
    assertThat(lowest()).isEqualTo(1);
    cluster.lost = flight -> flight.from() == 3;
    cluster.run(600);
    assertThat(of(3)).isEqualTo(-1);
    assertThat(lowest()).isZero();
    restart(3, 0);
    cluster.lost = flight -> false;
    cluster.run(300);
    assertThat(of(3)).isZero();
    assertThat(lowest()).isZero();
  }

  @Test
  void aLearnerCountsAsWell() {
    restartAll(1);
    cluster.elect(1);
    cluster.run(300);
    cluster.add(4);
    cluster.core(1).addLearner(server(4, false), cluster.now);
    assertThat(lowest()).as("as soon as it is in the configuration").isZero();
    cluster.run(1_000);
    assertThat(cluster.core(4).lastIndex()).isEqualTo(cluster.core(1).lastIndex());
    assertThat(lowest()).isZero();
    restart(4, 1);
    cluster.run(300);
    assertThat(lowest()).isEqualTo(1);
  }

  /** A refusal is an answer too: whoever lags tells it before it has caught up. */
  @Test
  void refusalsTellItToo() {
    restartAll(1);
    cluster.elect(1);
    cluster.run(300);
    Message refusal = new Message.AppendResponse(cluster.core(1).term(), false, 0, 0, 0, 0, 7);
    cluster.core(1).receive(id(2), refusal, cluster.now);
    assertThat(of(2)).isEqualTo(7);
  }
}
