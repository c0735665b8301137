package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.raft.TestCluster.configuration;
import static org.comitia.raft.TestCluster.id;
import static org.comitia.raft.TestCluster.server;

import java.util.List;
import java.util.SplittableRandom;
import org.comitia.raft.TestCluster.Node;
import org.junit.jupiter.api.Test;

/** A log that begins behind entries that are gone, and servers that need them (paper §7). */
class LogBaseTest {
  /** Three servers, 1 leads, with some entries; the first is the configuration. */
  private static TestCluster written(int commands) {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    for (int i = 0; i < commands; i++) {
      cluster.propose(1, "c" + i);
    }
    cluster.settle();
    return cluster;
  }

  private static void cut(TestCluster cluster, int number, long index) {
    cluster.core(number).cut(index, cluster.now);
    cluster.node(number).work();
  }

  /** What a leader's snapshot of its newest state says of itself. */
  private static LogBase snapshot(TestCluster cluster, int leader) {
    RaftCore core = cluster.core(leader);
    return new LogBase(
        core.commitIndex(), core.term(), core.configuration(), core.configurationIndex());
  }

  @Test
  void whatIsCutIsGoneFromTheLogAndItsConfigurationStays() {
    TestCluster cluster = written(10);
    long last = cluster.core(1).lastIndex();
    cut(cluster, 1, last - 3);

    assertThat(cluster.core(1).base()).isEqualTo(new LogBase(last - 3, 2, configuration(3), 1));
    assertThat(cluster.node(1).base).isEqualTo(cluster.core(1).base());
    assertThat(cluster.node(1).disk).hasSize(3);
    assertThat(cluster.core(1).configuration()).isEqualTo(configuration(3));
    cluster.propose(1, "more");
    cluster.run(200);
    assertThat(cluster.core(3).commitIndex()).isEqualTo(last + 1);
  }

  @Test
  void onlyWhatIsCommittedAndOnTheDiskIsCut() {
    TestCluster cluster = written(3);
    cluster.isolate(1);
    long committed = cluster.core(1).commitIndex();
    cluster.propose(1, "not committed");
    cut(cluster, 1, committed + 1);
    assertThat(cluster.core(1).base().index()).isEqualTo(committed);
  }

  @Test
  void aServerStartsFromACutLogAndFollows() {
    TestCluster cluster = written(10);
    long last = cluster.core(2).lastIndex();
    cut(cluster, 2, last - 2);
    cluster.node(2).restart(last - 1);
    cluster.propose(1, "more");
    cluster.run(300);
    assertThat(cluster.core(2).commitIndex()).isEqualTo(last + 1);
    assertThat(cluster.node(2).applied).extracting(Entry::index).containsExactly(last, last + 1);
    cluster.elect(2);
    assertThat(cluster.core(1).leader()).isEqualTo(id(2));
  }

  @Test
  void whoNeedsWhatIsGoneIsOfferedASnapshotAndGoesOnBehindIt() {
    TestCluster cluster = written(3);
    cluster.isolate(3);
    for (int i = 0; i < 20; i++) {
      cluster.propose(1, "d" + i);
      cluster.settle();
    }
    long cutAt = cluster.core(1).lastIndex() - 2;
    cut(cluster, 1, cutAt);
    cluster.heal();
    cluster.run(1_000);

    Node behind = cluster.node(3);
    assertThat(behind.events(RaftEvent.SnapshotNeeded.class))
        .isNotEmpty()
        .allMatch(e -> e.leader().equals(id(1)));
    assertThat(cluster.core(1).role()).isEqualTo(Role.LEADER);
    assertThat(cluster.core(3).leader()).as("it hears the leader all the time").isEqualTo(id(1));
    long applied = behind.applied.get(behind.applied.size() - 1).index();

    LogBase snapshot = snapshot(cluster, 1);
    cluster.core(3).installed(snapshot, cluster.now);
    cluster.propose(1, "after");
    cluster.run(500);
    assertThat(cluster.core(3).commitIndex()).isEqualTo(snapshot.index() + 1);
    assertThat(behind.base).isEqualTo(snapshot);
    assertThat(behind.disk).extracting(Entry::index).containsExactly(snapshot.index() + 1);
    assertThat(behind.applied)
        .extracting(Entry::index)
        .endsWith(applied, snapshot.index() + 1)
        .doesNotContain(snapshot.index());
    assertThat(cluster.core(1).matchIndex(id(3))).isEqualTo(snapshot.index() + 1);
  }

  @Test
  void aNewServerGetsTheConfigurationWithTheSnapshot() {
    TestCluster cluster = written(5);
    cut(cluster, 1, cluster.core(1).lastIndex());
    cluster.add(4);
    cluster.core(1).addLearner(server(4, false), cluster.now);
    cluster.run(300);
    assertThat(cluster.node(4).events(RaftEvent.SnapshotNeeded.class)).isNotEmpty();

    cluster.core(4).installed(snapshot(cluster, 1), cluster.now);
    cluster.run(300);
    assertThat(cluster.core(4).configuration().contains(id(4))).isTrue();
    assertThat(cluster.core(1).promote(id(4), cluster.now)).isInstanceOf(Proposal.Accepted.class);
    cluster.run(300);
    assertThat(cluster.core(4).configuration().isVoter(id(4))).isTrue();
  }

  @Test
  void entriesThatNobodyCommittedGiveWayToASnapshot() {
    TestCluster cluster = written(3);
    cluster.isolate(1);
    for (int i = 0; i < 9; i++) {
      cluster.propose(1, "never committed " + i);
    }
    cluster.elect(2);
    cluster.propose(2, "e");
    cluster.settle();
    cut(cluster, 2, cluster.core(2).lastIndex());
    cluster.heal();
    cluster.run(1_000);
    LogBase snapshot = snapshot(cluster, 2);
    assertThat(cluster.core(1).lastIndex()).isGreaterThan(snapshot.index());

    cluster.core(1).installed(snapshot, cluster.now);
    cluster.run(300);
    assertThat(cluster.core(1).lastIndex()).isEqualTo(snapshot.index());
    assertThat(cluster.node(1).disk).isEmpty();
    assertThat(cluster.node(1).base).isEqualTo(snapshot);
  }

  /** Its log is as long, of an older term, where the leader's begins. */
  @Test
  void whoHasAnOlderEntryWhereTheLogBeginsIsOfferedASnapshot() {
    TestCluster cluster = written(3);
    cluster.isolate(1);
    for (int i = 0; i < 9; i++) {
      cluster.propose(1, "never committed " + i);
    }
    cluster.elect(2);
    for (int i = 0; i < 3; i++) {
      cluster.propose(2, "e" + i);
      cluster.settle();
    }
    cluster.run(100);
    cut(cluster, 2, cluster.core(2).lastIndex() - 1);
    cluster.heal();
    cluster.run(1_000);
    assertThat(cluster.node(1).events(RaftEvent.SnapshotNeeded.class)).isNotEmpty();
  }

  /** Its disk stood still and failed: it knows what is committed, and has lost it. */
  @Test
  void whoseLogEndsBeforeWhatItKnowsToBeCommittedAsksToo() {
    TestCluster cluster = written(3);
    Node node = cluster.node(3);
    cluster.run(100);
    node.syncs = false;
    for (int i = 0; i < 20; i++) {
      cluster.propose(1, "d" + i);
      cluster.settle();
    }
    cluster.run(100);
    long committed = node.core.commitIndex();
    assertThat(committed).isEqualTo(cluster.core(1).lastIndex());
    node.core.storeFailed(cluster.now);
    node.work();
    node.unsynced.clear();
    cut(cluster, 1, committed - 1);
    node.syncs = true;
    node.core.storeReopened(node.stored(), cluster.now);
    cluster.run(1_000);
    assertThat(node.events(RaftEvent.SnapshotNeeded.class)).isNotEmpty();
    assertThat(node.core.needsSnapshot()).isTrue();

    node.core.installed(snapshot(cluster, 1), cluster.now);
    cluster.propose(1, "more");
    cluster.run(300);
    assertThat(cluster.core(1).matchIndex(id(3))).isEqualTo(cluster.core(1).lastIndex());
    assertThat(node.core.needsSnapshot()).isFalse();
  }

  /** What is to be written is never entries that a snapshot in the same write holds. */
  @Test
  void entriesThatTheDiskDoesNotHaveYetGiveWayToASnapshot() {
    TestCluster cluster = written(3);
    Node node = cluster.node(3);
    node.syncs = false;
    for (int i = 0; i < 5; i++) {
      cluster.propose(1, "d" + i);
      cluster.settle();
    }
    LogBase snapshot = snapshot(cluster, 1);
    node.core.installed(snapshot, cluster.now);
    node.work();
    node.syncs = true;
    node.sync();
    assertThat(node.base).isEqualTo(snapshot);
    cluster.propose(1, "more");
    cluster.run(500);
    assertThat(cluster.core(1).matchIndex(id(3))).isEqualTo(cluster.core(1).lastIndex());
  }

  /** Its answers were lost, it has cut its log since and was started again. */
  @Test
  void whoseLogBeginsBehindWhatTheLeaderKnowsOfItSaysSo() {
    TestCluster cluster = written(5);
    cluster.lost =
        flight -> flight.message() instanceof Message.AppendResponse && flight.from() == 3;
    for (int i = 0; i < 5; i++) {
      cluster.propose(1, "d" + i);
      cluster.settle();
    }
    cluster.run(100);
    long last = cluster.core(3).lastIndex();
    cut(cluster, 3, last);
    cluster.node(3).restart(last);
    cluster.heal();
    cluster.run(500);
    assertThat(cluster.core(1).matchIndex(id(3))).isEqualTo(cluster.core(1).lastIndex());
  }

  @Test
  void entriesBehindASnapshotStayWhenTheyFollowIt() {
    TestCluster cluster = written(5);
    RaftCore core = cluster.core(2);
    long last = core.lastIndex();
    core.installed(new LogBase(last - 2, 2, configuration(3), 1), cluster.now);
    cluster.node(2).work();
    assertThat(core.lastIndex()).isEqualTo(last);
    assertThat(cluster.node(2).disk).extracting(Entry::index).containsExactly(last - 1, last);
  }

  @Test
  void anotherCommittedEntryInItsPlaceIsABrokenInvariant() {
    TestCluster cluster = written(5);
    long last = cluster.core(2).commitIndex();
    LogBase other = new LogBase(last, 1, configuration(3), 1);
    assertThatThrownBy(() -> cluster.core(2).installed(other, cluster.now))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("COM3028");
  }

  @Test
  void anInstallationThatADiskHasLostIsDoneAgainWhenItIsReopened() {
    TestCluster cluster = written(3);
    cluster.isolate(3);
    for (int i = 0; i < 9; i++) {
      cluster.propose(1, "d" + i);
      cluster.settle();
    }
    LogBase snapshot = snapshot(cluster, 1);
    Node node = cluster.node(3);
    node.core.storeFailed(cluster.now);
    node.core.installed(snapshot, cluster.now);
    node.work();
    assertThat(node.base).isEqualTo(LogBase.NONE);
    node.core.storeReopened(node.stored(), cluster.now);
    node.work();
    assertThat(node.base).isEqualTo(snapshot);
    assertThat(node.core.lastIndex()).isEqualTo(snapshot.index());
  }

  @Test
  void anInstallationIsAcknowledgedWhenItIsOnTheDisk() {
    TestCluster cluster = written(3);
    cluster.isolate(3);
    for (int i = 0; i < 9; i++) {
      cluster.propose(1, "d" + i);
      cluster.settle();
    }
    cut(cluster, 1, cluster.core(1).lastIndex());
    cluster.heal();
    cluster.node(3).syncs = false;
    cluster.core(3).installed(snapshot(cluster, 1), cluster.now);
    cluster.run(200);
    assertThat(cluster.core(1).matchIndex(id(3))).isLessThan(cluster.core(1).base().index());
    cluster.node(3).sync();
    cluster.run(200);
    assertThat(cluster.core(1).matchIndex(id(3))).isEqualTo(cluster.core(1).lastIndex());
  }

  @Test
  void whoseTablesEndBeforeTheLogBeginsAsksForASnapshotAndDoesNotLead() {
    TestCluster cluster = written(8);
    long last = cluster.core(2).lastIndex();
    cut(cluster, 2, last - 1);
    cluster.node(2).restart(0);
    assertThat(cluster.core(2).lacksState()).isTrue();
    cluster.run(300);
    assertThat(cluster.node(2).events(RaftEvent.SnapshotNeeded.class)).isNotEmpty();
    assertThat(cluster.node(2).applied).isEmpty();
    cluster.isolate(1);
    cluster.run(3_000);
    assertThat(cluster.core(3).role()).isEqualTo(Role.LEADER);

    cluster.core(2).installed(snapshot(cluster, 3), cluster.now);
    cluster.propose(3, "more");
    cluster.run(300);
    assertThat(cluster.core(2).lacksState()).isFalse();
    assertThat(cluster.node(2).applied)
        .extracting(Entry::index)
        .contains(cluster.core(3).lastIndex());
  }

  @Test
  void termsOfACutLog() {
    TermRuns runs =
        new TermRuns(0, 0, List.of(new TermRun(1, 1), new TermRun(4, 3), new TermRun(8, 5)));
    runs.cut(5, 9);
    assertThat(runs.termAt(5)).isEqualTo(3);
    assertThat(runs.termAt(6)).isEqualTo(3);
    assertThat(runs.termAt(8)).isEqualTo(5);
    assertThat(runs.lastIndexWithTermAtMost(9, 3)).isEqualTo(7);
    runs.cut(9, 9);
    assertThat(runs.termAt(9)).isEqualTo(5);
    runs.append(10, 5);
    runs.append(11, 6);
    assertThat(runs.termAt(10)).isEqualTo(5);
    assertThat(runs.termAt(11)).isEqualTo(6);
  }

  /** The same appends and cuts, to runs and to a list. */
  @Test
  void randomCutsLeaveTheTermsAsTheyWere() {
    SplittableRandom random = new SplittableRandom(9);
    for (int round = 0; round < 200; round++) {
      TermRuns runs = new TermRuns(0, 0, List.of());
      long[] terms = new long[200];
      int last = 0;
      int base = 0;
      while (last < 199) {
        if (base < last && random.nextInt(5) == 0) {
          base += 1 + random.nextInt(last - base);
          runs.cut(base, last);
        }
        long term = Math.max(1, terms[last]) + (random.nextInt(4) == 0 ? 1 : 0);
        terms[++last] = term;
        runs.append(last, term);
        for (int i = base; i <= last; i++) {
          assertThat(runs.termAt(i)).isEqualTo(terms[i]);
        }
      }
    }
  }

  @Test
  void marksTellHowManyBytesLieBehind() {
    ByteMarks marks = new ByteMarks();
    for (int i = 1; i <= 100; i++) {
      marks.add(i, 300_000);
    }
    long index = marks.indexWithBytesBehind(10 << 20);
    assertThat((100 - index) * 300_000).isBetween(10L << 20, 12L << 20);
    assertThat(marks.indexWithBytesBehind(40 << 20)).isZero();
    marks.cut(index);
    marks.truncateFrom(90);
    assertThat(marks.indexWithBytesBehind(0)).isBetween(80L, 89L);
  }
}
