package org.comitia.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.Message;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StateMark;
import org.comitia.raft.bootstrap.BootstrapEnvelope;
import org.comitia.raft.bootstrap.BootstrapMessage;
import org.comitia.wire.proto.AppendRequestFrame;
import org.comitia.wire.proto.AppendResponseFrame;
import org.comitia.wire.proto.BootstrapFrame;
import org.comitia.wire.proto.EntryFrame;
import org.comitia.wire.proto.PreVoteRequestFrame;
import org.comitia.wire.proto.PreVoteResponseFrame;
import org.comitia.wire.proto.PromisedFrame;
import org.comitia.wire.proto.ProposeFrame;
import org.comitia.wire.proto.RaftFrame;
import org.comitia.wire.proto.RefusedFrame;
import org.comitia.wire.proto.RenouncedFrame;
import org.comitia.wire.proto.ServerFrame;
import org.comitia.wire.proto.ServerKey;
import org.comitia.wire.proto.SnapshotOfferFrame;
import org.comitia.wire.proto.TimeoutNowFrame;
import org.comitia.wire.proto.VoteRequestFrame;
import org.comitia.wire.proto.VoteResponseFrame;

/**
 * Frames of the Raft core and of the bootstrap as bytes (raft.proto). Stateless, safe for any
 * thread. Decoding makes at most 8 MiB and some bytes for each byte of the input, whatever the
 * input says of itself ({@link BoundedParser}), and throws {@link MalformedFrameException} for
 * anything that the encoder would not have written: negative indexes and terms, unknown kinds,
 * missing parts. {@link UnknownEntryException} is the one that says that a newer version may have
 * written it.
 */
public final class FrameCodec {
  /** The longest name or address of a server that is taken, in characters. */
  public static final int MAX_TEXT = 1024;

  /** The most servers that a bootstrap proposal may name. */
  public static final int MAX_SERVERS = 256;

  /** The highest feature level that anybody is believed to know. */
  public static final int MAX_LEVEL = 1_000;

  /**
   * A leader counts each entry as its data and 64 bytes, and sends 1 MiB of them at once: 16,384
   * entries, 2 MiB of parts. A later version may send four times as many.
   */
  private static final BoundedParser<RaftFrame> RAFT =
      new BoundedParser<>(RaftFrame.getDefaultInstance(), BoundedParser.FIXED, 2);

  private static final BoundedParser<BootstrapFrame> BOOTSTRAP =
      new BoundedParser<>(BootstrapFrame.getDefaultInstance(), BoundedParser.FIXED, 2);

  private FrameCodec() {}

  /**
   * The envelope's bytes.
   *
   * @param headroom zero bytes to leave in front, for the caller's header
   */
  public static byte[] encode(Envelope envelope, int headroom) {
    RaftFrame.Builder frame =
        RaftFrame.newBuilder()
            .setClusterHigh(envelope.cluster().getMostSignificantBits())
            .setClusterLow(envelope.cluster().getLeastSignificantBits())
            .setFrom(key(envelope.from()))
            .setTo(key(envelope.to()));
    put(frame, envelope.message());
    return bytes(frame.build(), headroom);
  }

  /** The envelope's bytes. */
  public static byte[] encode(Envelope envelope) {
    return encode(envelope, 0);
  }

  /**
   * The envelope's bytes.
   *
   * @param headroom zero bytes to leave in front, for the caller's header
   */
  public static byte[] encode(BootstrapEnvelope envelope, int headroom) {
    BootstrapMessage message = envelope.message();
    BootstrapFrame.Builder frame =
        BootstrapFrame.newBuilder()
            .setFrom(key(envelope.from()))
            .setTo(key(envelope.to()))
            .setClusterHigh(message.cluster().getMostSignificantBits())
            .setClusterLow(message.cluster().getLeastSignificantBits());
    if (message instanceof BootstrapMessage.Propose m) {
      ProposeFrame.Builder propose =
          ProposeFrame.newBuilder().setNonce(m.nonce()).setExpect(m.expect());
      m.servers().forEach(server -> propose.addServers(server(server)));
      frame.setPropose(propose);
    } else if (message instanceof BootstrapMessage.Promised) {
      frame.setPromised(PromisedFrame.getDefaultInstance());
    } else if (message instanceof BootstrapMessage.Refused m) {
      frame.setRefused(RefusedFrame.newBuilder().setReason(shortened(m.reason())));
    } else if (message instanceof BootstrapMessage.Renounced m) {
      frame.setRenounced(RenouncedFrame.newBuilder().setQuestion(m.question()));
    } else {
      throw new IllegalArgumentException("no encoding for " + message.getClass().getName());
    }
    return bytes(frame.build(), headroom);
  }

  /** The envelope's bytes. */
  public static byte[] encode(BootstrapEnvelope envelope) {
    return encode(envelope, 0);
  }

  /**
   * @throws MalformedFrameException when these are not the bytes of an envelope
   */
  public static Envelope decodeEnvelope(byte[] bytes) throws MalformedFrameException {
    return decodeEnvelope(bytes, 0, bytes.length);
  }

  /**
   * @throws MalformedFrameException when these are not the bytes of an envelope
   */
  public static Envelope decodeEnvelope(byte[] bytes, int offset, int length)
      throws MalformedFrameException {
    RaftFrame frame = RAFT.parseInPlace(bytes, offset, length);
    if (!frame.hasFrom() || !frame.hasTo()) {
      throw new MalformedFrameException("a Raft frame without sender or addressee");
    }
    UUID cluster = new UUID(frame.getClusterHigh(), frame.getClusterLow());
    ServerId from = id(frame.getFrom());
    ServerId to = id(frame.getTo());
    try {
      return new Envelope(cluster, from, to, message(frame));
    } catch (IllegalArgumentException unknown) {
      throw new UnknownEntryException(cluster, from, to, unknown.getMessage(), unknown);
    }
  }

  /**
   * @throws MalformedFrameException when these are not the bytes of a bootstrap envelope
   */
  public static BootstrapEnvelope decodeBootstrap(byte[] bytes) throws MalformedFrameException {
    return decodeBootstrap(bytes, 0, bytes.length);
  }

  /**
   * @throws MalformedFrameException when these are not the bytes of a bootstrap envelope
   */
  public static BootstrapEnvelope decodeBootstrap(byte[] bytes, int offset, int length)
      throws MalformedFrameException {
    BootstrapFrame frame = BOOTSTRAP.parseInPlace(bytes, offset, length);
    if (!frame.hasFrom() || !frame.hasTo()) {
      throw new MalformedFrameException("a bootstrap frame without sender or addressee");
    }
    UUID cluster = new UUID(frame.getClusterHigh(), frame.getClusterLow());
    return new BootstrapEnvelope(
        id(frame.getFrom()), id(frame.getTo()), bootstrapMessage(frame, cluster));
  }

  private static void put(RaftFrame.Builder frame, Message message) {
    if (message instanceof Message.AppendRequest m) {
      frame.setAppendRequest(appendRequest(m));
    } else if (message instanceof Message.AppendResponse m) {
      frame.setAppendResponse(
          AppendResponseFrame.newBuilder()
              .setTerm(m.term())
              .setSuccess(m.success())
              .setMatchIndex(m.matchIndex())
              .setHintIndex(m.hintIndex())
              .setHintTerm(m.hintTerm())
              .setRound(m.round())
              .setLevel(m.level())
              .setMarkIndex(m.mark().index())
              .setMarkDigest(m.mark().digest()));
    } else if (message instanceof Message.PreVoteRequest m) {
      frame.setPreVoteRequest(
          PreVoteRequestFrame.newBuilder()
              .setTerm(m.term())
              .setLastIndex(m.lastIndex())
              .setLastTerm(m.lastTerm()));
    } else if (message instanceof Message.PreVoteResponse m) {
      frame.setPreVoteResponse(
          PreVoteResponseFrame.newBuilder().setTerm(m.term()).setGranted(m.granted()));
    } else if (message instanceof Message.VoteRequest m) {
      frame.setVoteRequest(
          VoteRequestFrame.newBuilder()
              .setTerm(m.term())
              .setLastIndex(m.lastIndex())
              .setLastTerm(m.lastTerm())
              .setTransfer(m.transfer()));
    } else if (message instanceof Message.VoteResponse m) {
      frame.setVoteResponse(
          VoteResponseFrame.newBuilder().setTerm(m.term()).setGranted(m.granted()));
    } else if (message instanceof Message.SnapshotOffer m) {
      frame.setSnapshotOffer(
          SnapshotOfferFrame.newBuilder()
              .setTerm(m.term())
              .setBaseIndex(m.baseIndex())
              .setBaseTerm(m.baseTerm()));
    } else if (message instanceof Message.TimeoutNow m) {
      frame.setTimeoutNow(TimeoutNowFrame.newBuilder().setTerm(m.term()));
    } else {
      throw new IllegalArgumentException("no encoding for " + message.getClass().getName());
    }
  }

  private static AppendRequestFrame appendRequest(Message.AppendRequest m) {
    AppendRequestFrame.Builder append =
        AppendRequestFrame.newBuilder()
            .setTerm(m.term())
            .setPrevIndex(m.prevIndex())
            .setPrevTerm(m.prevTerm())
            .setCommit(m.commit())
            .setRound(m.round());
    for (Entry entry : m.entries()) {
      // Wrapped, not copied: an entry's data never changes (see Entry).
      append.addEntries(
          EntryFrame.newBuilder()
              .setIndex(entry.index())
              .setTerm(entry.term())
              .setKind(entry.kind().code())
              .setData(UnsafeByteOperations.unsafeWrap(entry.data())));
    }
    return append.build();
  }

  private static Message message(RaftFrame frame) throws MalformedFrameException {
    switch (frame.getMessageCase()) {
      case APPEND_REQUEST:
        return appendRequest(frame.getAppendRequest());
      case APPEND_RESPONSE:
        AppendResponseFrame a = frame.getAppendResponse();
        return new Message.AppendResponse(
            natural(a.getTerm()),
            a.getSuccess(),
            natural(a.getMatchIndex()),
            natural(a.getHintIndex()),
            natural(a.getHintTerm()),
            natural(a.getRound()),
            level(a.getLevel()),
            new StateMark(natural(a.getMarkIndex()), a.getMarkDigest()));
      case PRE_VOTE_REQUEST:
        PreVoteRequestFrame p = frame.getPreVoteRequest();
        return new Message.PreVoteRequest(
            natural(p.getTerm()), natural(p.getLastIndex()), natural(p.getLastTerm()));
      case PRE_VOTE_RESPONSE:
        PreVoteResponseFrame q = frame.getPreVoteResponse();
        return new Message.PreVoteResponse(natural(q.getTerm()), q.getGranted());
      case VOTE_REQUEST:
        VoteRequestFrame v = frame.getVoteRequest();
        return new Message.VoteRequest(
            natural(v.getTerm()),
            natural(v.getLastIndex()),
            natural(v.getLastTerm()),
            v.getTransfer());
      case VOTE_RESPONSE:
        VoteResponseFrame w = frame.getVoteResponse();
        return new Message.VoteResponse(natural(w.getTerm()), w.getGranted());
      case SNAPSHOT_OFFER:
        SnapshotOfferFrame s = frame.getSnapshotOffer();
        return new Message.SnapshotOffer(
            natural(s.getTerm()), natural(s.getBaseIndex()), natural(s.getBaseTerm()));
      case TIMEOUT_NOW:
        return new Message.TimeoutNow(natural(frame.getTimeoutNow().getTerm()));
      default:
        throw new MalformedFrameException("a Raft frame without a message that this version knows");
    }
  }

  private static Message appendRequest(AppendRequestFrame frame) throws MalformedFrameException {
    List<Entry> entries = new ArrayList<>(frame.getEntriesCount());
    for (EntryFrame e : frame.getEntriesList()) {
      entries.add(entry(e));
    }
    return new Message.AppendRequest(
        natural(frame.getTerm()),
        natural(frame.getPrevIndex()),
        natural(frame.getPrevTerm()),
        List.copyOf(entries),
        natural(frame.getCommit()),
        natural(frame.getRound()));
  }

  /**
   * A configuration takes effect when it is appended: what cannot be read must not come so far.
   *
   * @throws IllegalArgumentException when this version does not know it
   */
  private static Entry entry(EntryFrame frame) throws MalformedFrameException {
    long index = natural(frame.getIndex());
    byte[] data = frame.getData().toByteArray();
    try {
      Entry.Kind kind = Entry.Kind.of(frame.getKind());
      if (kind == Entry.Kind.CONFIGURATION) {
        ConfigurationCodec.decode(data);
      }
      return new Entry(index, natural(frame.getTerm()), kind, data);
    } catch (IllegalArgumentException unknown) {
      throw new IllegalArgumentException("entry " + index + ": " + unknown.getMessage(), unknown);
    }
  }

  private static BootstrapMessage bootstrapMessage(BootstrapFrame frame, UUID cluster)
      throws MalformedFrameException {
    switch (frame.getMessageCase()) {
      case PROPOSE:
        return propose(cluster, frame.getPropose());
      case PROMISED:
        return new BootstrapMessage.Promised(cluster);
      case REFUSED:
        return new BootstrapMessage.Refused(cluster, shortened(frame.getRefused().getReason()));
      case RENOUNCED:
        return new BootstrapMessage.Renounced(cluster, frame.getRenounced().getQuestion());
      default:
        throw new MalformedFrameException(
            "a bootstrap frame without a message that this version knows");
    }
  }

  private static BootstrapMessage.Propose propose(UUID cluster, ProposeFrame frame)
      throws MalformedFrameException {
    if (frame.getExpect() < 0) {
      throw new MalformedFrameException("a proposal that expects more servers than there can be");
    }
    return new BootstrapMessage.Propose(
        cluster, frame.getNonce(), frame.getExpect(), servers(frame));
  }

  private static List<Server> servers(ProposeFrame frame) throws MalformedFrameException {
    if (frame.getServersCount() > MAX_SERVERS) {
      throw new MalformedFrameException("a proposal of " + frame.getServersCount() + " servers");
    }
    List<Server> servers = new ArrayList<>(frame.getServersCount());
    for (ServerFrame s : frame.getServersList()) {
      if (!s.hasKey() || s.getName().length() > MAX_TEXT || s.getAddress().length() > MAX_TEXT) {
        throw new MalformedFrameException("a proposal with a server without key or with long text");
      }
      servers.add(new Server(id(s.getKey()), s.getName(), s.getAddress(), s.getVoter()));
    }
    return List.copyOf(servers);
  }

  private static ServerFrame server(Server server) {
    return ServerFrame.newBuilder()
        .setKey(key(server.id()))
        .setName(server.name())
        .setAddress(server.address())
        .setVoter(server.voter())
        .build();
  }

  private static ServerKey key(ServerId id) {
    return ServerKey.newBuilder()
        .setNodeIdHigh(id.node().getMostSignificantBits())
        .setNodeIdLow(id.node().getLeastSignificantBits())
        .setIncarnationHigh(id.incarnation().getMostSignificantBits())
        .setIncarnationLow(id.incarnation().getLeastSignificantBits())
        .build();
  }

  private static ServerId id(ServerKey key) {
    return new ServerId(
        new UUID(key.getNodeIdHigh(), key.getNodeIdLow()),
        new UUID(key.getIncarnationHigh(), key.getIncarnationLow()));
  }

  private static String shortened(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
  }

  private static long natural(long value) throws MalformedFrameException {
    if (value < 0) {
      throw new MalformedFrameException("negative number in a frame: " + value);
    }
    return value;
  }

  private static int level(int value) throws MalformedFrameException {
    if (value < 0 || value > MAX_LEVEL) {
      throw new MalformedFrameException("a feature level in a frame: " + value);
    }
    return value;
  }

  private static byte[] bytes(MessageLite message, int headroom) {
    int size = message.getSerializedSize();
    byte[] bytes = new byte[headroom + size];
    CodedOutputStream output = CodedOutputStream.newInstance(bytes, headroom, size);
    try {
      message.writeTo(output);
      output.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new IllegalStateException("a frame did not fit its own size", e);
    }
    return bytes;
  }
}
