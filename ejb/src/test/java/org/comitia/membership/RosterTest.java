package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.comitia.cluster.Member;
import org.comitia.cluster.Member.Status;
import org.comitia.wire.proto.MemberRecord;
import org.jgroups.Address;
import org.junit.jupiter.api.Test;

class RosterTest {
  private final Roster roster = new Roster(UUID.randomUUID());

  @Test
  void recordsOfChannelsThatAreNotInTheViewAreBounded() {
    MemberRecord member = alive();
    Address channel = Ids.channel(member.getChannel());
    roster.view(List.of(channel));
    roster.put(member);
    for (int i = 0; i < Roster.MAX_RECORDS + 1; i++) {
      roster.put(alive());
    }
    assertThat(roster.recordCount()).isLessThanOrEqualTo(Roster.MAX_RECORDS);
    List<Roster.Event> events = new ArrayList<>();
    roster.settle(1, events);
    assertThat(roster.members()).hasSize(1);
    assertThat(roster.nameless()).isEmpty();
  }

  @Test
  void aMemoryOfAMemberWhosePlaceIsTakenIsIgnored() {
    MemberRecord there = alive();
    sees(1, there);
    roster.remember(RecordCheckTest.good().build(), Status.FAILED, 1);
    roster.remember(RecordCheckTest.good().setName("N1").build(), Status.LEFT, 1);
    assertThat(roster.members()).extracting(Member::status).containsExactly(Status.ALIVE);

    sees(2);
    roster.remember(RecordCheckTest.good().build(), Status.FAILED, 2);
    assertThat(roster.members()).hasSize(2);
    sees(3, there);
    assertThat(roster.members()).extracting(Member::status).containsExactly(Status.ALIVE);
  }

  @Test
  void ofTwoMembersOfOneNameTheOneThatIsGoneIsMeant() {
    for (int i = 0; i < 8; i++) { // in whichever order their ids are
      Roster twice = new Roster(UUID.randomUUID());
      MemberRecord old = alive();
      MemberRecord now = alive();
      sees(twice, 1, old, now);
      sees(twice, 2, now);
      assertThat(twice.members()).hasSize(2);
      Member meant = Roster.gone(twice.members(), "n1").orElseThrow();
      assertThat(meant.nodeId()).isEqualTo(Ids.uuid(old.getNodeId()));

      twice.forceLeave(meant.nodeId(), false, 3, new ArrayList<>());
      assertThat(Roster.gone(twice.members(), "n1").orElseThrow().status()).isEqualTo(Status.LEFT);
      twice.forceLeave(meant.nodeId(), true, 3, new ArrayList<>());
      assertThat(Roster.gone(twice.members(), "n1").orElseThrow().status()).isEqualTo(Status.ALIVE);
    }
    assertThat(Roster.gone(roster.members(), "n1")).isEmpty();
  }

  private void sees(long now, MemberRecord... records) {
    sees(roster, now, records);
  }

  private static void sees(Roster roster, long now, MemberRecord... records) {
    roster.view(Stream.of(records).map(r -> Ids.channel(r.getChannel())).toList());
    Stream.of(records).forEach(roster::put);
    roster.settle(now, new ArrayList<>());
  }

  private static MemberRecord alive() {
    return RecordCheckTest.good().setStatus(Status.ALIVE.code()).build();
  }
}
