package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.UnknownFieldSet;
import java.util.Collections;
import java.util.UUID;
import org.comitia.cluster.Member;
import org.comitia.wire.MalformedFrameException;
import org.comitia.wire.proto.MemberRecord;
import org.comitia.wire.proto.MemberTable;
import org.comitia.wire.proto.MembershipFrame;
import org.junit.jupiter.api.Test;

class FramesTest {
  private static byte[] table(int count, MemberRecord record) {
    return MembershipFrame.newBuilder()
        .setTable(MemberTable.newBuilder().addAllMembers(Collections.nCopies(count, record)))
        .build()
        .toByteArray();
  }

  /** With the shortest names that there are. */
  @Test
  void aTableOfAsManyRecordsAsAreKeptPasses() throws Exception {
    MemberRecord server =
        MemberRecord.newBuilder()
            .setName("n")
            .setNodeId(Ids.of(new UUID(1, 2)))
            .setChannel(Ids.of(new UUID(3, 4)))
            .setAddress("10.0.0.1")
            .setPort(8301)
            .setStatus(1)
            .putTags(Member.Tags.ROLE, "consul")
            .putTags(Member.Tags.DATACENTER, "d")
            .putTags(Member.Tags.ID, new UUID(1, 2).toString())
            .putTags(Member.Tags.INCARNATION, new UUID(1, 2).toString())
            .putTags(Member.Tags.CLUSTER, new UUID(1, 2).toString())
            .putTags(Member.Tags.BUILD, "1")
            .putTags(Member.Tags.VERSION, "2")
            .putTags(Member.Tags.PORT, "8300")
            .putTags(Member.Tags.EXPECT, "3")
            .putTags(Member.Tags.BOOTSTRAP, "1")
            .putTags(Member.Tags.LEAVING, "1")
            .putTags(Member.Tags.HTTP_ADDRESS, "10.0.0.1:8500")
            .build();
    for (MemberRecord one : new MemberRecord[] {server, server.toBuilder().clearTags().build()}) {
      byte[] bytes = table(Roster.MAX_RECORDS, one);
      assertThat(Frames.membership(bytes, 0, bytes.length).getTable().getMembersList())
          .hasSize(Roster.MAX_RECORDS);
    }
  }

  /** An older agent passes on what newer ones tell of themselves. */
  @Test
  void whatANewerVersionHasPutIntoARecordStaysInIt() throws Exception {
    MemberRecord newer =
        MemberRecord.newBuilder()
            .setName("n")
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(7).build())
                    .build())
            .build();
    for (int records : new int[] {1, Roster.MAX_RECORDS}) {
      byte[] bytes = table(records, newer);
      MembershipFrame frame = Frames.membership(bytes, 0, bytes.length);
      assertThat(frame.toByteArray()).isEqualTo(bytes);
      assertThat(new Frames.Waiting(frame).frame()).isEqualTo(frame);
    }
  }

  /** Read again it is not weighed again: its bytes may be fewer than those that came. */
  @Test
  void whatWasReadOnceIsReadAgain() {
    MembershipFrame frame =
        MembershipFrame.newBuilder()
            .setTable(
                MemberTable.newBuilder()
                    .addAllMembers(Collections.nCopies(125_000, MemberRecord.getDefaultInstance())))
            .build();
    assertThat(new Frames.Waiting(frame).frame()).isEqualTo(frame);
  }

  @Test
  void aTableOfManyEmptyRecordsIsRefused() {
    byte[] bytes = table(125_000, MemberRecord.getDefaultInstance());
    assertThatThrownBy(() -> Frames.membership(bytes, 0, bytes.length))
        .isInstanceOf(MalformedFrameException.class);
  }
}
