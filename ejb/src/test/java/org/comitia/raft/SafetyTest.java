package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.raft.TestCluster.id;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Paper §5.4, safety. */
class SafetyTest {
  /** Paper figure 8: an entry of an older term on a majority is not committed by that alone. */
  @Test
  void leaderOnlyCommitsEntriesOfItsOwnTermByCounting() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.isolate(1);
    cluster.propose(1, "old");
    cluster.node(1).restart();
    cluster.heal();
    // Elected anew: of its log, only what is before the no-op of the new term reaches server 2.
    cluster.lost = f -> f.message() instanceof Message.AppendRequest a && !a.entries().isEmpty();
    cluster.elect(1);
    RaftCore leader = cluster.core(1);
    long term = leader.term();
    leader.receive(id(2), new Message.AppendResponse(term, true, 3, 3, 0, 0, 0), cluster.now);
    assertThat(leader.matchIndex(id(2))).isEqualTo(3);
    assertThat(leader.commitIndex()).as("entry 3 of term 2, on two of three servers").isZero();
    leader.receive(id(2), new Message.AppendResponse(term, true, 4, 4, 0, 0, 0), cluster.now);
    assertThat(leader.commitIndex()).isEqualTo(4);
  }

  @Test
  void serverWhoseLogIsBehindGetsNoVote() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.isolate(3);
    cluster.propose(1, "x");
    cluster.settle();
    cluster.node(1).restart();
    cluster.node(2).restart();
    cluster.heal();
    cluster.now += cluster.options.electionNanos() * 2;
    cluster.campaign(3);
    assertThat(cluster.core(3).role()).isEqualTo(Role.CANDIDATE);
    assertThat(cluster.core(3).term()).isEqualTo(2);
    cluster.core(2).receive(id(3), new Message.VoteRequest(5, 2, 2, false), cluster.now);
    cluster.node(2).work();
    assertThat(cluster.wires.stream().map(ScenarioText::of))
        .containsExactly("2->3 VoteRefused term=5");
  }

  @Test
  void longerLogOfAnOlderTermIsNotMoreUpToDate() {
    TestCluster cluster = TestCluster.of(3);
    cluster
        .core(1)
        .receive(
            id(2), append(4, 1, 1, new Entry(2, 4, Entry.Kind.NOOP, new byte[0])), cluster.now);
    cluster.node(1).work();
    cluster.wires.clear();
    cluster.core(1).receive(id(3), new Message.VoteRequest(6, 50, 3, true), cluster.now);
    cluster.core(1).receive(id(2), new Message.VoteRequest(6, 2, 4, true), cluster.now);
    cluster.node(1).work();
    assertThat(cluster.wires.stream().map(ScenarioText::of))
        .containsExactly("1->3 VoteRefused term=6", "1->2 VoteGranted term=6");
  }

  @Test
  void acknowledgementsOfOtherIncarnationsDoNotCount() {
    TestCluster cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.isolate(2);
    cluster.isolate(3);
    cluster.propose(1, "x");
    ServerId wiped = new ServerId(id(2).node(), new java.util.UUID(9, 9));
    cluster.core(1).receive(wiped, new Message.AppendResponse(2, true, 3, 3, 0, 0, 0), cluster.now);
    assertThat(cluster.core(1).commitIndex()).isEqualTo(2);
    cluster.core(1).receive(id(2), new Message.AppendResponse(2, true, 3, 3, 0, 0, 0), cluster.now);
    assertThat(cluster.core(1).commitIndex()).isEqualTo(3);
  }

  private static Message append(long term, long prevIndex, long prevTerm, Entry entry) {
    return new Message.AppendRequest(term, prevIndex, prevTerm, List.of(entry), 0, 0);
  }
}
