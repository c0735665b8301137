package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.comitia.cluster.Member;
import org.comitia.wire.proto.MemberRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordCheckTest {
  private static final int MAX_TAGS = RecordCheck.MAX_TAGS;

  static MemberRecord.Builder good() {
    return MemberRecord.newBuilder()
        .setName("n1")
        .setNodeId(Ids.of(UUID.randomUUID()))
        .setChannel(Ids.of(UUID.randomUUID()))
        .setAddress("127.0.30.49")
        .setPort(8301)
        .setStatus(Member.Status.FAILED.code())
        .putTags(Member.Tags.ROLE, "consul")
        .putTags(Member.Tags.PORT, "8300")
        .setSinceMillis(System.currentTimeMillis());
  }

  /** One field of so many bytes, 4 of them for its number and its length. */
  private static UnknownFieldSet unknown(int bytes) {
    ByteString value = ByteString.copyFrom(new byte[bytes - 4]);
    return UnknownFieldSet.newBuilder()
        .addField(99, UnknownFieldSet.Field.newBuilder().addLengthDelimited(value).build())
        .build();
  }

  @Test
  void whatNewerVersionsAddPassesUpToABound() {
    UnknownFieldSet most = unknown(RecordCheck.MAX_UNKNOWN_BYTES);
    assertThat(most.getSerializedSize()).isEqualTo(RecordCheck.MAX_UNKNOWN_BYTES);
    assertThat(RecordCheck.objection(good().setUnknownFields(most).build())).isNull();
  }

  /** Each with one thing that is wrong. */
  static List<MemberRecord> bad() {
    List<MemberRecord.Builder> bad = new ArrayList<>();
    bad.add(good().setPort(0));
    bad.add(good().setPort(65_536));
    bad.add(good().setPort(-1));
    bad.add(good().setAddress("localhost"));
    bad.add(good().setAddress("256.0.0.1"));
    bad.add(good().setAddress(""));
    bad.add(good().setName("with blank"));
    bad.add(good().setName("two\nlines"));
    bad.add(good().setName("next\u0085line"));
    bad.add(good().setName(""));
    bad.add(good().setName("n".repeat(129)));
    bad.add(good().setStatus(0));
    bad.add(good().setStatus(5));
    bad.add(good().clearNodeId());
    bad.add(good().clearChannel());
    bad.add(good().putAllTags(tags(MAX_TAGS - 1)));
    bad.add(good().putTags("t".repeat(RecordCheck.MAX_TAG_NAME + 1), ""));
    bad.add(good().putTags("t", "v".repeat(RecordCheck.MAX_TAG_VALUE + 1)));
    bad.add(good().putTags("t", "two\rlines"));
    bad.add(good().putTags(Member.Tags.PORT, "0"));
    bad.add(good().putTags(Member.Tags.PORT, "65536"));
    bad.add(good().putTags(Member.Tags.PORT, "http"));
    bad.add(ofBytes(RecordCheck.MAX_BYTES + 1));
    bad.add(good().setUnknownFields(unknown(RecordCheck.MAX_UNKNOWN_BYTES + 1)));
    bad.add(
        good()
            .setChannel(
                Ids.of(UUID.randomUUID()).toBuilder()
                    .setUnknownFields(unknown(RecordCheck.MAX_UNKNOWN_BYTES + 1))));
    return bad.stream().map(MemberRecord.Builder::build).toList();
  }

  @ParameterizedTest
  @MethodSource("bad")
  void whatIsWrongIsSaidWithoutItsOwnWords(MemberRecord record) {
    assertThat(RecordCheck.objection(record)).isNotNull().matches("[\\x20-\\x7e]+");
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "::1", "0:0:0:0:0:0:0:1", "fe80::1%eth0"})
  void anIpAddressPasses(String address) {
    assertThat(RecordCheck.objection(good().setAddress(address).build())).isNull();
  }

  @Test
  void whatIsJustAtItsBoundPasses() {
    for (MemberRecord.Builder record :
        List.of(
            good().setPort(1),
            good().setPort(65_535),
            good().setName("n".repeat(128)),
            good().putAllTags(tags(MAX_TAGS - 2)),
            good().putTags("t".repeat(RecordCheck.MAX_TAG_NAME), ""),
            good().putTags("t", "v".repeat(RecordCheck.MAX_TAG_VALUE)),
            ofBytes(RecordCheck.MAX_BYTES))) {
      assertThat(RecordCheck.objection(record.build())).isNull();
    }
  }

  private static Map<String, String> tags(int count) {
    Map<String, String> tags = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      tags.put("t" + i, "");
    }
    return tags;
  }

  private static MemberRecord.Builder ofBytes(int bytes) {
    MemberRecord.Builder record = good();
    for (int i = 0; i < 5; i++) {
      record.putTags("t" + i, "v".repeat(RecordCheck.MAX_TAG_VALUE));
    }
    record.putTags("rest", "v".repeat(200));
    int rest = bytes - record.build().getSerializedSize();
    return record.putTags("rest", "v".repeat(200 + rest));
  }
}
