package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;

import java.io.IOException;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.comitia.cluster.Member;
import org.comitia.cluster.Member.Status;
import org.comitia.cluster.Membership;
import org.comitia.cluster.Membership.JoinOutcome;
import org.comitia.consensus.Lane;
import org.comitia.wire.proto.Leaving;
import org.comitia.wire.proto.MemberTable;
import org.comitia.wire.proto.MembershipFrame;
import org.comitia.wire.proto.SavedMembers;
import org.jgroups.blocks.cs.Connection;
import org.jgroups.blocks.cs.TcpConnection;
import org.jgroups.blocks.cs.TcpServer;
import org.jgroups.protocols.TCP;
import org.jgroups.stack.IpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class JGroupsMembershipTest {
  private static final UUID ID = UUID.randomUUID();
  private final List<Agent> agents = new ArrayList<>();
  @TempDir Path dir;

  @AfterEach
  void closeAll() {
    agents.forEach(Agent::close);
  }

  @Test
  void silentStrangersDoNotDelayAJoin() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = agent("b", "127.0.30.42");
    List<java.net.Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 30; i++) {
        silent.add(new java.net.Socket(b.ip, b.port));
      }
      assertThat(a.join(b).succeeded()).isTrue();
    } finally {
      for (java.net.Socket socket : silent) {
        socket.close();
      }
    }
  }

  @Test
  void aRecordThatNoAgentCanHaveMadeIsDroppedAndTheAgentStartsAgain() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = new Agent("b", "127.0.30.42", Agent.freePort("127.0.30.42"), ID, dir, Map.of());
    agents.add(b.start());
    assertThat(a.join(b).succeeded()).isTrue();
    MemberTable.Builder table = MemberTable.newBuilder();
    RecordCheckTest.bad().forEach(table::addMembers);
    table.addMembers(RecordCheckTest.good().setName("remembered"));
    a.membership.channel().send(null, MembershipFrame.newBuilder().setTable(table).build());
    await("the good one", () -> b.names(Status.FAILED).equals(List.of("remembered")));
    assertThat(b.membership.refusedRecords()).isEqualTo(RecordCheckTest.bad().size());
    b.close();
    Agent again = new Agent("b", b.ip, b.port, ID, dir, Map.of());
    agents.add(again.start());
    await("what it knew", () -> again.names(Status.FAILED).contains("remembered"));
  }

  @Test
  void aBadRecordInTheFileIsSkipped() throws Exception {
    SavedMembers.Builder saved = SavedMembers.newBuilder();
    RecordCheckTest.bad().forEach(saved::addMembers);
    saved.addMembers(RecordCheckTest.good().setName("remembered"));
    java.nio.file.Files.createDirectories(dir.resolve("serf"));
    java.nio.file.Files.write(dir.resolve("serf").resolve("members"), saved.build().toByteArray());
    Agent a = new Agent("a", "127.0.30.41", Agent.freePort("127.0.30.41"), ID, dir, Map.of());
    agents.add(a.start());
    assertThat(a.names(Status.FAILED)).containsExactly("remembered");
    assertThat(a.membership.refusedRecords()).isEqualTo(RecordCheckTest.bad().size());
  }

  @Test
  void theEndOfTheMembershipsThreadIsTold() throws Exception {
    Agent a = new Agent("a", "127.0.30.41", Agent.freePort("127.0.30.41"), ID, null, Map.of());
    agents.add(a);
    java.util.concurrent.CompletableFuture<Throwable> ended =
        new java.util.concurrent.CompletableFuture<>();
    a.membership.start(
        new Membership.Listener() {
          @Override
          public void onMembers(List<Member> members) {
            if (members.get(0).tags().containsKey("strike")) {
              throw new AssertionError("of a test");
            }
          }

          @Override
          public void onEnded(Throwable cause) {
            ended.complete(cause);
          }
        },
        true);
    a.membership.updateTags(Map.of("strike", "1"));
    assertThat(ended.get(20, java.util.concurrent.TimeUnit.SECONDS)).hasMessage("of a test");
  }

  @Test
  void threeLoneMembersJoinInOneCallAndEachSeesAll() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = agent("b", "127.0.30.42");
    Agent c = agent("c", "127.0.30.43");
    assertThat(a.alive()).containsExactly("a");
    long start = System.nanoTime();
    List<JoinOutcome> outcomes = a.membership.join(List.of(a.address(), b.address(), c.address()));
    System.out.println("join of three took " + (System.nanoTime() - start) / 1_000_000 + " ms");
    assertThat(outcomes).allMatch(JoinOutcome::succeeded);
    await("all see all", () -> allSee(List.of(a, b, c), "a", "b", "c"));
    assertThat(b.sees(c).address()).isEqualTo("127.0.30.43");
    assertThat(b.sees(c).port()).isEqualTo(c.port);
    assertThat(b.heard).isNotEmpty();
  }

  /** The answers to its hellos need threads as well, and find them. */
  @Test
  void asManyAddressesAsThereAreThreadsAreJoinedAtOnce() throws Exception {
    List<Agent> others = new ArrayList<>();
    for (int i = 2; i <= 5; i++) {
      others.add(agent("m" + i, "127.0.30.4" + i));
    }
    ExecutorService shared = Executors.newFixedThreadPool(4);
    try {
      Lane channel = new Lane("the channel", shared, 2, 1_000);
      Lane joins = new Lane("joins", shared, 2, 1_000);
      String ip = "127.0.30.41";
      Agent a =
          new Agent(
              "m1", ip, Agent.freePort(ip), UUID.randomUUID(), null, Map.of(), channel, joins);
      agents.add(a);
      a.start();
      List<JoinOutcome> outcomes = a.membership.join(others.stream().map(Agent::address).toList());
      assertThat(outcomes).allMatch(JoinOutcome::succeeded);
    } finally {
      agents.forEach(Agent::close);
      agents.clear();
      shared.shutdown();
    }
  }

  @Test
  void eachOfThreeJoinsTheOthersAtOnce() throws Exception {
    List<Agent> all =
        List.of(agent("a", "127.0.30.41"), agent("b", "127.0.30.42"), agent("c", "127.0.30.43"));
    List<String> addresses = all.stream().map(Agent::address).toList();
    List<Thread> joins =
        all.stream().map(agent -> new Thread(() -> agent.membership.join(addresses))).toList();
    joins.forEach(Thread::start);
    for (Thread join : joins) {
      join.join();
    }
    await("all see all", () -> allSee(all, "a", "b", "c"));
  }

  @Test
  void aGroupJoinsAGroup() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = agent("b", "127.0.30.42");
    Agent c = agent("c", "127.0.30.43");
    Agent d = agent("d", "127.0.30.44");
    assertThat(a.join(b).error()).isNull();
    assertThat(c.join(d).error()).isNull();
    assertThat(b.join(d).error()).isNull();
    await("all see all", () -> allSee(List.of(a, b, c, d), "a", "b", "c", "d"));
    assertThat(b.join(c).error()).isNull();
  }

  @Test
  void aMembersConnectionStaysThoughItsPlaceWasNotKnownWhenTheViewCame() throws Exception {
    Agent a = keep(Agent.patient("a", "127.0.30.41"));
    Agent b = keep(Agent.patient("b", "127.0.30.42"));
    a.join(b);
    await("both see both", () -> allSee(List.of(a, b), "a", "b"));
    for (int i = 0; i < 10; i++) {
      a.tcp().retainAll(Set.of());
      assertThat(a.join(b).error()).isNull();
    }
    assertThat(a.tcp().getOpenConnections()).isOne();
    assertThat(a.tcp().numSuspectEvents()).isZero();
    assertThat(b.tcp().numSuspectEvents()).isZero();
  }

  @Test
  void aConnectionThatIsInNoTableIsClosedBeforeAnybodyIsSuspected() throws Exception {
    Agent a = keep(Agent.patient("a", "127.0.30.41"));
    Agent b = keep(Agent.patient("b", "127.0.30.42"));
    a.join(b);
    await("both see both", () -> allSee(List.of(a, b), "a", "b"));

    connections(a).retainAll(Set.of(), host -> true);

    await("it is closed", () -> a.tcp().forgottenConnections() > 0);
    assertThat(a.join(b).error()).isNull();
    assertThat(a.tcp().numSuspectEvents()).isZero();
    assertThat(b.tcp().numSuspectEvents()).isZero();
  }

  @Test
  void whoDialsOnceMoreIsNotSuspected() throws Exception {
    Agent a = keep(Agent.patient("a", "127.0.30.41"));
    Agent b = keep(Agent.patient("b", "127.0.30.42"));
    a.join(b);
    await("both see both", () -> allSee(List.of(a, b), "a", "b"));
    TcpServer ofB = connections(b);
    IpAddress placeOfA = new IpAddress(InetAddress.getByName(a.ip), a.port);
    for (int i = 0;
        i < 3;
        i++) { // a takes it instead of the one that it has: b's address is higher
      Connection another = new TcpConnection(placeOfA, ofB);
      ofB.handleOutgoingConnection(placeOfA, another);
      assertThat(a.join(b).error()).isNull();
    }
    assertThat(a.tcp().numSuspectEvents()).isZero();
    assertThat(b.tcp().numSuspectEvents()).isZero();
  }

  private static TcpServer connections(Agent agent) throws ReflectiveOperationException {
    Field table = TCP.class.getDeclaredField("srv");
    table.setAccessible(true);
    return (TcpServer) table.get(agent.tcp());
  }

  @Test
  void changedTagsReachTheOthers() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = agent("b", "127.0.30.42");
    a.join(b);
    a.membership.updateTags(Map.of(Member.Tags.EXPECT, "3"));
    await("the member", () -> b.sees(a) != null);
    await("the tag", () -> "3".equals(b.sees(a).tags().get(Member.Tags.EXPECT)));
    assertThat(b.sees(a).tags()).containsEntry(Member.Tags.ROLE, "consul");
    assertThat(a.sees(a).tags()).containsEntry(Member.Tags.EXPECT, "3");
  }

  @Test
  void aKilledMemberFailsAndItsReturnIsFoundWithoutAJoin() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = agent("b", "127.0.30.42");
    Agent c = agent("c", "127.0.30.43");
    a.membership.join(List.of(b.address(), c.address()));
    await("all see all", () -> allSee(List.of(a, b, c), "a", "b", "c"));
    b.kill();
    await("b failed", () -> a.sees(b, Status.FAILED) && c.sees(b, Status.FAILED));
    assertThat(a.alive()).containsExactly("a", "c");
    Agent again = keep(new Agent("b", b.ip, b.port, b.id, null, Map.of()).start());
    await("all see all", () -> allSee(List.of(a, again, c), "a", "b", "c"));
  }

  @Test
  void aMemberThatLeftIsLeftAndComesBackOnlyByJoining() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = agent("b", "127.0.30.42");
    Agent c = agent("c", "127.0.30.43");
    a.membership.join(List.of(b.address(), c.address()));
    await("all see all", () -> allSee(List.of(a, b, c), "a", "b", "c"));
    b.membership.leave();
    await("b left", () -> a.sees(b, Status.LEFT) && c.sees(b, Status.LEFT));
    assertThat(b.sees(b).status()).isEqualTo(Status.LEFT);
    assertThat(b.join(a).succeeded()).isTrue();
    await("all see all", () -> allSee(List.of(a, b, c), "a", "b", "c"));
  }

  @Test
  void nobodyIsBelievedThatAnotherLeaves() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = agent("b", "127.0.30.42");
    Agent c = agent("c", "127.0.30.43");
    a.membership.join(List.of(b.address(), c.address()));
    await("all see all", () -> allSee(List.of(a, b, c), "a", "b", "c"));
    Leaving leaving = Leaving.newBuilder().setNodeId(Ids.of(c.id)).setEpoch(Long.MAX_VALUE).build();
    MemberTable.Builder after =
        MemberTable.newBuilder().addMembers(RecordCheckTest.good().setName("after"));
    a.membership.channel().send(null, MembershipFrame.newBuilder().setLeaving(leaving).build());
    a.membership.channel().send(null, MembershipFrame.newBuilder().setTable(after).build());
    await("what came after it", () -> b.names(Status.FAILED).equals(List.of("after")));
    assertThat(b.alive()).containsExactly("a", "b", "c");
  }

  @Test
  void whoLeftAndIsJoinedByAnotherHasLeftNoMore() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = agent("b", "127.0.30.42");
    assertThat(b.membership.hasLeft()).isFalse();
    b.membership.leave();
    assertThat(b.membership.hasLeft()).isTrue();
    assertThat(b.membership.join(List.of("127.0.30.43:1")).get(0).succeeded()).isFalse();
    assertThat(b.membership.hasLeft()).as("its port is open, and nobody came").isTrue();
    assertThat(a.join(b).succeeded()).isTrue();
    assertThat(b.membership.hasLeft()).isFalse();
  }

  @Test
  void whereAMemberIsIsNotChangedByWhatSomebodySays() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = agent("b", "127.0.30.42");
    assertThat(a.join(b).succeeded()).isTrue();
    await("both", () -> allSee(List.of(a, b), "a", "b"));
    var places = a.membership.channel().viewFrame().getPlacesList();
    a.membership
        .channel()
        .learn(
            b.membership.channel().address(),
            new org.jgroups.stack.IpAddress(java.net.InetAddress.getByName("127.0.30.44"), 1));
    assertThat(a.membership.channel().viewFrame().getPlacesList()).isEqualTo(places);
  }

  @Test
  void aRestartRejoinsTheSavedMembersUnlessItLeft() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = keep(saving("b", "127.0.30.42", Agent.freePort("127.0.30.42")).start());
    Agent c = agent("c", "127.0.30.43");
    a.membership.join(List.of(b.address(), c.address()));
    await("all see all", () -> allSee(List.of(a, b, c), "a", "b", "c"));
    b.close();
    await("b failed", () -> a.sees(b, Status.FAILED));
    // Nobody but b itself may bring it back: both others are away when it starts.
    Agent again = keep(saving("b", b.ip, b.port).start());
    await("b is back", () -> allSee(List.of(a, again, c), "a", "b", "c"));
    again.membership.leave();
    again.close();
    Agent third = keep(saving("b", b.ip, b.port).start());
    assertThat(third.membership.members()).extracting(Member::name).containsExactly("b");
    await("a sees b left", () -> a.sees(b, Status.LEFT));
    assertThat(third.join(a).succeeded()).isTrue();
    await("b is back", () -> allSee(List.of(a, third, c), "a", "b", "c"));
  }

  @Test
  void whoWasAloneWhenItsFriendsWereAwayIsFoundAgain() throws Exception {
    Agent a = keep(saving("a", "127.0.30.41", Agent.freePort("127.0.30.41")).start());
    Agent b = keep(saving("b", "127.0.30.42", Agent.freePort("127.0.30.42")).start());
    a.join(b);
    await("both", () -> allSee(List.of(a, b), "a", "b"));
    a.close();
    b.close();
    Agent a2 = keep(saving("a", a.ip, a.port).start());
    assertThat(a2.sees(b, Status.FAILED)).isTrue();
    Agent b2 = keep(saving("b", b.ip, b.port).start());
    await("both again", () -> allSee(List.of(a2, b2), "a", "b"));
  }

  @Test
  void anUnreachableAddressIsToldAsConsulTellsIt() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    String nobody = "127.0.30.99:" + Agent.freePort("127.0.30.99");
    List<JoinOutcome> outcomes =
        a.membership.join(List.of(nobody, a.address(), "no-such-host.invalid", "1.2.3.4:x"));
    assertThat(outcomes.get(0).error())
        .isEqualTo("dial tcp " + nobody + ": connect: connection refused");
    assertThat(outcomes.get(1).succeeded()).isTrue();
    assertThat(outcomes.get(2).error()).isEqualTo("lookup no-such-host.invalid: no such host");
    assertThat(outcomes.get(3).error()).contains("invalid port");
  }

  @Test
  void allAddressesBeyondTheMostAtOnceAreRefused() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    String nobody = "127.0.30.99:" + Agent.freePort("127.0.30.99");
    List<JoinOutcome> outcomes =
        a.membership.join(java.util.Collections.nCopies(Joining.MAX_JOIN + 3, nobody));
    assertThat(outcomes.subList(0, Joining.MAX_JOIN))
        .allMatch(outcome -> outcome.error().contains("connection refused"));
    assertThat(outcomes.subList(Joining.MAX_JOIN, outcomes.size()))
        .hasSize(3)
        .allMatch(outcome -> outcome.error().contains("addresses at once"));
  }

  @Test
  void aForeignServiceDoesNotAnswerTheHello() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    try (ServerSocket foreign = new ServerSocket(0, 9, InetAddress.getByName("127.0.30.98"))) {
      String address = "127.0.30.98:" + foreign.getLocalPort();
      assertThat(a.membership.join(List.of(address)).get(0).error()).contains("no answer");
    }
  }

  @Test
  void anotherDatacenterIsRefused() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = special("b", "127.0.30.42", UUID.randomUUID(), Map.of("dc", "dc2"));
    assertThat(b.join(a).error()).isEqualTo("Member 'a' part of wrong datacenter 'dc1'");
    assertThat(a.join(b).error()).isEqualTo("Member 'b' part of wrong datacenter 'dc2'");
    stayApart(a, b);
  }

  @Test
  void aDuplicateNodeIdIsRefused() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = special("b", "127.0.30.42", a.id, Map.of());
    assertThat(b.join(a).error())
        .isEqualTo("Member 'a' has conflicting node ID '" + a.id + "' with this agent's ID");
    stayApart(a, b);
  }

  @Test
  void aDuplicateNameIsRefusedByEveryMember() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = agent("b", "127.0.30.42");
    a.join(b);
    await("both see both", () -> allSee(List.of(a, b), "a", "b"));
    Agent other = agent("A", "127.0.30.43");
    assertThat(other.join(a).error()).contains("conflicting name");
    assertThat(other.join(b).error()).contains("conflicting name");
    assertThat(other.alive()).containsExactly("A");
    assertThat(b.alive()).containsExactly("a", "b");
  }

  @Test
  void aBootstrappedClusterIsRefusedOnBothSidesAndByTheGroup() throws Exception {
    String ours = UUID.randomUUID().toString();
    String theirs = UUID.randomUUID().toString();
    Agent a = special("a", "127.0.30.41", UUID.randomUUID(), Map.of("cluster", ours));
    Agent b = agent("b", "127.0.30.42");
    assertThat(b.join(a).succeeded()).isTrue();
    Agent x = special("x", "127.0.30.43", UUID.randomUUID(), Map.of("cluster", theirs));
    assertThat(x.join(a).error())
        .contains("Member 'a' belongs to another cluster (" + ours)
        .contains("by accident, stop that one, move its raft/ folder away");
    assertThat(a.join(x).error()).contains("Member 'x' belongs to another cluster (" + theirs);
    // b has no cluster of its own yet, but its group has one.
    assertThat(x.join(b).error()).contains("another cluster");
    stayApart(a, x);
    stayApart(b, x);
  }

  @Test
  void whatIsToldBeforeTheStartIsKnownBeforeTheFirstHello() throws Exception {
    String ip = "127.0.30.41";
    try (Agent a = new Agent("a", ip, Agent.freePort(ip), UUID.randomUUID(), null, Map.of())) {
      a.membership.updateTags(Map.of(Member.Tags.CLUSTER, new UUID(2, 2).toString()));
      a.membership.updateTags(Map.of(Member.Tags.RECOVERED_FROM, new UUID(1, 1) + "@5"));
      assertThat(a.membership.admission().self().getCluster()).isEqualTo(Ids.of(new UUID(2, 2)));
      assertThat(a.membership.admission().self().getPredecessorsList()).hasSize(1);
    }
  }

  @Test
  void twoThatMetBeforeTheirClustersWereKnownPartAgain() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = agent("b", "127.0.30.42");
    a.join(b);
    await("both", () -> allSee(List.of(a, b), "a", "b"));
    a.membership.updateTags(Map.of("cluster", UUID.randomUUID().toString()));
    await("the tag", () -> b.sees(a) != null && b.sees(a).tags().containsKey("cluster"));
    b.membership.updateTags(Map.of("cluster", UUID.randomUUID().toString()));
    await("apart", () -> a.sees(b, Status.FAILED) && b.sees(a, Status.FAILED));
  }

  @Test
  void forceLeaveMovesAFailedMemberToLeftOnAllAndPruneForgetsIt() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent b = agent("b", "127.0.30.42");
    Agent c = agent("c", "127.0.30.43");
    a.membership.join(List.of(b.address(), c.address()));
    await("all see all", () -> allSee(List.of(a, b, c), "a", "b", "c"));
    c.kill();
    await("c failed", () -> a.sees(c, Status.FAILED) && b.sees(c, Status.FAILED));
    assertThat(a.membership.forceLeave("nobody", false)).isFalse();
    assertThat(a.membership.forceLeave("c", false)).isTrue();
    await("c left", () -> a.sees(c, Status.LEFT) && b.sees(c, Status.LEFT));
    assertThat(b.membership.forceLeave("c", true)).isTrue();
    await("c is forgotten", () -> a.sees(c) == null && b.sees(c) == null);
  }

  @Test
  void whoForcesAMemberToLeaveAgainAndAgainAsksTheMembershipThreadOnce() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    AtomicBoolean hold = new AtomicBoolean();
    CountDownLatch held = new CountDownLatch(1);
    Agent a =
        new Agent(
            "a", "127.0.30.41", Agent.freePort("127.0.30.41"), UUID.randomUUID(), null, Map.of());
    try {
      a.membership.start(
          members -> {
            if (hold.get()) {
              held.countDown();
              try {
                go.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
          },
          false);
      await("it knows itself", () -> !a.membership.members().isEmpty());
      hold.set(true);
      a.membership.updateTags(Map.of("changed", "yes"));
      assertThat(held.await(20, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < 1_000; i++) {
        assertThat(a.membership.forceLeave("a", i % 2 == 0)).isTrue();
      }
      assertThat(a.membership.waitingTasks()).isLessThan(20);
    } finally {
      go.countDown();
      a.close();
    }
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    Agent second = new Agent("b", a.ip, a.port, UUID.randomUUID(), null, Map.of());
    assertThatThrownBy(second::start)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("port " + a.port)
        .hasMessageContaining("address already in use");
  }

  @Test
  void closeLeavesNoThreadAndNoSocket() throws Exception {
    Agent a = agent("a", "127.0.30.41");
    for (int round = 0; round < 3; round++) {
      Agent b = agent("b", "127.0.30.42");
      a.join(b);
      b.close();
      await("no thread", () -> b.threads.stream().noneMatch(Thread::isAlive));
      try (ServerSocket socket = new ServerSocket(b.port, 1, InetAddress.getByName(b.ip))) {
        assertThat(socket.isBound()).isTrue();
      }
      await("b failed", () -> a.sees(b, Status.FAILED));
    }
  }

  private static boolean allSee(List<Agent> agents, String... names) {
    return agents.stream().allMatch(agent -> agent.alive().equals(List.of(names)));
  }

  private static void stayApart(Agent one, Agent other) {
    assertThat(one.membership.members()).extracting(Member::name).doesNotContain(other.name);
    assertThat(other.membership.members()).extracting(Member::name).doesNotContain(one.name);
  }

  private Agent agent(String name, String ip) throws Exception {
    return keep(Agent.started(name, ip));
  }

  private Agent special(String name, String ip, UUID id, Map<String, String> tags)
      throws Exception {
    return keep(new Agent(name, ip, Agent.freePort(ip), id, null, tags).start());
  }

  private Agent saving(String name, String ip, int port) throws Exception {
    UUID id = UUID.nameUUIDFromBytes(name.getBytes());
    return new Agent(name, ip, port, id, dir.resolve(name), Map.of());
  }

  private Agent keep(Agent agent) {
    agents.add(agent);
    return agent;
  }
}
