package org.comitia.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.RaftOptions;
import org.comitia.raft.ServerId;
import org.comitia.wire.proto.AnswerFrame;
import org.comitia.wire.proto.AppendRequestFrame;
import org.comitia.wire.proto.BootstrapFrame;
import org.comitia.wire.proto.CheckDefinitionFrame;
import org.comitia.wire.proto.CheckFrame;
import org.comitia.wire.proto.ChecksFrame;
import org.comitia.wire.proto.CommandFrame;
import org.comitia.wire.proto.EntryFrame;
import org.comitia.wire.proto.ForwardedFrame;
import org.comitia.wire.proto.KvEntriesFrame;
import org.comitia.wire.proto.KvEntryFrame;
import org.comitia.wire.proto.KvKeyListFrame;
import org.comitia.wire.proto.KvPutFrame;
import org.comitia.wire.proto.NodeFrame;
import org.comitia.wire.proto.NodeListFrame;
import org.comitia.wire.proto.NodeWithServicesFrame;
import org.comitia.wire.proto.ProposeFrame;
import org.comitia.wire.proto.QueryFrame;
import org.comitia.wire.proto.QueryResultFrame;
import org.comitia.wire.proto.RaftFrame;
import org.comitia.wire.proto.ReadAnswerFrame;
import org.comitia.wire.proto.ReadFrame;
import org.comitia.wire.proto.ReadResultFrame;
import org.comitia.wire.proto.RegisterFrame;
import org.comitia.wire.proto.ServerFrame;
import org.comitia.wire.proto.ServerKey;
import org.comitia.wire.proto.ServiceFrame;
import org.comitia.wire.proto.ServiceNamesFrame;
import org.comitia.wire.proto.TextsFrame;
import org.comitia.wire.proto.TxnFrame;
import org.comitia.wire.proto.TxnOpFrame;
import org.junit.jupiter.api.Test;

class BoundedParserTest {
  private static final String TOO_MANY = "a message of too many parts for its length";
  private static final ServerKey KEY = ServerKey.newBuilder().setNodeIdHigh(1).build();

  private static void refused(String why, ThrowingDecode decode) {
    assertThatThrownBy(decode::run).isInstanceOf(MalformedFrameException.class).hasMessage(why);
  }

  private interface ThrowingDecode {
    void run() throws IOException;
  }

  // ---- what nobody sends

  private static byte[] append(int entries) {
    return RaftFrame.newBuilder()
        .setFrom(KEY)
        .setTo(KEY)
        .setAppendRequest(
            AppendRequestFrame.newBuilder()
                .addAllEntries(Collections.nCopies(entries, EntryFrame.getDefaultInstance())))
        .build()
        .toByteArray();
  }

  @Test
  void aRaftFrameOfManyEmptyEntriesIsRefused() throws Exception {
    int entry = 48 + 4 * 4 + 8;
    int most = (int) (BoundedParser.FIXED / (entry - 2 * 2)); // two bytes on the wire
    FrameCodec.decodeEnvelope(append(most - 50));
    refused(TOO_MANY, () -> FrameCodec.decodeEnvelope(append(most)));
  }

  @Test
  void aBootstrapFrameOfManyEmptyServersIsRefused() {
    ProposeFrame servers =
        ProposeFrame.newBuilder()
            .addAllServers(Collections.nCopies(150_000, ServerFrame.getDefaultInstance()))
            .build();
    byte[] bytes = BootstrapFrame.newBuilder().setPropose(servers).build().toByteArray();
    refused(TOO_MANY, () -> FrameCodec.decodeBootstrap(bytes));
  }

  @Test
  void aRequestOfManyEmptyPartsIsRefused() {
    TxnFrame ops =
        TxnFrame.newBuilder()
            .addAllOps(Collections.nCopies(200_000, TxnOpFrame.getDefaultInstance()))
            .build();
    QueryFrame query = QueryFrame.newBuilder().setTxnRead(ops).build();
    byte[] bytes =
        ForwardedFrame.newBuilder()
            .setRead(ReadFrame.newBuilder().setQuery(query))
            .build()
            .toByteArray();
    refused(TOO_MANY, () -> ForwardCodec.decodeRequest(bytes));
  }

  private static final CheckFrame EMPTY_CHECK =
      CheckFrame.newBuilder().setDefinition(CheckDefinitionFrame.getDefaultInstance()).build();

  @Test
  void anAnswerOfManyEmptyRowsIsRefused() {
    ChecksFrame checks =
        ChecksFrame.newBuilder().addAllChecks(Collections.nCopies(80_000, EMPTY_CHECK)).build();
    byte[] bytes = answer(QueryResultFrame.newBuilder().setChecks(checks));
    refused(TOO_MANY, () -> ForwardCodec.decodeAnswer(bytes));
  }

  @Test
  void aCommandOfManyEmptyPartsIsRefused() {
    RegisterFrame register =
        RegisterFrame.newBuilder()
            .setNode(NodeFrame.getDefaultInstance())
            .addAllChecks(Collections.nCopies(20_000, EMPTY_CHECK))
            .build();
    byte[] bytes = CommandFrame.newBuilder().setRegister(register).build().toByteArray();
    refused(TOO_MANY, () -> Commands.decode(bytes));
  }

  // ---- what a newer version sends

  private static final UnknownFieldSet NEWER =
      UnknownFieldSet.newBuilder()
          .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
          .build();

  /** The same field with numbers that are all different, which protobuf keeps one by one. */
  private static byte[] withUnknown(Message message, int count) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    message.writeTo(out);
    for (int i = 0; i < count; i++) {
      out.writeUInt32(1000 + i, 1);
    }
    out.flush();
    return bytes.toByteArray();
  }

  @Test
  void aFieldOfANewerVersionInEachEntryIsDropped() throws Exception {
    EntryFrame entry =
        EntryFrame.newBuilder().setIndex(1).setTerm(1).setUnknownFields(NEWER).build();
    RaftFrame frame =
        RaftFrame.newBuilder()
            .setFrom(KEY)
            .setTo(KEY)
            .setAppendRequest(
                AppendRequestFrame.newBuilder().addAllEntries(Collections.nCopies(16_385, entry)))
            .build();
    byte[] bytes = frame.toByteArray();
    FrameCodec.decodeEnvelope(bytes);
    assertThat(
            new BoundedParser<>(RaftFrame.getDefaultInstance(), BoundedParser.FIXED, 2)
                .parse(bytes, 0, bytes.length)
                .getAppendRequest()
                .getEntriesList())
        .allMatch(e -> e.getUnknownFields().asMap().isEmpty());
  }

  @Test
  void unknownFieldsInSmallFramesTakeNoMemoryEither() throws Exception {
    byte[] bytes = withUnknown(RaftFrame.newBuilder().setFrom(KEY).build(), 1000);
    RaftFrame frame =
        new BoundedParser<>(RaftFrame.getDefaultInstance(), BoundedParser.FIXED, 2)
            .parse(bytes, 0, bytes.length);
    assertThat(frame).isEqualTo(RaftFrame.newBuilder().setFrom(KEY).build());
  }

  @Test
  void manyUnknownFieldsAreRefused() throws Exception {
    RaftFrame frame = RaftFrame.newBuilder().setFrom(KEY).setTo(KEY).build();
    byte[] bytes = withUnknown(frame, 400_000);
    refused(TOO_MANY, () -> FrameCodec.decodeEnvelope(bytes));
  }

  @Test
  void aCommandOfManyUnknownFieldsIsOneOfANewerVersion() throws Exception {
    byte[] few = put(Commands.MAX_UNKNOWN);
    byte[] many = put(Commands.MAX_UNKNOWN + 1);
    assertThatThrownBy(() -> Commands.decode(few)).hasMessageContaining("KvPutFrame, field 1000");
    assertThatThrownBy(() -> Commands.decode(many))
        .isInstanceOf(UnknownCommandException.class)
        .hasMessageContaining("more fields");
  }

  private static byte[] put(int unknown) throws IOException {
    KvPutFrame put =
        KvPutFrame.newBuilder().setValue(ByteString.copyFrom(new byte[70_000])).build();
    byte[] bytes = withUnknown(put, unknown);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(all);
    out.writeByteArray(CommandFrame.KV_PUT_FIELD_NUMBER, bytes);
    out.flush();
    return all.toByteArray();
  }

  @Test
  void groupsAreRefused() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeByteArray(50, new byte[BoundedParser.SMALL]);
    out.writeTag(60, WireFormat.WIRETYPE_START_GROUP);
    out.writeTag(60, WireFormat.WIRETYPE_END_GROUP);
    out.flush();
    refused("a group in a message", () -> FrameCodec.decodeEnvelope(bytes.toByteArray()));
  }

  // ---- what agents send

  /** As many entries as a leader sends at once, and one that counts more than all of them. */
  @Test
  void whateverALeaderSendsAtOncePasses() throws Exception {
    int most = RaftOptions.withMultiplier(1).maxAppendBytes() / 64;
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i <= most; i++) {
      entries.add(new Entry(i + 1, 1, Entry.Kind.NOOP, new byte[0]));
    }
    comesBack(entries);
    List<Entry> four = new ArrayList<>(entries);
    Stream.of(1, 2, 3).forEach(more -> four.addAll(entries));
    comesBack(four);
    comesBack(List.of(new Entry(1, 1, Entry.Kind.COMMAND, new byte[Commands.MAX_BYTES])));
    comesBack(List.of(new Entry(1, 1, Entry.Kind.COMMAND, new byte[15 << 20])));
  }

  private static void comesBack(List<Entry> entries) throws Exception {
    ServerId id = new ServerId(new UUID(1, 2), new UUID(3, 4));
    Envelope envelope =
        new Envelope(
            new UUID(5, 6),
            id,
            id,
            new org.comitia.raft.Message.AppendRequest(1, 0, 0, entries, 0, 0));
    assertThat(FrameCodec.decodeEnvelope(FrameCodec.encode(envelope))).isEqualTo(envelope);
  }

  /** The lightest that there can be: names, keys and tags of three characters, most of one. */
  @Test
  void rowsOfTheShortestNamesPass() throws Exception {
    List<String> tags = Collections.nCopies(500, "t");
    NodeFrame.Builder node =
        NodeFrame.newBuilder().setName("abc").setCreateIndex(1).setModifyIndex(1);
    ServiceFrame.Builder service =
        ServiceFrame.newBuilder()
            .setId("abc")
            .setName("a")
            .setCreateIndex(1)
            .setModifyIndex(1)
            .addAllTags(tags);
    for (char c = ' '; c < 127; c++) {
      node.putMeta(String.valueOf(c), "v");
      service.putMeta(String.valueOf(c), "v");
    }
    NodeListFrame nodes =
        NodeListFrame.newBuilder().addAllNodes(Collections.nCopies(20_000, node.build())).build();
    passes(QueryResultFrame.newBuilder().setNodes(nodes));
    NodeWithServicesFrame services =
        NodeWithServicesFrame.newBuilder()
            .setNode(node)
            .addAllServices(Collections.nCopies(6_000, service.build()))
            .build();
    passes(QueryResultFrame.newBuilder().setNodeServices(services));
    KvEntryFrame entry =
        KvEntryFrame.newBuilder()
            .setKey(ByteString.copyFromUtf8("abc"))
            .setValue(ByteString.copyFromUtf8("v"))
            .setCreateIndex(1)
            .setModifyIndex(1)
            .build();
    KvEntriesFrame entries =
        KvEntriesFrame.newBuilder().addAllEntries(Collections.nCopies(900_000, entry)).build();
    passes(QueryResultFrame.newBuilder().setKvEntries(entries));
    KvKeyListFrame keys =
        KvKeyListFrame.newBuilder()
            .addAllKeys(Collections.nCopies(3_000_000, entry.getKey()))
            .build();
    passes(QueryResultFrame.newBuilder().setKvKeys(keys));
    ServiceNamesFrame.Builder names = ServiceNamesFrame.newBuilder();
    TextsFrame one = TextsFrame.newBuilder().addTexts("t").build();
    for (int i = 0; i < 400_000; i++) {
      names.putTagsByName(
          Integer.toString(i + 36 * 36, 36), i % 2 == 0 ? one : TextsFrame.getDefaultInstance());
    }
    passes(QueryResultFrame.newBuilder().setServices(names));
  }

  private static void passes(QueryResultFrame.Builder result) throws Exception {
    byte[] bytes = answer(result);
    assertThat(bytes).hasSizeBetween(BoundedParser.SMALL, ForwardCodec.MAX_ANSWER_BYTES);
    BoundedParser<AnswerFrame> parser =
        new BoundedParser<>(AnswerFrame.getDefaultInstance(), 0, BoundedParser.MAX_PER_BYTE);
    BoundedParser.weigh(
        AnswerFrame.getDescriptor(), bytes, 0, bytes.length, parser.max(bytes.length));
  }

  private static byte[] answer(QueryResultFrame.Builder result) {
    return AnswerFrame.newBuilder()
        .setRead(
            ReadAnswerFrame.newBuilder().setAnswer(ReadResultFrame.newBuilder().setResult(result)))
        .build()
        .toByteArray();
  }

  /** Whatever a command holds, no server may fail to read it: it is in the log of all. */
  @Test
  void everyCommandPasses() throws Exception {
    AnyCommand any = new AnyCommand(new Random(11));
    int weighed = 0;
    for (int i = 0; i < 1_000; i++) {
      try {
        Commands.weigh(Commands.encode(any.next()));
        weighed++;
      } catch (IllegalArgumentException tooLong) {
        // not proposed
      }
    }
    assertThat(weighed).isGreaterThan(500);
    ServiceFrame service =
        ServiceFrame.newBuilder().addAllTags(Collections.nCopies(345_000, "t")).build();
    RegisterFrame register =
        RegisterFrame.newBuilder()
            .setNode(NodeFrame.newBuilder().setName("n"))
            .setService(service)
            .build();
    Commands.decode(CommandFrame.newBuilder().setRegister(register).build().toByteArray());
  }
}
