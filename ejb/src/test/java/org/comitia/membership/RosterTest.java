package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.comitia.cluster.Member;
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

  private static MemberRecord alive() {
    return RecordCheckTest.good().setStatus(Member.Status.ALIVE.code()).build();
  }
}
