package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.raft.TestCluster.MILLI;
import static org.comitia.raft.TestCluster.id;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Paper §5.1 and §5.2, leader election; thesis §9.6, pre-vote; §4.2.3, disruptive servers. */
class LeaderElectionTest {
  @Test
  void threeServersElectOneLeader() {
    TestCluster cluster = TestCluster.of(3);
    cluster.run(3_000);
    assertThat(cluster.nodes.values()).filteredOn(n -> n.core.role() == Role.LEADER).hasSize(1);
    assertThat(cluster.core(2).leader()).isEqualTo(cluster.core(1).leader());
    assertThat(cluster.core(3).leader()).isEqualTo(cluster.core(1).leader());
  }

  @Test
  void followerCampaignsOnlyAfterAnElectionTimeoutWithoutLeader() {
    TestCluster cluster = TestCluster.of(3);
    cluster.lost = f -> true;
    cluster.run(490);
    assertThat(cluster.nodes.values()).allMatch(n -> n.core.role() == Role.FOLLOWER);
    cluster.run(520);
    assertThat(cluster.nodes.values()).allMatch(n -> n.core.role() == Role.CANDIDATE);
  }

  @Test
  void preVoteRaisesNobodysTerm() {
    TestCluster cluster = TestCluster.of(3);
    cluster.isolate(1);
    cluster.run(10_000);
    assertThat(cluster.core(1).role()).isEqualTo(Role.CANDIDATE);
    assertThat(cluster.core(1).term()).isEqualTo(1);
    long term = cluster.core(2).term();
    cluster.heal();
    cluster.run(300);
    assertThat(cluster.core(2).term()).as("the returning server deposes nobody").isEqualTo(term);
    assertThat(cluster.core(1).leader()).isEqualTo(cluster.core(2).leader());
  }

  /** After so many elections more, each of which draws other timeouts. */
  private static TestCluster ledByTheFirst(int elections) {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    for (int i = 0; i < elections; i++) {
      cluster.elect(2);
      cluster.elect(1);
    }
    return cluster;
  }

  /** One whose disk was slow a moment ago waits longer, but not when nobody else can be elected. */
  @Test
  void serverThatAloneCanBeElectedDoesNotWaitForItsOwnTimer() {
    for (int elections = 0; elections < 20; elections++) {
      TestCluster cluster = ledByTheFirst(elections);
      cluster.node(3).syncs = false;
      cluster.propose(1, "slow");
      cluster.run(3_000);
      cluster.node(3).syncs = true;
      cluster.node(3).sync();
      cluster.run(100);
      cluster.lost = f -> f.to() == 2;
      cluster.propose(1, "reaches the third server only");
      cluster.settle();
      cluster.heal();
      cluster.isolate(1);
      cluster.run(1_200);
      assertThat(cluster.core(3).role())
          .as(elections + ": " + cluster.describe())
          .isEqualTo(Role.LEADER);
    }
  }

  /** A disk that stood still for a moment, or a process that did, is no slow disk. */
  @Test
  void oneStallThatIsOverPutsOffNoElection() {
    for (int elections = 0; elections < 20; elections++) {
      TestCluster cluster = ledByTheFirst(elections);
      for (int slow : List.of(2, 3)) {
        cluster.node(slow).syncs = false;
        cluster.propose(1, "slow");
        cluster.run(3_000);
        cluster.node(slow).syncs = true;
        cluster.node(slow).sync();
      }
      for (int i = 0; i < 32; i++) {
        cluster.propose(1, "quick");
        cluster.run(20);
      }
      cluster.isolate(1);
      cluster.run(1_200);
      assertThat(List.of(cluster.core(2).role(), cluster.core(3).role()))
          .as(elections + ": " + cluster.describe())
          .contains(Role.LEADER);
    }
  }

  @Test
  void serverVotesForOneCandidateATermAndRepeatsThatVote() {
    TestCluster cluster = TestCluster.of(3);
    TestCluster.Node voter = cluster.node(1);
    vote(cluster, 2, 5, false);
    vote(cluster, 3, 5, false);
    vote(cluster, 2, 5, false);
    assertThat(answers(cluster))
        .containsExactly(
            "1->2 VoteGranted term=5", "1->3 VoteRefused term=5", "1->2 VoteGranted term=5");
    voter.restart();
    vote(cluster, 3, 5, false);
    assertThat(answers(cluster)).last().isEqualTo("1->3 VoteRefused term=5");
  }

  @Test
  void voteLeavesOnlyWhenItIsSynced() {
    TestCluster cluster = TestCluster.of(3);
    cluster.node(1).syncs = false;
    vote(cluster, 2, 5, false);
    assertThat(cluster.wires).isEmpty();
    cluster.node(1).sync();
    cluster.node(1).work();
    assertThat(answers(cluster)).containsExactly("1->2 VoteGranted term=5");
    assertThat(cluster.node(1).hardState).isEqualTo(new HardState(5, id(2)));
  }

  @Test
  void voteRequestLeavesOnlyWhenTheOwnVoteIsSynced() {
    TestCluster cluster = TestCluster.of(3);
    cluster.campaign(1);
    TestCluster.Node candidate = cluster.node(2);
    cluster.heal();
    candidate.syncs = false;
    cluster.core(2).peerBroken(id(1), cluster.now);
    cluster.core(3).peerBroken(id(1), cluster.now);
    cluster.isolate(1);
    cluster.settle();
    cluster.run(20);
    assertThat(cluster.core(2).term()).isEqualTo(3);
    assertThat(cluster.core(3).term()).as("nobody was asked yet").isEqualTo(2);
    candidate.syncs = true;
    candidate.sync();
    candidate.work();
    cluster.settle();
    assertThat(cluster.core(2).role()).isEqualTo(Role.LEADER);
  }

  @Test
  void voterIgnoresCampaignsWhileItHearsALeaderUnlessThatHandsOver() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    vote(cluster, 3, 9, false);
    cluster.core(2).receive(id(3), new Message.VoteRequest(9, 9, 9, false), cluster.now);
    cluster.settle();
    assertThat(cluster.core(1).role()).isEqualTo(Role.LEADER);
    assertThat(cluster.core(2).term()).isEqualTo(2);
    cluster.core(2).receive(id(3), new Message.VoteRequest(9, 9, 9, true), cluster.now);
    cluster.node(2).work();
    assertThat(answers(cluster)).containsExactly("2->3 VoteGranted term=9");
  }

  @Test
  void candidateFollowsALeaderOfItsTerm() {
    TestCluster cluster = TestCluster.of(3);
    cluster.lost = f -> f.message() instanceof Message.VoteRequest;
    cluster.campaign(1);
    assertThat(cluster.core(1).role()).isEqualTo(Role.CANDIDATE);
    cluster.core(1).receive(id(2), append(2, 1, 1), cluster.now);
    assertThat(cluster.core(1).role()).isEqualTo(Role.FOLLOWER);
    assertThat(cluster.core(1).leader()).isEqualTo(id(2));
  }

  @Test
  void serverStuckInANewerTermMakesTheLeaderStepDown() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.node(3).hardState = new HardState(7, null);
    cluster.node(3).restart();
    cluster.run(4_000);
    assertThat(cluster.core(1).leader()).isNotNull();
    assertThat(cluster.nodes.values()).allMatch(n -> n.core.term() > 7);
  }

  @Test
  void twoLeadersInOneTermAreABrokenInvariant() {
    TestCluster cluster = TestCluster.of(3);
    cluster.core(1).receive(id(2), append(2, 1, 1), cluster.now);
    assertThatThrownBy(() -> cluster.core(1).receive(id(3), append(2, 1, 1), cluster.now))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("two leaders in term 2");
  }

  @Test
  void frozenLeaderGivesUpBeforeItDoesAnythingElse() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.now += 30_000 * MILLI;
    assertThat(cluster.core(1).propose(List.of(new byte[1]), cluster.now))
        .isEqualTo(new Proposal.NotLeader(null));
    assertThat(cluster.core(1).role()).isEqualTo(Role.FOLLOWER);
    assertThat(cluster.core(1).term()).isEqualTo(2);
  }

  @Test
  void frozenFollowerDoesNotCampaignOnItsFirstTick() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.now += 30_000 * MILLI;
    for (int i = 0; i < 10; i++) {
      cluster.core(2).tick(cluster.now + i);
    }
    assertThat(cluster.core(2).role()).isEqualTo(Role.FOLLOWER);
  }

  @Test
  void emptyServerSaysOnceThatItKnowsNobody() {
    TestCluster cluster = new TestCluster(RaftOptions.withMultiplier(1));
    cluster.add(1);
    cluster.run(5_000);
    assertThat(cluster.core(1).role()).isEqualTo(Role.FOLLOWER);
    assertThat(cluster.node(1).events)
        .containsExactly(new RaftEvent.ElectionAborted("no known peers"));
  }

  @Test
  void emptyServerNeitherVotesNorAnswers() {
    TestCluster cluster = new TestCluster(RaftOptions.withMultiplier(1));
    cluster.add(1);
    vote(cluster, 2, 5, true);
    cluster.core(1).receive(id(2), new Message.PreVoteRequest(5, 9, 4), cluster.now);
    cluster.node(1).work();
    assertThat(cluster.wires).isEmpty();
    assertThat(cluster.core(1).term()).isZero();
  }

  @Test
  void learnerDoesNotCampaignButVotesWhenAsked() {
    TestCluster cluster = TestCluster.of(1);
    cluster.run(50);
    cluster.add(2);
    cluster.core(1).addLearner(TestCluster.server(2, false), cluster.now);
    cluster.run(200);
    cluster.isolate(1);
    cluster.run(5_000);
    assertThat(cluster.core(2).role()).isEqualTo(Role.FOLLOWER);
    assertThat(cluster.node(2).events(RaftEvent.ElectionAborted.class))
        .containsExactly(new RaftEvent.ElectionAborted("not part of a stable configuration"));
    cluster.wires.clear();
    cluster.core(2).receive(id(3), new Message.VoteRequest(9, 9, 9, false), cluster.now);
    cluster.node(2).work();
    assertThat(answers(cluster)).containsExactly("2->3 VoteGranted term=9");
  }

  @Test
  void votesOfOtherIncarnationsAndLearnersDoNotCount() {
    TestCluster cluster = TestCluster.of(3);
    cluster.isolate(2);
    cluster.isolate(3);
    cluster.campaign(1);
    ServerId wiped = new ServerId(id(2).node(), new java.util.UUID(9, 9));
    for (ServerId stranger : List.of(wiped, id(7))) {
      cluster.core(1).receive(stranger, new Message.PreVoteResponse(2, true), cluster.now);
    }
    assertThat(cluster.core(1).term()).isEqualTo(1);
    cluster.core(1).receive(id(2), new Message.PreVoteResponse(2, true), cluster.now);
    assertThat(cluster.core(1).term()).isEqualTo(2);
    cluster.node(1).work();
    cluster.core(1).receive(wiped, new Message.VoteResponse(2, true), cluster.now);
    assertThat(cluster.core(1).role()).isEqualTo(Role.CANDIDATE);
    cluster.core(1).receive(id(3), new Message.VoteResponse(2, true), cluster.now);
    assertThat(cluster.core(1).role()).isEqualTo(Role.LEADER);
  }

  @Test
  void leadershipIsHandedToNobodyWhoCannotLead() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.run(200);
    cluster.core(1).standStill(Map.of(id(2), "COM3032"));
    assertThat(cluster.core(1).standstillOf(id(2))).isEqualTo("COM3032");
    assertThat(cluster.core(1).transferLeadership(id(2), cluster.now)).isFalse();
    assertThat(cluster.core(1).transferLeadership(null, cluster.now)).isTrue();
    cluster.run(200);
    assertThat(cluster.core(3).established()).isTrue();
    cluster.core(3).standStill(Map.of(id(1), "COM3070", id(2), "COM3032"));
    assertThat(cluster.core(3).transferLeadership(null, cluster.now)).isFalse();
    cluster.core(3).standStill(Map.of(id(1), "COM3070"));
    assertThat(cluster.core(3).transferLeadership(id(2), cluster.now)).isTrue();
  }

  @Test
  void ofEqualHeirsTheNextOneIsTaken() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    for (int next : List.of(2, 3, 1, 2)) {
      cluster.run(200);
      int leader = TestCluster.numberOf(cluster.core(next).leader());
      assertThat(cluster.core(leader).transferLeadership(null, cluster.now)).isTrue();
      cluster.run(200);
      assertThat(cluster.core(next).established()).isTrue();
    }
  }

  @Test
  void lateTimeoutNowOfAnOlderTermIsIgnored() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.core(2).receive(id(1), new Message.TimeoutNow(1), cluster.now);
    cluster.core(2).receive(id(3), new Message.TimeoutNow(2), cluster.now);
    assertThat(cluster.core(2).role()).isEqualTo(Role.FOLLOWER);
    cluster.core(2).receive(id(1), new Message.TimeoutNow(2), cluster.now);
    assertThat(cluster.core(2).role()).isEqualTo(Role.CANDIDATE);
  }

  private static Message append(long term, long prevIndex, long prevTerm) {
    return new Message.AppendRequest(term, prevIndex, prevTerm, List.of(), 0, 0);
  }

  /** Server 1 is asked for its vote by a candidate with any log. */
  private static void vote(TestCluster cluster, int candidate, long term, boolean transfer) {
    cluster
        .core(1)
        .receive(id(candidate), new Message.VoteRequest(term, 9, term - 1, transfer), cluster.now);
    cluster.node(1).work();
  }

  private static List<String> answers(TestCluster cluster) {
    return cluster.wires.stream().map(ScenarioText::of).toList();
  }
}
