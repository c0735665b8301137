package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.comitia.cluster.Member;
import org.comitia.cluster.Member.Status;
import org.comitia.wire.proto.ViewFrame;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Event;
import org.jgroups.MergeView;
import org.jgroups.Message;
import org.jgroups.View;
import org.jgroups.ViewId;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.GMS.GmsHeader;
import org.jgroups.stack.IpAddress;
import org.jgroups.stack.Protocol;
import org.jgroups.util.ByteArray;
import org.jgroups.util.MergeId;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class WholeGroupsTest {
  private final List<Agent> agents = new ArrayList<>();

  @AfterEach
  void closeAll() {
    agents.forEach(Agent::close);
  }

  /** Who starts first is lowest, and leads. */
  private Agent agent(String name, int host) throws Exception {
    Agent agent = Agent.started(name, "127.0.30." + host);
    agents.add(agent);
    return agent;
  }

  private static void join(Agent joiner, Agent other) throws Exception {
    assertThat(joiner.join(other).error()).isNull();
    await("both", () -> joiner.sees(other, Status.ALIVE) && other.sees(joiner, Status.ALIVE));
  }

  /** What the leader is told in a hello: the view that the other has now. */
  private static ViewFrame heardOf(Agent other, Agent leader) {
    other.membership.channel().learn(List.of(leader.membership.channel().place()));
    return other.membership.channel().viewFrame();
  }

  /** Returns when the merge has ended, whatever it brought. */
  private static void mergeWith(SerfChannel leader, View view) throws Exception {
    String before = leader.groups().printMergeIdHistory();
    leader.merge(List.of(Ids.frame(view, view.getMembers()).build()));
    await(
        "a merge",
        () ->
            !leader.groups().printMergeIdHistory().equals(before) && !leader.groups().isMerging());
  }

  private void awaitAllSeeAll() throws Exception {
    await(
        "all see all",
        () -> agents.stream().allMatch(agent -> agent.alive().size() == agents.size()));
  }

  private static void assertThatNeverMissed(Agent agent, Agent other) {
    boolean seen = false;
    for (List<Member> members : agent.heard) {
      boolean alive =
          members.stream().anyMatch(m -> m.nodeId().equals(other.id) && m.status() == Status.ALIVE);
      assertThat(seen && !alive).as(agent.name + " missed " + other.name).isFalse();
      seen |= alive;
    }
  }

  @Test
  void whoWasAloneWhenTheLeaderHeardOfItIsNotTakenFromItsGroup() throws Exception {
    Agent leader = agent("leader", 71);
    Agent coordinator = agent("coordinator", 72);
    Agent member = agent("member", 73);
    ViewFrame alone = heardOf(member, leader);
    join(coordinator, member);
    leader.membership.channel().merge(List.of(alone));
    assertThat(leader.join(member).error()).isNull();
    awaitAllSeeAll();
    assertThatNeverMissed(member, coordinator);
    assertThatNeverMissed(coordinator, member);
  }

  @Test
  void whoHasJoinedACoordinatorSinceTheLeaderHeardOfItComesWithIt() throws Exception {
    Agent leader = agent("leader", 71);
    Agent coordinator = agent("coordinator", 72);
    Agent member = agent("member", 73);
    heardOf(member, leader);
    leader.membership.channel().learn(List.of(member.membership.channel().place()));
    ViewFrame alone = heardOf(coordinator, leader);
    join(member, coordinator);
    leader.membership.channel().merge(List.of(alone));
    awaitAllSeeAll();
    assertThatNeverMissed(member, coordinator);
    assertThatNeverMissed(coordinator, member);
  }

  /** MERGE3 asks both coordinators for their views, and goes on with those that answer. */
  @Test
  void groupsMeetThoughOnlyAMemberOfTheOtherOneIsHeard() throws Exception {
    Agent coordinator = agent("coordinator", 71);
    Agent other = agent("other", 72);
    Agent member = agent("member", 73);
    join(member, coordinator);
    SerfChannel apart = other.membership.channel();
    SerfChannel heard = member.membership.channel();
    apart.learn(List.of(heard.place()));
    heard.learn(List.of(apart.place()));
    Protocol merge3 = apart.channel().getProtocolStack().findProtocol(MERGE3.class);
    merge3
        .getUpProtocol()
        .up(
            new Event(
                Event.MERGE, Map.of(apart.address(), apart.view(), heard.address(), heard.view())));
    awaitAllSeeAll();
    assertThatNeverMissed(member, coordinator);
    assertThatNeverMissed(coordinator, member);
  }

  @Test
  void aMergeInWhichNobodyElseTakesPartBringsNoView() throws Exception {
    SerfChannel alone = agent("alone", 71).membership.channel();
    ViewId before = alone.view().getViewId();
    View nobodys = new View(new UUID(Long.MAX_VALUE, 1), 7, List.of(new UUID(Long.MAX_VALUE, 1)));
    mergeWith(alone, nobodys);
    assertThat(alone.view().getViewId()).isEqualTo(before);
  }

  /** Whoever is asked for a view of another coordinator's must not draw its group in. */
  @Test
  void aRefusedMembersGroupMayTakePartAtOnce() throws Exception {
    Agent leader = agent("leader", 71);
    Agent coordinator = agent("coordinator", 72);
    Agent member = agent("member", 73);
    heardOf(member, leader);
    join(coordinator, member);
    SerfChannel leads = leader.membership.channel();
    leads.learn(List.of(member.membership.channel().place()));
    View stale =
        new View(
            member.membership.channel().address(),
            3,
            List.of(
                member.membership.channel().address(), coordinator.membership.channel().address()));
    mergeWith(leads, stale);
    assertThat(coordinator.membership.channel().groups().isMerging()).isFalse();
    assertThatNeverMissed(coordinator, member);
  }

  /** It refuses a group in which it does not find somebody. */
  @Test
  void ofAGroupThatTheLeaderHasMetItFindsAllMembers() throws Exception {
    SerfChannel leader = agent("leader", 71).membership.channel();
    List<Address> members = new ArrayList<>();
    for (int i = 0; i < ViewsToMerge.MAX_PLACES + 100; i++) {
      members.add(new UUID(Long.MAX_VALUE, i));
    }
    View large = new View(members.get(0), 7, members);
    ViewFrame.Builder frame = Ids.frame(large, members);
    for (int i = 0; i < members.size(); i++) {
      frame.addPlaces(
          Ids.place(members.get(i), new IpAddress(InetAddress.getByName("127.0.30.99"), i + 1)));
    }
    leader.merge(List.of(frame.build(), leader.viewFrame()));
    assertThat(leader.hosts(members)).hasSize(members.size());
  }

  /** The leader may begin the next merge before the view of the last one has come. */
  @Test
  void whoAnswersForItselfStaysInThatMergeUntilItsViewIsThere() throws Exception {
    Agent leader = agent("leader", 71);
    Agent member = agent("member", 72);
    join(member, leader);
    SerfChannel returned = member.membership.channel();
    View old = returned.view();
    Address leads = old.getCreator();
    View brought =
        new MergeView(leads, old.getViewId().getId() + 1, old.getMembers(), List.of(old, old));
    MergeId first = MergeId.create(leads);
    told(returned, GmsHeader.MERGE_REQ, first, null);
    told(returned, GmsHeader.GET_DIGEST_REQ, MergeId.create(leads), null);
    told(returned, GmsHeader.INSTALL_MERGE_VIEW, first, brought);
    assertThat(returned.view().getViewId()).isEqualTo(brought.getViewId());
  }

  @Test
  void whoHasTheViewOfAMergeThatItAnsweredTakesPartInTheNext() throws Exception {
    Agent leader = agent("leader", 71);
    Agent member = agent("member", 72);
    join(member, leader);
    SerfChannel returned = member.membership.channel();
    View old = returned.view();
    Address leads = old.getCreator();
    told(returned, GmsHeader.MERGE_REQ, MergeId.create(leads), null);
    returned
        .groups()
        .installView(new View(leads, old.getViewId().getId() + 1, old.getMembers()), null);
    MergeId next = MergeId.create(leads);
    told(returned, GmsHeader.GET_DIGEST_REQ, next, null);
    assertThat(returned.groups().getMergeId()).isEqualTo(next.toString());
    told(returned, GmsHeader.CANCEL_MERGE, next, null);
  }

  /** Calls in what the coordinator of the member's view sends. */
  private static void told(SerfChannel member, byte type, MergeId merge, View view) {
    Message message =
        new BytesMessage(member.address(), Marshalled.of(view)).setSrc(member.view().getCreator());
    member.groups().handle(new GmsHeader(type).mergeId(merge), message);
  }

  private static final class Marshalled extends GMS {
    static ByteArray of(View view) {
      return marshal(view, null);
    }
  }

  @Test
  void whoKeepsAnOlderViewOfTheSameMembersIsTakenInAnew() throws Exception {
    Agent leader = agent("leader", 71);
    Agent member = agent("member", 72);
    join(member, leader);
    assertThatItIsTakenInAnew(member, leader);
  }

  /** As after a merge that another one has led. */
  @Test
  void aCoordinatorThatKeepsAnOlderViewIsTakenInAnew() throws Exception {
    Agent leader = agent("leader", 71);
    Agent member = agent("member", 72);
    join(member, leader);
    assertThatItIsTakenInAnew(leader, member);
  }

  /** Heartbeats go on between the two, and no merge is for a member of the own view. */
  private static void assertThatItIsTakenInAnew(Agent behind, Agent other) throws Exception {
    SerfChannel older = behind.membership.channel();
    SerfChannel newer = other.membership.channel();
    View both = newer.view();
    await("the same view", () -> older.view().equals(both));
    newer
        .groups()
        .installView(
            new View(both.getCreator(), both.getViewId().getId() + 1, both.getMembers()), null);
    MERGE3 merge3 = older.channel().getProtocolStack().findProtocol(MERGE3.class);
    await(
        "one view",
        () -> {
          merge3.sendInfo();
          LockSupport.parkNanos(500_000_000);
          return newer.view().equals(older.view());
        });
    assertThat(newer.view().getMembers()).isEqualTo(both.getMembers());
  }

  /** What is believed of one counts when another one goes. */
  @Test
  void whoWasBelievedToBeGoneAndIsHeardStillCoordinates() throws Exception {
    Agent first = agent("first", 71);
    Agent second = agent("second", 72);
    Agent third = agent("third", 73);
    join(second, first);
    join(third, first);
    awaitAllSeeAll();
    SerfChannel last = third.membership.channel();
    WholeGroups groups = last.groups();
    View all = last.view();
    groups.up(new Event(Event.SUSPECT, List.of(first.membership.channel().address())));
    await("the first is heard", () -> groups.present(all).size() == 3);
    groups.up(new Event(Event.SUSPECT, List.of(second.membership.channel().address())));
    assertThat(last.view().getCoord()).isEqualTo(first.membership.channel().address());
  }

  @Test
  void aMemberOfAnotherCoordinatorsGroupTakesNoPartUnlessItWasToldOfThere() {
    Address a = new UUID(0, 1);
    Address b = new UUID(0, 2);
    Address c = new UUID(0, 3);
    View own = new View(a, 5, List.of(a));
    View coordinators = new View(b, 7, List.of(b, c));
    View members = new View(new ViewId(b, 7), List.of(c));
    Map<Address, ViewId> alone = Map.of(c, new ViewId(c, 0));
    assertThat(WholeGroups.mayTakePart(own, b, coordinators, Map.of())).isTrue();
    assertThat(WholeGroups.mayTakePart(own, c, members, alone)).isFalse();
    assertThat(WholeGroups.mayTakePart(own, c, members, Map.of(c, new ViewId(b, 7)))).isTrue();
  }

  @Test
  void ofTheOwnGroupAllTakePart() {
    Address a = new UUID(0, 1);
    Address b = new UUID(0, 2);
    View own = new View(a, 5, List.of(a, b));
    assertThat(WholeGroups.mayTakePart(own, b, own, Map.of())).isTrue();
  }
}
