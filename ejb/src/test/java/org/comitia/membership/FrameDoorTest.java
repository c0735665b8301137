package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import org.comitia.wire.proto.ForceLeave;
import org.comitia.wire.proto.Leaving;
import org.comitia.wire.proto.MemberRecord;
import org.comitia.wire.proto.MemberTable;
import org.comitia.wire.proto.MembershipFrame;
import org.comitia.wire.proto.Ping;
import org.comitia.wire.proto.RecordRequest;
import org.comitia.wire.proto.UserEventFrame;
import org.jgroups.Address;
import org.jgroups.View;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.Test;

class FrameDoorTest {
  private static final Address MEMBER = new UUID(0, 1);
  private static final Address NEWCOMER = new UUID(0, 2);
  private static final Address STRANGER = new UUID(0, 3);

  private final List<MembershipFrame> inside = new ArrayList<>();
  private final FrameDoor door = new FrameDoor((from, frame) -> inside.add(frame));

  @Test
  void aMembersFramesPassAndAStrangersDoNot() {
    door.view(view(1, MEMBER));
    door.take(MEMBER, table("a", 0));
    door.take(STRANGER, table("b", 0));
    assertThat(inside).containsExactly(table("a", 0));
  }

  @Test
  void whatANewcomerNeedsWaitsForItsViewThoughOthersComeFirst() {
    door.view(view(1, MEMBER));
    MembershipFrame request =
        MembershipFrame.newBuilder().setRecordRequest(RecordRequest.getDefaultInstance()).build();
    door.take(NEWCOMER, table("a", 0));
    door.take(STRANGER, table("b", 0));
    door.take(NEWCOMER, request);
    door.view(view(2, MEMBER));
    door.view(view(3, MEMBER, NEWCOMER));
    assertThat(inside).containsExactly(table("a", 0), request);
    door.view(view(4, MEMBER));
    door.view(view(5, MEMBER, STRANGER));
    assertThat(inside).as("one view too many").hasSize(2);
  }

  @Test
  void nothingElseWaits() {
    List<MembershipFrame> others =
        List.of(
            MembershipFrame.newBuilder().setLeaving(Leaving.getDefaultInstance()).build(),
            MembershipFrame.newBuilder().setForceLeave(ForceLeave.getDefaultInstance()).build(),
            MembershipFrame.newBuilder().setUserEvent(UserEventFrame.getDefaultInstance()).build(),
            MembershipFrame.newBuilder().setPing(Ping.getDefaultInstance()).build());
    others.forEach(frame -> door.take(NEWCOMER, frame));
    door.view(view(1, MEMBER, NEWCOMER));
    assertThat(inside).isEmpty();
    others.forEach(frame -> door.take(NEWCOMER, frame));
    assertThat(inside).isEqualTo(others);
  }

  @Test
  void whatWaitsIsBoundedInNumberAndTheNewestIsKept() {
    for (int i = 0; i <= FrameDoor.MAX_EARLY; i++) {
      door.take(NEWCOMER, table("n" + i, 0));
    }
    door.view(view(1, NEWCOMER));
    assertThat(inside)
        .hasSize(FrameDoor.MAX_EARLY)
        .startsWith(table("n1", 0))
        .endsWith(table("n" + FrameDoor.MAX_EARLY, 0));
  }

  @Test
  void whatWaitsIsBoundedInBytes() {
    int half = FrameDoor.MAX_EARLY_BYTES / 2;
    door.take(NEWCOMER, table("a", half));
    door.take(NEWCOMER, table("b", half - 100));
    door.take(NEWCOMER, table("c", 100));
    door.view(view(1, NEWCOMER));
    assertThat(inside).containsExactly(table("b", half - 100), table("c", 100));
  }

  /** 64 bytes each in memory, two on the wire. */
  @Test
  void whatWaitsIsHeldAsTheBytesThatItIsCountedBy() throws Exception {
    MembershipFrame empty =
        MembershipFrame.newBuilder()
            .setTable(
                MemberTable.newBuilder()
                    .addAllMembers(Collections.nCopies(50_000, MemberRecord.getDefaultInstance())))
            .build();
    door.take(NEWCOMER, empty);
    for (Field field : FrameDoor.class.getDeclaredFields()) {
      field.setAccessible(true);
      if (field.get(door) instanceof Deque<?> held && !held.isEmpty()) {
        assertThat(held.peek()).extracting("frame").isNotInstanceOf(MembershipFrame.class);
      }
    }
    door.view(view(1, NEWCOMER));
    assertThat(inside).containsExactly(empty);
  }

  private static View view(long id, Address... members) {
    return new View(members[0], id, List.of(members));
  }

  /** A little more than so many bytes. */
  private static MembershipFrame table(String name, int bytes) {
    MemberRecord record =
        MemberRecord.newBuilder().setName(name).putTags("t", "x".repeat(bytes)).build();
    return MembershipFrame.newBuilder()
        .setTable(MemberTable.newBuilder().addMembers(record))
        .build();
  }
}
