package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.raft.TestCluster.id;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A disk that is slow, or has failed: the design's rules beyond the paper. */
class DiskTest {
  @Test
  void leaderWhoseDiskAloneIsLateStepsDownAndDoesNotCampaign() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.node(1).syncs = false;
    cluster.propose(1, "x");
    cluster.run(600);
    assertThat(cluster.core(1).role()).isEqualTo(Role.FOLLOWER);
    cluster.node(2).core = null;
    cluster.nodes.remove(2);
    cluster.node(1).events.clear();
    cluster.run(5_000);
    assertThat(cluster.node(1).events(RaftEvent.BecameCandidate.class)).isEmpty();
  }

  @Test
  void leaderWithALateDiskHandsOver() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.run(100);
    cluster.node(1).syncs = false;
    cluster.propose(1, "x");
    cluster.run(520);
    assertThat(cluster.core(1).role()).isEqualTo(Role.FOLLOWER);
    assertThat(cluster.core(3).leader()).as("without an election timeout").isNotNull();
    assertThat(cluster.core(3).leader()).isNotEqualTo(id(1));
  }

  @Test
  void leaderWithAFailedStoreHandsOver() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.run(100);
    cluster.core(1).storeFailed(cluster.now);
    cluster.settle();
    assertThat(cluster.core(3).leader()).isNotNull().isNotEqualTo(id(1));
  }

  @Test
  void followerThatLostWhatItHadAcknowledgedIsToldOnceAndDoesNotCount() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    for (int i = 0; i < 10; i++) {
      cluster.propose(1, "c" + i);
    }
    cluster.run(300);
    TestCluster.Node follower = cluster.node(2);
    follower.disk.removeIf(e -> e.index() > 5);
    follower.restart();
    cluster.run(1_500);
    assertThat(cluster.node(1).events(RaftEvent.AcknowledgedLost.class))
        .containsExactly(new RaftEvent.AcknowledgedLost(TestCluster.server(2, true), 12, 5));
    assertThat(cluster.core(1).caughtUp(id(2))).isFalse();
    assertThat(cluster.core(1).matchIndex(id(2))).as("shown is what it has").isEqualTo(5);
    assertThat(cluster.core(1).role()).isEqualTo(Role.LEADER);
    assertThat(cluster.core(2).isRuledOut()).as("it knows").isTrue();
    assertThat(cluster.core(3).isRuledOut()).isFalse();
    cluster.isolate(3);
    cluster.run(1_000);
    assertThat(cluster.core(1).role()).as("no majority without it").isEqualTo(Role.FOLLOWER);
    cluster.run(3_000);
    assertThat(cluster.core(2).isRuledOut()).as("a new leader does not know").isFalse();
  }

  @Test
  void lateRefusalIsNoLoss() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.propose(1, "x");
    cluster.run(300);
    Message late = new Message.AppendResponse(2, false, 0, 1, 1, 0, 0);
    for (int i = 0; i < 10; i++) {
      cluster.core(1).receive(id(2), late, cluster.now);
      cluster.run(100);
    }
    assertThat(cluster.node(1).events(RaftEvent.AcknowledgedLost.class)).isEmpty();
  }

  @Test
  void nobodyStepsDownWhenAllDisksAreLate() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.nodes.values().forEach(n -> n.syncs = false);
    cluster.propose(1, "x");
    cluster.run(5_000);
    assertThat(cluster.core(1).role()).isEqualTo(Role.LEADER);
    assertThat(cluster.core(1).commitIndex()).isEqualTo(2);
    cluster.nodes.values().forEach(n -> n.syncs = true);
    cluster.nodes.values().forEach(TestCluster.Node::sync);
    cluster.run(200);
    assertThat(cluster.core(1).commitIndex()).isEqualTo(3);
  }

  @Test
  void stalledServerGrantsNoPreVote() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.node(2).syncs = false;
    cluster.propose(1, "x");
    cluster.run(1_000);
    cluster.core(2).peerBroken(id(1), cluster.now);
    cluster.node(2).work();
    cluster.wires.clear();
    cluster.core(2).receive(id(3), new Message.PreVoteRequest(3, 9, 2), cluster.now);
    cluster.node(2).work();
    assertThat(cluster.wires.stream().map(ScenarioText::of))
        .containsExactly("2->3 PreVoteRefused term=2");
  }

  @Test
  void serverWithAFailedStoreNeitherVotesNorAnswersNorCampaigns() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.core(1).storeFailed(cluster.now);
    assertThat(cluster.core(1).role()).isEqualTo(Role.FOLLOWER);
    assertThat(cluster.core(1).propose(List.of(new byte[1]), cluster.now))
        .isInstanceOf(Proposal.NotLeader.class);
    cluster.run(3_000);
    assertThat(cluster.core(1).role()).isEqualTo(Role.FOLLOWER);
    assertThat(cluster.core(1).term()).isEqualTo(2);
    assertThat(cluster.core(2).leader()).isNotNull().isNotEqualTo(id(1));
    cluster.wires.clear();
    cluster.core(1).receive(id(3), new Message.VoteRequest(9, 9, 9, true), cluster.now);
    assertThat(cluster.core(1).ready().isEmpty()).isTrue();
  }

  @Test
  void reopenedServerGoesOnWithWhatItsStoreHolds() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    TestCluster.Node follower = cluster.node(2);
    follower.syncs = false;
    cluster.propose(1, "lost with the store");
    cluster.settle();
    int applied = follower.applied.size();
    cluster.core(2).storeFailed(cluster.now);
    follower.unsynced.clear();
    follower.syncs = true;
    cluster.core(2).storeReopened(follower.stored(), cluster.now);
    assertThat(cluster.core(2).lastIndex()).isEqualTo(2);
    cluster.propose(1, "more");
    cluster.run(500);
    assertThat(follower.terms()).isEqualTo("1 2 2 2");
    assertThat(follower.applied.stream().map(Entry::index)).containsExactly(1L, 2L, 3L, 4L);
    assertThat(applied).isLessThanOrEqualTo(3);
  }

  @Test
  void truncationThatTheStoreLostIsDoneAgain() {
    TestCluster cluster = TestCluster.of(3);
    TestCluster.Node node = cluster.node(1);
    receive(cluster, 2, request(2, 0, new Entry(2, 2, Entry.Kind.NOOP, new byte[0])));
    node.syncs = false;
    receive(cluster, 3, request(3, 2, new Entry(2, 3, Entry.Kind.NOOP, new byte[0])));
    assertThat(cluster.core(1).commitIndex()).isEqualTo(2);
    cluster.core(1).storeFailed(cluster.now);
    node.unsynced.clear();
    node.syncs = true;
    assertThat(node.terms()).isEqualTo("1 2");
    cluster.core(1).storeReopened(node.stored(), cluster.now);
    receive(cluster, 3, request(3, 2, new Entry(2, 3, Entry.Kind.NOOP, new byte[0])));
    assertThat(node.terms()).isEqualTo("1 3");
    assertThat(node.hardState.term()).isEqualTo(3);
    assertThat(node.applied.stream().map(Entry::index)).containsExactly(1L, 2L);
  }

  @Test
  void truncationThatTheStoreLostTwiceIsDoneAgain() {
    TestCluster cluster = TestCluster.of(3);
    TestCluster.Node node = cluster.node(1);
    receive(cluster, 2, request(2, 0, new Entry(2, 2, Entry.Kind.NOOP, new byte[0])));
    node.syncs = false;
    receive(cluster, 3, request(3, 2, new Entry(2, 3, Entry.Kind.NOOP, new byte[0])));
    cluster.core(1).storeFailed(cluster.now);
    node.unsynced.clear();
    cluster.core(1).storeReopened(node.stored(), cluster.now);
    cluster.core(1).ready();
    cluster.core(1).storeFailed(cluster.now);
    node.unsynced.clear();
    node.syncs = true;
    cluster.core(1).storeReopened(node.stored(), cluster.now);
    receive(cluster, 3, request(3, 2, new Entry(2, 3, Entry.Kind.NOOP, new byte[0])));
    assertThat(node.terms()).isEqualTo("1 3");
  }

  @Test
  void serverWithAFailedStoreAsksForNoRead() {
    TestCluster cluster = applyingFromDisk();
    cluster.core(1).storeFailed(cluster.now);
    cluster.node(1).asked.clear();
    cluster.run(1_000);
    assertThat(cluster.node(1).asked).isEmpty();
  }

  @Test
  void reopenedServerReadsAgainWhatNobodyAnsweredWhileItsStoreWasBroken() {
    TestCluster cluster = applyingFromDisk();
    TestCluster.Node node = cluster.node(1);
    cluster.core(1).storeFailed(cluster.now);
    node.unsynced.clear();
    cluster.run(500);
    assertThat(node.applied).isEmpty();
    node.answersReads = true;
    cluster.core(1).storeReopened(node.stored(), cluster.now);
    cluster.run(1_500);
    assertThat(node.applied)
        .extracting(Entry::index)
        .startsWith(1L, 2L)
        .endsWith(cluster.core(1).lastIndex());
  }

  /** One server that has committed what is not in its memory, and waits for a read of it. */
  private static TestCluster applyingFromDisk() {
    TestCluster cluster = new TestCluster(RaftOptions.withMultiplier(1));
    TestCluster.Node node = cluster.add(1);
    byte[] one = ConfigurationCodec.encode(TestCluster.configuration(1));
    node.disk.add(new Entry(1, 1, Entry.Kind.CONFIGURATION, one));
    for (int i = 2; i <= 50; i++) {
      node.disk.add(new Entry(i, 1, Entry.Kind.COMMAND, new byte[1024]));
    }
    node.hardState = new HardState(1, null);
    node.keepsTail = false;
    node.restart();
    node.answersReads = false;
    cluster.run(1_000);
    assertThat(node.asked).isNotEmpty();
    return cluster;
  }

  @Test
  void tablesBeyondTheLogAreABrokenInvariant() {
    StoredLog stored =
        new StoredLog(
            HardState.INITIAL,
            LogBase.NONE,
            3,
            List.of(new TermRun(1, 1)),
            List.of(),
            4,
            List.of());
    RaftOptions options = RaftOptions.withMultiplier(1);
    assertThatThrownBy(() -> new RaftCore(id(1), options, stored, new SplittableRandom(1), 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("beyond the log's end 3");
  }

  private static void receive(TestCluster cluster, int from, Message message) {
    cluster.core(1).receive(id(from), message, cluster.now);
    cluster.node(1).work();
  }

  private static Message request(long term, long commit, Entry entry) {
    return new Message.AppendRequest(term, 1, 1, List.of(entry), commit, 0);
  }
}
