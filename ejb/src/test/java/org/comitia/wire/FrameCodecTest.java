package org.comitia.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.comitia.raft.Configuration;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.Message;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.raft.bootstrap.BootstrapMessage;
import org.comitia.wire.proto.AppendRequestFrame;
import org.comitia.wire.proto.AppendResponseFrame;
import org.comitia.wire.proto.EntryFrame;
import org.comitia.wire.proto.RaftFrame;
import org.comitia.wire.proto.ServerKey;
import org.comitia.wire.proto.TimeoutNowFrame;
import org.junit.jupiter.api.Test;

class FrameCodecTest {
  private static final byte[] CONFIGURATION =
      ConfigurationCodec.encode(
          new Configuration(
              List.of(
                  new Server(
                      new ServerId(new UUID(1, 2), new UUID(3, 4)),
                      "a",
                      "127.0.30.1:8300",
                      true))));

  private final Random random = new Random(7);

  @Test
  void everyRaftMessageRoundTrips() throws Exception {
    for (Message message : messages()) {
      Envelope envelope = new Envelope(uuid(), id(), id(), message);
      assertThat(FrameCodec.decodeEnvelope(FrameCodec.encode(envelope))).isEqualTo(envelope);
    }
  }

  @Test
  void everyBootstrapMessageRoundTrips() throws Exception {
    for (BootstrapMessage message : bootstrapMessages()) {
      BootstrapEnvelope envelope = new BootstrapEnvelope(id(), id(), message);
      assertThat(FrameCodec.decodeBootstrap(FrameCodec.encode(envelope))).isEqualTo(envelope);
    }
  }

  @Test
  void headroomIsLeftInFrontAndDecodingHonoursTheOffset() throws Exception {
    Envelope envelope = new Envelope(uuid(), id(), id(), new Message.TimeoutNow(4));
    byte[] bytes = FrameCodec.encode(envelope, 5);
    assertThat(Arrays.copyOf(bytes, 5)).containsOnly(0);
    assertThat(FrameCodec.decodeEnvelope(bytes, 5, bytes.length - 5)).isEqualTo(envelope);
  }

  @Test
  void randomAndDamagedBytesEndInTheTypedExceptionOrInAnEnvelope() {
    List<byte[]> seeds = new ArrayList<>();
    messages().forEach(m -> seeds.add(FrameCodec.encode(new Envelope(uuid(), id(), id(), m))));
    bootstrapMessages()
        .forEach(m -> seeds.add(FrameCodec.encode(new BootstrapEnvelope(id(), id(), m))));
    int malformed = 0;
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes = damaged(seeds.get(i % seeds.size()));
      malformed += decodes(bytes) ? 0 : 1;
    }
    assertThat(malformed).isPositive();
  }

  @Test
  void everyTruncationIsMalformedOrStillWhole() {
    byte[] bytes = FrameCodec.encode(new Envelope(uuid(), id(), id(), messages().get(4)));
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> FrameCodec.decodeEnvelope(cut))
          .isInstanceOf(MalformedFrameException.class);
    }
  }

  @Test
  void numbersThatTheCoreWouldNotSendAreRefused() {
    RaftFrame.Builder frame =
        RaftFrame.newBuilder()
            .setFrom(ServerKey.getDefaultInstance())
            .setTo(ServerKey.getDefaultInstance());
    refused(frame.setTimeoutNow(TimeoutNowFrame.newBuilder().setTerm(-1)).build().toByteArray());
    refused(
        frame
            .setAppendRequest(
                AppendRequestFrame.newBuilder().addEntries(EntryFrame.newBuilder().setKind(99)))
            .build()
            .toByteArray());
    refused(frame.clearMessage().build().toByteArray());
    refused(frame.clearFrom().setTimeoutNow(TimeoutNowFrame.newBuilder()).build().toByteArray());
  }

  private static RaftFrame.Builder addressed() {
    return RaftFrame.newBuilder()
        .setFrom(ServerKey.getDefaultInstance())
        .setTo(ServerKey.getDefaultInstance());
  }

  /** It would end the core, which decodes it when it appends it. */
  @Test
  void anEntryThatThisVersionCannotReadIsToldApartFromDamage() {
    byte[] otherFormat = CONFIGURATION.clone();
    otherFormat[0] = 2;
    List<EntryFrame.Builder> unknown =
        List.of(
            EntryFrame.newBuilder().setIndex(5).setKind(99),
            EntryFrame.newBuilder()
                .setIndex(5)
                .setKind(Entry.Kind.CONFIGURATION.code())
                .setData(ByteString.copyFrom(otherFormat)));
    for (EntryFrame.Builder entry : unknown) {
      byte[] bytes =
          addressed()
              .setAppendRequest(AppendRequestFrame.newBuilder().addEntries(entry))
              .build()
              .toByteArray();
      assertThatThrownBy(() -> FrameCodec.decodeEnvelope(bytes))
          .isInstanceOf(UnknownEntryException.class)
          .hasMessageStartingWith("entry 5: ");
    }
  }

  @Test
  void whoTellsNoFeatureLevelKnowsNoneAndNobodyKnowsThousands() throws Exception {
    RaftFrame.Builder frame = addressed();
    byte[] older = frame.setAppendResponse(AppendResponseFrame.newBuilder()).build().toByteArray();
    assertThat(FrameCodec.decodeEnvelope(older).message())
        .isEqualTo(new Message.AppendResponse(0, false, 0, 0, 0, 0, 0));
    for (int level : new int[] {-1, FrameCodec.MAX_LEVEL + 1, Integer.MAX_VALUE}) {
      refused(
          frame
              .setAppendResponse(AppendResponseFrame.newBuilder().setLevel(level))
              .build()
              .toByteArray());
    }
  }

  private static void refused(byte[] bytes) {
    assertThatThrownBy(() -> FrameCodec.decodeEnvelope(bytes))
        .isInstanceOf(MalformedFrameException.class);
  }

  private boolean decodes(byte[] bytes) {
    boolean any = true;
    try {
      FrameCodec.decodeEnvelope(bytes);
    } catch (MalformedFrameException expected) {
      any = false;
    }
    try {
      FrameCodec.decodeBootstrap(bytes);
    } catch (MalformedFrameException expected) {
      return any;
    }
    return true;
  }

  private byte[] damaged(byte[] seed) {
    byte[] bytes = Arrays.copyOf(seed, random.nextInt(seed.length + 8));
    int flips = 1 + random.nextInt(6);
    for (int i = 0; i < flips && bytes.length > 0; i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return bytes;
  }

  private List<Message> messages() {
    byte[] data = new byte[300];
    random.nextBytes(data);
    return List.of(
        new Message.PreVoteRequest(3, 4, 5),
        new Message.PreVoteResponse(3, true),
        new Message.VoteRequest(Long.MAX_VALUE, 1, 1, true),
        new Message.VoteResponse(0, false),
        new Message.AppendRequest(
            9,
            7,
            8,
            List.of(
                new Entry(8, 9, Entry.Kind.NOOP, new byte[0]),
                new Entry(9, 9, Entry.Kind.CONFIGURATION, CONFIGURATION),
                new Entry(10, 9, Entry.Kind.COMMAND, data)),
            6,
            77),
        new Message.AppendRequest(9, 7, 8, List.of(), 6, 0),
        new Message.AppendResponse(2, true, 3, 4, 5, 6, 7),
        new Message.AppendResponse(2, false, 0, 4, 5, 6, 7),
        new Message.SnapshotOffer(12, 13, 14),
        new Message.TimeoutNow(12));
  }

  private List<BootstrapMessage> bootstrapMessages() {
    return List.of(
        new BootstrapMessage.Propose(
            uuid(),
            -77,
            3,
            List.of(
                new Server(id(), "a", "127.0.30.1:8300", true),
                new Server(id(), "b", "127.0.30.2:8300", false))),
        new BootstrapMessage.Promised(uuid()),
        new BootstrapMessage.Refused(uuid(), "n3 expects 5, we expect 3"),
        new BootstrapMessage.Renounced(uuid(), false),
        new BootstrapMessage.Renounced(uuid(), true));
  }

  private UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private ServerId id() {
    return new ServerId(uuid(), uuid());
  }
}
