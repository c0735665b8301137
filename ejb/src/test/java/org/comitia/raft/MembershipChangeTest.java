package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.raft.TestCluster.MILLI;
import static org.comitia.raft.TestCluster.id;

import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Thesis §4, membership changes of one server at a time. */
class MembershipChangeTest {
  @Test
  void noChangeBeforeAnEntryOfTheOwnTermIsCommitted() {
    TestCluster cluster = TestCluster.of(3);
    cluster.lost = f -> f.message() instanceof Message.AppendResponse;
    cluster.elect(1);
    assertThat(cluster.core(1).addLearner(TestCluster.server(4, false), cluster.now))
        .isEqualTo(new Proposal.Refused("no entry of term 2 is committed yet"));
  }

  @Test
  void followerRefusesAndNamesTheLeader() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    assertThat(cluster.core(2).remove(id(3), cluster.now)).isEqualTo(new Proposal.NotLeader(id(1)));
  }

  @Test
  void lastVoterIsNotRemoved() {
    TestCluster cluster = TestCluster.of(1);
    cluster.run(50);
    assertThat(cluster.core(1).remove(id(1), cluster.now)).isInstanceOf(Proposal.Refused.class);
  }

  @Test
  void newIncarnationIsNotAddedBesideTheOldOne() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    Server wiped =
        new Server(new ServerId(id(3).node(), new UUID(9, 9)), "n3", "127.0.0.3:8300", false);
    assertThat(((Proposal.Refused) cluster.core(1).addLearner(wiped, cluster.now)).reason())
        .isEqualTo("an older incarnation of n3 is in the configuration: remove it first");
    cluster.core(1).remove(id(3), cluster.now);
    cluster.run(100);
    assertThat(cluster.core(1).addLearner(wiped, cluster.now))
        .isInstanceOf(Proposal.Accepted.class);
  }

  @Test
  void learnerIsAddedAsOneWhateverItSays() {
    TestCluster cluster = TestCluster.of(1);
    cluster.run(50);
    cluster.core(1).addLearner(TestCluster.server(2, true), cluster.now);
    assertThat(cluster.core(1).configuration().isVoter(id(2))).isFalse();
    assertThat(cluster.core(1).configuration().quorum()).isEqualTo(1);
  }

  @Test
  void learnerThatLagsIsNotPromoted() {
    TestCluster cluster = TestCluster.of(1);
    cluster.run(50);
    cluster.core(1).addLearner(TestCluster.server(2, false), cluster.now);
    cluster.run(100);
    assertThat(cluster.core(1).promote(id(2), cluster.now)).isInstanceOf(Proposal.Refused.class);
    cluster.add(2);
    cluster.run(700);
    assertThat(cluster.core(1).caughtUp(id(2))).isTrue();
    assertThat(cluster.core(1).promote(id(2), cluster.now)).isInstanceOf(Proposal.Accepted.class);
    cluster.run(100);
    assertThat(cluster.core(2).configuration().isVoter(id(2))).isTrue();
  }

  @Test
  void oneServerGrowsToFiveAndShrinksToTwo() {
    TestCluster cluster = TestCluster.of(1);
    cluster.run(50);
    for (int i = 2; i <= 5; i++) {
      cluster.add(i);
      cluster.core(1).addLearner(TestCluster.server(i, false), cluster.now);
      cluster.run(300);
      cluster.core(1).promote(id(i), cluster.now);
      cluster.run(300);
      cluster.propose(1, "with " + i);
    }
    assertThat(cluster.core(5).configuration()).isEqualTo(TestCluster.configuration(5));
    for (int i = 3; i <= 5; i++) {
      cluster.core(1).remove(id(i), cluster.now);
      cluster.run(300);
    }
    cluster.propose(1, "last");
    cluster.run(100);
    assertThat(cluster.core(2).configuration()).isEqualTo(TestCluster.configuration(2));
    assertThat(cluster.core(2).commitIndex()).isEqualTo(cluster.core(1).lastIndex());
  }

  @Test
  void leaderThatRemovesItselfIsFollowedAtOnce() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.run(200);
    cluster.core(1).remove(id(1), cluster.now);
    cluster.settle();
    assertThat(cluster.core(1).role()).isEqualTo(Role.FOLLOWER);
    assertThat(cluster.core(2).leader()).isNotNull().isNotEqualTo(id(1));
    cluster.run(5_000);
    assertThat(cluster.core(1).role()).as("no voter, no campaign").isEqualTo(Role.FOLLOWER);
  }

  @Test
  void addressChangesAreReplicated() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.core(1).updateAddress(id(2), "10.0.0.2:8300", cluster.now);
    cluster.run(100);
    assertThat(cluster.core(3).configuration().find(id(2)).orElseThrow().address())
        .isEqualTo("10.0.0.2:8300");
    assertThat(cluster.core(1).updateAddress(id(2), "10.0.0.2:8300", cluster.now))
        .isInstanceOf(Proposal.Refused.class);
  }

  @Test
  void removalThatWouldLeaveNoQuorumInReachIsRefused() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.run(200);
    cluster.isolate(3);
    cluster.run(1_000);
    assertThat(cluster.core(1).remove(id(2), cluster.now))
        .isEqualTo(
            new Proposal.Refused("of the 2 voters that would be left these are not in reach: n3"));
    assertThat(cluster.core(1).remove(id(3), cluster.now)).isInstanceOf(Proposal.Accepted.class);
  }

  @Test
  void serverWhoseDiskStandsStillIsNotInReachThoughItAnswers() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.run(200);
    cluster.node(2).syncs = false;
    cluster.propose(1, "x");
    cluster.run(1_000);
    assertThat(cluster.core(1).sinceContactNanos(id(2), cluster.now)).isLessThan(200 * MILLI);
    assertThat(cluster.core(1).remove(id(3), cluster.now))
        .isEqualTo(
            new Proposal.Refused(
                "of the 2 voters that would be left these are not in reach: n2 (its disk stands still)"));
    cluster.node(2).syncs = true;
    cluster.node(2).sync();
    cluster.run(200);
    assertThat(cluster.core(1).remove(id(3), cluster.now)).isInstanceOf(Proposal.Accepted.class);
  }

  @Test
  void leaderWhoseOwnDiskStandsStillDoesNotCountItself() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.run(200);
    cluster.nodes.values().forEach(n -> n.syncs = false);
    cluster.propose(1, "x");
    cluster.run(1_000);
    cluster.node(3).syncs = true;
    assertThat(cluster.core(1).remove(id(2), cluster.now))
        .isInstanceOfSatisfying(
            Proposal.Refused.class, r -> assertThat(r.reason()).contains("n1 (its disk"));
  }

  @Test
  void leaderThatRemovesItselfSaysAtWhichIndexThatIsCommittedBeforeItStepsDown() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.run(200);
    cluster.node(1).events.clear();
    Proposal proposal = cluster.core(1).remove(id(1), cluster.now);
    cluster.settle();
    long index = ((Proposal.Accepted) proposal).firstIndex();
    assertThat(cluster.node(1).events)
        .filteredOn(
            e ->
                e instanceof RaftEvent.ConfigurationCommitted || e instanceof RaftEvent.SteppedDown)
        .satisfiesExactly(
            e -> assertThat(((RaftEvent.ConfigurationCommitted) e).index()).isEqualTo(index),
            e -> assertThat(e).isInstanceOf(RaftEvent.SteppedDown.class));
  }

  /** Else the leader would be deposed before it hears that its removal is committed. */
  @Test
  void theOnlyVoterLeftWaitsForTheLeaderThatRemovesItself() {
    TestCluster cluster = TestCluster.of(2);
    cluster.elect(1);
    cluster.run(200);
    cluster.node(1).events.clear();
    cluster.node(2).syncs = false;
    cluster.core(1).remove(id(1), cluster.now);
    cluster.settle();
    assertThat(cluster.core(2).configuration().voters()).hasSize(1);
    cluster.run(200);
    assertThat(cluster.core(2).role()).isEqualTo(Role.FOLLOWER);
    cluster.node(2).syncs = true;
    cluster.run(100);
    assertThat(cluster.node(1).events).anyMatch(RaftEvent.ConfigurationCommitted.class::isInstance);
    assertThat(cluster.core(2).role()).isEqualTo(Role.LEADER);
  }
}
