package org.comitia.raft.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.junit.jupiter.api.Test;

/** The rules of design §5, one by one; the races are the simulation's. */
class BootstrapTest {
  private static final long MILLI = 1_000_000L;

  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private final Deque<BootstrapEnvelope> wire = new ArrayDeque<>();
  private long now;

  /** One server with a disk that syncs when it is told to. */
  private final class Node {
    final String name;
    Candidate candidate;
    Bootstrap bootstrap;
    byte[] disk;
    BootstrapReady.Start start;
    final List<String> view = new ArrayList<>();

    Node(String name, Candidate candidate) {
      this.name = name;
      this.candidate = candidate;
      restart();
    }

    void restart() {
      bootstrap = new Bootstrap(candidate, disk, new Random(name.hashCode()), now);
    }

    /** Carries out what is asked for, syncing at once. */
    void work() {
      BootstrapReady ready = bootstrap.ready();
      while (!ready.isEmpty()) {
        if (ready.start() != null) {
          start = ready.start();
        }
        if (ready.record() != null) {
          disk = ready.record().bytes();
          bootstrap.synced(ready.record().sequence(), now);
        }
        wire.addAll(ready.envelopes());
        ready = bootstrap.ready();
      }
    }
  }

  private static Candidate candidate(String name, int number, int expect, boolean bootstrap) {
    ServerId id = new ServerId(new UUID(0, number), new UUID(1, number));
    Server server = new Server(id, name, "127.0.0." + number + ":8300", true);
    return new Candidate(server, "dc1", expect, bootstrap, null);
  }

  private Node node(String name, int expect) {
    Node node = new Node(name, candidate(name, nodes.size() + 1, expect, false));
    nodes.put(name, node);
    return node;
  }

  private void everybodySeesEverybody() {
    List<Candidate> all = new ArrayList<>();
    for (Node n : nodes.values()) {
      Candidate c = n.candidate;
      all.add(
          new Candidate(
              c.server(), c.datacenter(), c.expect(), c.bootstrap(), n.bootstrap.cluster()));
    }
    nodes.values().forEach(n -> n.bootstrap.members(all, now));
  }

  private void run(long millis) {
    for (long end = now + millis * MILLI; now < end; now += 50 * MILLI) {
      nodes.values().forEach(n -> n.bootstrap.tick(now));
      nodes.values().forEach(Node::work);
      for (int i = wire.size(); i > 0; i--) {
        BootstrapEnvelope envelope = wire.poll();
        nodes.values().forEach(n -> n.bootstrap.receive(envelope, now));
      }
      nodes.values().forEach(Node::work);
    }
  }

  @Test
  void threeThatExpectThreeStartTheSameCluster() {
    Node a = node("n1", 3);
    Node b = node("n2", 3);
    Node c = node("n3", 3);
    everybodySeesEverybody();
    run(1000);
    assertThat(a.start).isNotNull().isEqualTo(b.start).isEqualTo(c.start);
    assertThat(a.start.configuration().voters()).hasSize(3);
    assertThat(a.bootstrap.cluster()).isEqualTo(a.start.cluster());
    assertThat(a.bootstrap.waitingFor()).isEmpty();
  }

  @Test
  void serversWithoutAValueCountButNeverPropose() {
    Node a = node("n1", 0);
    Node b = node("n2", 3);
    Node c = node("n3", 0);
    everybodySeesEverybody();
    run(1000);
    assertThat(a.start).isNotNull().isEqualTo(b.start).isEqualTo(c.start);
    nodes.clear();
    Node lone = node("n1", 0);
    Node other = node("n2", 0);
    everybodySeesEverybody();
    run(1000);
    assertThat(lone.start).isNull();
    assertThat(lone.bootstrap.waitingFor()).contains("neither -bootstrap nor -bootstrap-expect");
    assertThat(other.start).isNull();
  }

  @Test
  void aServerThatHasGivenUpAsManySetsAsItRemembersSaysSo() {
    assertThat(afterGivingUp(BootstrapRecord.MAX_RENOUNCED - 1).bootstrap.waitingFor())
        .startsWith("waiting for 3 servers");
    assertThat(afterGivingUp(BootstrapRecord.MAX_RENOUNCED).bootstrap.waitingFor())
        .contains("has given up 256 proposed clusters", "proposes no other", "raft/ folder");
  }

  private Node afterGivingUp(int sets) {
    Set<UUID> renounced = new LinkedHashSet<>();
    for (int i = 0; i < sets; i++) {
      renounced.add(new UUID(9, i));
    }
    Node node = node("n1", 3);
    node.disk = new BootstrapRecord(null, null, renounced).encode();
    node.restart();
    return node;
  }

  private Node patient(String name, long beforeFounding) {
    Node node = new Node(name, candidate(name, nodes.size() + 1, 0, true));
    node.bootstrap = new Bootstrap(node.candidate, null, new Random(1), now, beforeFounding);
    nodes.put(name, node);
    return node;
  }

  @Test
  void aServerWithBootstrapAndAddressesToJoinFoundsAClusterWhenNobodyHasShownOne() {
    Node a = patient("n1", 5_000 * MILLI);
    run(4_950);
    assertThat(a.start).isNull();
    assertThat(a.bootstrap.waitingFor()).startsWith("asking the addresses to join");
    run(100);
    assertThat(a.start).isNotNull();
    assertThat(a.bootstrap.waitingFor()).isEmpty();
  }

  @Test
  void aServerWithBootstrapWhoseDirectoryWasEmptiedFoundsNoSecondCluster() {
    Node a = patient("n1", 5_000 * MILLI);
    Candidate there = candidate("n2", 2, 0, false);
    UUID cluster = new UUID(7, 7);
    a.bootstrap.members(
        List.of(
            new Candidate(
                there.server(), there.datacenter(), there.expect(), there.bootstrap(), cluster)),
        now);
    run(20_000);
    assertThat(a.start).isNull();
    assertThat(a.bootstrap.waitingFor()).startsWith("n2 already is in cluster " + cluster);
  }

  @Test
  void tooFewAreWaitedForByName() {
    Node a = node("n1", 3);
    node("n2", 3);
    everybodySeesEverybody();
    run(1000);
    assertThat(a.start).isNull();
    assertThat(a.bootstrap.waitingFor()).isEqualTo("waiting for 3 servers, 2 known: n1, n2");
  }

  @Test
  void differentExpectationsAreRefusedByNameAndLookedAtAgain() {
    Node a = node("n1", 3);
    node("n2", 3);
    Node c = node("n3", 5);
    everybodySeesEverybody();
    run(1000);
    assertThat(a.start).isNull();
    assertThat(a.bootstrap.waitingFor()).isEqualTo("n3 expects 5, we expect 3");
    assertThat(c.bootstrap.waitingFor()).isEqualTo("n1 expects 3, we expect 5");
    c.candidate = candidate("n3", 3, 3, false);
    c.restart();
    everybodySeesEverybody();
    run(1000);
    assertThat(a.start).isNotNull().isEqualTo(c.start);
  }

  @Test
  void theBootstrapFlagMakesAClusterOfOneAtOnce() {
    Node a = new Node("n1", candidate("n1", 1, 0, true));
    nodes.put("n1", a);
    a.work();
    assertThat(a.start.configuration().voters()).hasSize(1);
    UUID cluster = a.bootstrap.cluster();
    a.restart();
    assertThat(a.bootstrap.cluster()).isEqualTo(cluster);

    Node b = node("n2", 2);
    node("n3", 2);
    everybodySeesEverybody();
    run(1000);
    assertThat(b.start).isNull();
    assertThat(b.bootstrap.waitingFor()).startsWith("n1 already is in cluster " + cluster);
  }

  @Test
  void anotherDatacenterIsRefused() {
    Node a = node("n1", 2);
    Candidate c = candidate("n2", 2, 2, false);
    a.bootstrap.members(List.of(new Candidate(c.server(), "dc2", 2, false, null)), now);
    run(500);
    assertThat(a.start).isNull();
    assertThat(a.bootstrap.waitingFor()).isEqualTo("n2 is in datacenter dc2, we are in dc1");
  }

  @Test
  void aPromiseSurvivesARestartAndBindsAgainstEveryOtherSet() {
    Node a = node("n1", 3);
    Node b = node("n2", 3);
    Node c = node("n3", 3);
    everybodySeesEverybody();
    a.work();
    nodes.remove("n3");
    run(500);
    assertThat(b.bootstrap.promised().servers()).hasSize(3);
    assertThat(b.start).isNull();
    b.restart();
    assertThat(b.bootstrap.promised().servers()).hasSize(3);
    assertThat(b.bootstrap.adopt(new UUID(9, 9))).isFalse();

    everybodySeesEverybody();
    assertThat(b.bootstrap.waitingFor()).contains("n3 (127.0.0.3:8300)").contains("raft/ folder");
    nodes.put("n3", c);
    everybodySeesEverybody();
    run(3000);
    assertThat(c.start).isNotNull().isEqualTo(a.start).isEqualTo(b.start);
  }

  @Test
  void whoOnlyPromisedStartsWhenAddressed() {
    Node a = node("n1", 2);
    node("n2", 2);
    everybodySeesEverybody();
    a.work();
    UUID set = a.bootstrap.promised().isEmpty() ? null : wireSet();
    a.bootstrap.addressedBy(new UUID(5, 5));
    assertThat(a.bootstrap.cluster()).isNull();
    a.bootstrap.addressedBy(set);
    assertThat(a.bootstrap.cluster()).isEqualTo(set);
  }

  private UUID wireSet() {
    return wire.peek().message().cluster();
  }

  @Test
  void aSetWithAWipedMemberIsRenouncedByTheOthersAndFormedAnew() {
    Node a = node("n1", 3);
    Node b = node("n2", 3);
    Node c = node("n3", 3);
    everybodySeesEverybody();
    a.work();
    nodes.remove("n3");
    run(500);
    assertThat(b.bootstrap.promised().servers()).hasSize(3);
    ServerId wiped = new ServerId(c.candidate.id().node(), new UUID(7, 7));
    Server server = new Server(wiped, "n3", "127.0.0.3:8300", true);
    Node fresh = new Node("n3", new Candidate(server, "dc1", 3, false, null));
    nodes.put("n3", fresh);
    everybodySeesEverybody();
    run(10_000);
    assertThat(fresh.start).isNotNull().isEqualTo(a.start).isEqualTo(b.start);
    assertThat(fresh.start.configuration().contains(wiped)).isTrue();
  }

  @Test
  void nothingIsSaidBeforeItIsSynced() {
    Bootstrap a = new Bootstrap(candidate("n1", 1, 2, false), null, new Random(1), 0);
    a.members(List.of(candidate("n2", 2, 2, false)), 0);
    BootstrapReady ready = a.ready();
    assertThat(ready.record()).isNotNull();
    assertThat(ready.attempt().servers()).hasSize(2);
    assertThat(ready.envelopes()).isEmpty();
    a.tick(10_000 * MILLI);
    assertThat(a.ready().envelopes()).isEmpty();
    a.synced(ready.record().sequence(), 10_000 * MILLI);
    assertThat(a.ready().envelopes()).hasSize(1);
  }

  private void expect(Node node, int expect) {
    Candidate c = node.candidate;
    node.candidate = new Candidate(c.server(), c.datacenter(), expect, false, null);
    node.restart();
  }

  @Test
  void aSetIsNotRefusedForTheValueThatItsProposerOnceHad() {
    Node a = node("n1", 3);
    Node b = node("n2", 2);
    Node c = node("n3", 2);
    expect(b, 3);
    expect(c, 3);
    everybodySeesEverybody();
    a.work(); // has promised a set that expects 3
    expect(b, 2);
    expect(c, 2);
    everybodySeesEverybody();
    run(2_000);
    assertThat(b.start).isNull();
    assertThat(b.bootstrap.waitingFor()).isEqualTo("n1 expects 3, we expect 2");
    expect(a, 2);
    everybodySeesEverybody();
    run(6_000);
    assertThat(a.start).isNotNull().isEqualTo(b.start).isEqualTo(c.start);
  }

  @Test
  void setsThatHaveBecomeTooSmallAreRenouncedThoughTheyAreProposedInTurn() {
    Node b = node("n1", 2);
    Node d = node("n2", 2);
    Node c = node("n3", 2);
    b.bootstrap.members(List.of(c.candidate), now);
    b.work();
    d.bootstrap.members(List.of(c.candidate), now);
    d.work();
    wire.clear();
    assertThat(b.bootstrap.promised().servers()).hasSize(2);
    assertThat(d.bootstrap.promised().servers()).hasSize(2);
    for (Node n : List.of(b, d, c)) {
      expect(n, 3);
    }
    everybodySeesEverybody();
    for (int i = 0; i < 60 && (b.start == null || c.start == null || d.start == null); i++) {
      run(500);
    }
    assertThat(b.start).isNotNull().isEqualTo(c.start).isEqualTo(d.start);
    assertThat(b.start.configuration().servers()).hasSize(3);
  }

  @Test
  void whatAFailedStoreMayHaveLostIsWrittenAgainBeforeItIsSaid() {
    Bootstrap a = new Bootstrap(candidate("n1", 1, 2, false), null, new Random(1), 0);
    a.members(List.of(candidate("n2", 2, 2, false)), 0);
    BootstrapReady lost = a.ready();
    a.storeReopened();
    BootstrapReady again = a.ready();
    assertThat(again.record().bytes()).isEqualTo(lost.record().bytes());
    assertThat(again.envelopes()).isEmpty();
    a.synced(again.record().sequence(), 0);
    assertThat(a.ready().envelopes()).hasSize(1);
  }
}
