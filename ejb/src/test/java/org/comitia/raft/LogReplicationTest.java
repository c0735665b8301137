package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.raft.TestCluster.MILLI;
import static org.comitia.raft.TestCluster.id;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Paper §5.3, log replication; thesis §10.2, pipelining and the leader's disk in parallel. */
class LogReplicationTest {
  private static final RaftOptions SMALL =
      new RaftOptions(100 * MILLI, 500 * MILLI, 200, 1_000, 4, 1 << 20, 2_000, 500, 1_000, 0);

  @Test
  void committedCommandsAreAppliedEverywhereInOrder() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    for (int i = 0; i < 50; i++) {
      cluster.propose(1, "c" + i);
    }
    cluster.run(200);
    List<String> log = texts(cluster.node(1).applied);
    assertThat(log).hasSize(52).contains("3/2 c0", "52/2 c49");
    assertThat(texts(cluster.node(2).applied)).isEqualTo(log);
    assertThat(texts(cluster.node(3).applied)).isEqualTo(log);
  }

  @Test
  void proposalsOfOneBatchTravelInOneMessage() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    for (int i = 0; i < 10; i++) {
      cluster.core(1).propose(List.of(new byte[3]), cluster.now);
    }
    cluster.node(1).work();
    assertThat(cluster.wires).hasSize(2);
    assertThat(((Message.AppendRequest) cluster.wires.get(0).message()).entries()).hasSize(10);
  }

  @Test
  void leaderSendsBeforeItsOwnDiskAnswersButCountsItselfOnlyAfter() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.isolate(3);
    cluster.node(1).syncs = false;
    cluster.propose(1, "x");
    cluster.settle();
    assertThat(cluster.core(2).lastIndex()).isEqualTo(3);
    assertThat(cluster.core(1).commitIndex()).as("2 has it, 1 not yet").isEqualTo(2);
    cluster.node(1).sync();
    assertThat(cluster.core(1).commitIndex()).isEqualTo(3);
  }

  @Test
  void followerAnswersEntriesOnlyWhenTheyAreSynced() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.isolate(3);
    cluster.node(2).syncs = false;
    cluster.propose(1, "x");
    cluster.settle();
    cluster.run(100);
    assertThat(cluster.core(1).matchIndex(id(2))).as("heartbeats confirm nothing").isEqualTo(2);
    assertThat(cluster.core(1).sinceContactNanos(id(2), cluster.now)).isLessThan(100 * MILLI);
    cluster.node(2).sync();
    cluster.node(2).work();
    cluster.settle();
    assertThat(cluster.core(1).matchIndex(id(2))).isEqualTo(3);
  }

  @Test
  void answerForEntriesThatWereTruncatedBeforeTheSyncIsNeverGiven() {
    TestCluster cluster = TestCluster.of(3);
    TestCluster.Node follower = cluster.node(1);
    follower.syncs = false;
    receive(cluster, 2, request(2, 1, 1, 0, entry(2, 2), entry(3, 2)));
    receive(cluster, 3, request(3, 1, 1, 0, entry(2, 3)));
    follower.sync();
    follower.work();
    assertThat(cluster.wires.stream().map(ScenarioText::of))
        .containsExactly("1->3 Appended term=3 match=2 have=2");
    assertThat(follower.terms()).isEqualTo("1 3");
  }

  @Test
  void replacedEntriesCountAsUnsyncedAtOnce() {
    TestCluster cluster = TestCluster.of(3);
    receive(cluster, 2, request(2, 1, 1, 0, entry(2, 2), entry(3, 2)));
    assertThat(cluster.core(1).syncedIndex()).isEqualTo(3);
    cluster.node(1).syncs = false;
    receive(cluster, 3, request(3, 1, 1, 3, entry(2, 3), entry(3, 3)));
    assertThat(cluster.core(1).commitIndex()).isEqualTo(3);
    assertThat(cluster.core(1).syncedIndex())
        .as("the disk still holds those of term 2")
        .isEqualTo(1);
    cluster.node(1).sync();
    assertThat(cluster.core(1).syncedIndex()).isEqualTo(3);
  }

  @Test
  void refusalNamesWhereTheLogsMayAgree() {
    TestCluster cluster = TestCluster.of(3);
    receive(cluster, 2, request(4, 1, 1, 0, entry(2, 2), entry(3, 2), entry(4, 4)));
    cluster.wires.clear();
    receive(cluster, 3, request(5, 9, 4, 0));
    receive(cluster, 3, request(5, 4, 3, 0));
    assertThat(cluster.wires.stream().map(ScenarioText::of))
        .containsExactly("1->3 Refused term=5 hint=4/4", "1->3 Refused term=5 hint=3/2");
  }

  @Test
  void shorterOlderRequestDoesNotTruncate() {
    TestCluster cluster = TestCluster.of(3);
    receive(cluster, 2, request(2, 1, 1, 0, entry(2, 2), entry(3, 2)));
    receive(cluster, 2, request(2, 1, 1, 0, entry(2, 2)));
    assertThat(cluster.core(1).lastIndex()).isEqualTo(3);
  }

  @Test
  void committedEntriesAreNeverTruncated() {
    TestCluster cluster = TestCluster.of(3);
    receive(cluster, 2, request(2, 1, 1, 2, entry(2, 2)));
    assertThatThrownBy(() -> receive(cluster, 3, request(3, 1, 1, 2, entry(2, 3))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("entry 2 is committed");
  }

  @Test
  void followerCommitsNoFurtherThanWhatMatchesTheLeader() {
    TestCluster cluster = TestCluster.of(3);
    receive(cluster, 2, request(2, 1, 1, 0, entry(2, 2), entry(3, 2)));
    receive(cluster, 3, request(3, 1, 1, 3));
    assertThat(cluster.core(1).commitIndex()).as("2 and 3 may be anybody's").isEqualTo(1);
  }

  @Test
  void lostMessagesAreSentAgain() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.lost = f -> f.message() instanceof Message.AppendRequest a && !a.entries().isEmpty();
    cluster.propose(1, "x");
    cluster.run(250);
    assertThat(cluster.core(2).lastIndex()).isEqualTo(2);
    cluster.heal();
    cluster.run(250);
    assertThat(cluster.core(1).commitIndex()).isEqualTo(3);
    assertThat(cluster.core(2).lastIndex()).isEqualTo(3);
  }

  @Test
  void messageLostBeforeAnotherIsNoticedByTheGap() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.propose(1, "x");
    cluster.wires.clear();
    cluster.propose(1, "y");
    cluster.settle();
    assertThat(cluster.core(1).commitIndex()).isEqualTo(4);
  }

  /** The second break takes the large probe with it that the first one has caused. */
  @Test
  void aProbeThatASecondBreakTakesIsSentAgainWithTheNextHeartbeats() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.propose(1, "x".repeat(200_000));
    cluster.wires.clear();
    cluster.core(1).peerBroken(id(3), cluster.now);
    cluster.run(150);
    cluster.wires.clear();
    cluster.core(1).peerBroken(id(3), cluster.now);
    cluster.run(400);
    assertThat(cluster.core(3).lastIndex()).isEqualTo(3);
  }

  @Test
  void slowDiskIsNotTakenForALoss() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.node(3).syncs = false;
    cluster.propose(1, "x");
    cluster.settle();
    List<String> sent = new ArrayList<>();
    cluster.trace = sent::add;
    cluster.run(450);
    assertThat(sent).isNotEmpty().noneMatch(line -> line.contains("Append term"));
  }

  @Test
  void whatIsUnderWayToAFollowerIsBounded() {
    TestCluster cluster = new TestCluster(SMALL);
    bootstrap(cluster);
    cluster.elect(1);
    cluster.run(100);
    for (int i = 0; i < 40; i++) {
      cluster.propose(1, "0123456789");
    }
    assertThat(cluster.wires).as("a link that is not known gets little").hasSize(6);
    cluster.settle();
    for (int i = 0; i < 40; i++) {
      cluster.propose(1, "0123456789");
    }
    assertThat(cluster.wires).as("and then as many as are allowed").hasSize(8);
    cluster.settle();
    assertThat(cluster.core(1).commitIndex()).isEqualTo(82);
  }

  @Test
  void entriesThatAreNoLongerInMemoryComeFromTheStore() {
    TestCluster cluster = new TestCluster(SMALL);
    bootstrap(cluster);
    cluster.elect(1);
    cluster.isolate(3);
    for (int i = 0; i < 200; i++) {
      cluster.propose(1, "command " + i);
      cluster.settle();
    }
    cluster.heal();
    cluster.run(500);
    assertThat(cluster.core(1).matchIndex(id(3))).isEqualTo(202);
    assertThat(texts(cluster.node(3).applied)).isEqualTo(texts(cluster.node(1).applied));
  }

  @Test
  void restartedServerAppliesTheCommittedLogAnewFromTheStore() {
    TestCluster cluster = new TestCluster(SMALL);
    bootstrap(cluster);
    cluster.elect(1);
    for (int i = 0; i < 100; i++) {
      cluster.propose(1, "command " + i);
      cluster.settle();
    }
    cluster.node(2).restart();
    cluster.run(500);
    assertThat(texts(cluster.node(2).applied)).isEqualTo(texts(cluster.node(1).applied));
  }

  @Test
  void followerTakesNoEntriesBeyondItsBoundOfUnsyncedBytes() {
    TestCluster cluster =
        new TestCluster(
            new RaftOptions(
                100 * MILLI, 500 * MILLI, 200, 1 << 20, 1_000, 1 << 20, 2_000, 500, 1_000, 0));
    bootstrap(cluster);
    cluster.elect(1);
    cluster.node(3).syncs = false;
    for (int i = 0; i < 200; i++) {
      cluster.propose(1, "command " + i);
      cluster.run(20);
    }
    assertThat(cluster.core(3).lastIndex()).isBetween(30L, 80L);
    cluster.node(3).syncs = true;
    cluster.node(3).sync();
    cluster.run(2_000);
    assertThat(cluster.core(3).lastIndex()).isEqualTo(cluster.core(1).lastIndex());
  }

  @Test
  void proposalsBeyondTheBoundOfUncommittedBytesAreRefused() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.isolate(2);
    cluster.isolate(3);
    byte[] half = new byte[(int) cluster.options.maxUncommittedBytes() / 2];
    assertThat(cluster.core(1).propose(List.of(half, half), cluster.now))
        .isInstanceOf(Proposal.Accepted.class);
    assertThat(cluster.core(1).propose(List.of(new byte[1]), cluster.now))
        .isInstanceOf(Proposal.Refused.class);
    cluster.heal();
    cluster.node(1).work();
    cluster.run(400);
    assertThat(cluster.core(1).propose(List.of(new byte[1]), cluster.now))
        .isInstanceOf(Proposal.Accepted.class);
  }

  private static void bootstrap(TestCluster cluster) {
    for (int i = 1; i <= 3; i++) {
      cluster.add(i).core.bootstrap(TestCluster.configuration(3), cluster.now);
      cluster.node(i).work();
    }
  }

  private static void receive(TestCluster cluster, int from, Message message) {
    cluster.core(1).receive(id(from), message, cluster.now);
    cluster.node(1).work();
  }

  private static Message request(
      long term, long prevIndex, long prevTerm, long commit, Entry... entries) {
    return new Message.AppendRequest(term, prevIndex, prevTerm, List.of(entries), commit, 0);
  }

  private static Entry entry(long index, long term) {
    return new Entry(index, term, Entry.Kind.COMMAND, new byte[] {'x'});
  }

  private static List<String> texts(List<Entry> entries) {
    return entries.stream().map(ScenarioText::of).toList();
  }

  /** Whatever its own heartbeat interval is: the leader's may be the shortest there is. */
  @Test
  void aHeartbeatThatBringsNothingIsAnsweredWhenTheLastAnswerIsFiftyMillisecondsOld() {
    RaftCore follower =
        new RaftCore(id(2), RaftOptions.withMultiplier(10), StoredLog.EMPTY, new Random(1), 0);
    Message heartbeat = new Message.AppendRequest(1, 0, 0, List.of(), 0, 0);
    follower.receive(id(1), heartbeat, 0);
    follower.ready().persists().forEach(write -> follower.synced(write.sequence(), 0));
    assertThat(follower.ready().messages()).as("the first one").hasSize(1);
    long ms = 1_000_000;
    follower.receive(id(1), heartbeat, 50 * ms - 1);
    assertThat(follower.ready().messages()).isEmpty();
    follower.receive(id(1), heartbeat, 50 * ms);
    assertThat(follower.ready().messages()).hasSize(1);
    Message round = new Message.AppendRequest(1, 0, 0, List.of(), 0, 1);
    follower.receive(id(1), round, 50 * ms);
    assertThat(follower.ready().messages()).as("a new round").hasSize(1);
  }
}
