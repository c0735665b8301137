package org.comitia.wire;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.UUID;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Read;
import org.comitia.cluster.Reply;
import org.comitia.raft.ServerId;
import org.comitia.state.QueryResult;
import org.comitia.wire.proto.AutopilotRequestFrame;
import org.comitia.wire.proto.ConfigurationFrame;
import org.comitia.wire.proto.ForwardedFrame;
import org.comitia.wire.proto.LeaveFrame;
import org.comitia.wire.proto.ReadFrame;
import org.comitia.wire.proto.ReadIndexFrame;
import org.comitia.wire.proto.RemovePeerFrame;
import org.comitia.wire.proto.RenewFrame;
import org.comitia.wire.proto.ResolveTokenFrame;
import org.comitia.wire.proto.ServerKey;
import org.comitia.wire.proto.SnapshotRequestFrame;
import org.comitia.wire.proto.StatusFrame;
import org.comitia.wire.proto.TransferLeaderFrame;

/**
 * What agents ask each other over the server port, and the answers, as bytes (state.proto): the
 * bodies of the transport's requests. Stateless, safe for any thread. Decoding makes at most 8 MiB
 * and some bytes for each byte of a request, {@link BoundedParser#MAX_PER_BYTE} of an answer, and
 * throws nothing but {@link MalformedFrameException}.
 */
public final class ForwardCodec {
  /** The longest request: a command and what is around it. */
  public static final int MAX_REQUEST_BYTES = Commands.MAX_BYTES + 1024;

  /**
   * The longest answer, a little less than the transport's longest frame; a result that is longer
   * is answered as a refusal that says so.
   */
  public static final int MAX_ANSWER_BYTES = 16 * 1024 * 1024 - 64 * 1024;

  /** A command is bytes in it, a query the parameters of an HTTP request or 128 operations. */
  private static final BoundedParser<ForwardedFrame> REQUEST =
      new BoundedParser<>(ForwardedFrame.getDefaultInstance(), BoundedParser.FIXED, 2);

  private ForwardCodec() {}

  /**
   * A request's bytes.
   *
   * @throws IllegalArgumentException when they are more than {@link #MAX_REQUEST_BYTES}: refuse the
   *     request with this text
   * @throws IllegalStateException for a request of {@link Caller#SYSTEM}, which stays in its
   *     process
   */
  public static byte[] encode(Forwarded<?> request) {
    ForwardedFrame frame =
        request.accept(FRAMES).setHops(request.hops()).setSecret(secret(request.caller())).build();
    int size = frame.getSerializedSize();
    if (size > MAX_REQUEST_BYTES) {
      throw new IllegalArgumentException(
          "COM4024: the request is too large: %d bytes encoded, the limit is %d"
              .formatted(size, MAX_REQUEST_BYTES));
    }
    return frame.toByteArray();
  }

  private static String secret(Caller caller) {
    if (caller instanceof Caller.Bearer bearer) {
      return bearer.secret();
    }
    throw new IllegalStateException("a request of this node's own cannot be sent");
  }

  /**
   * @throws MalformedFrameException when these are not the bytes of a request that this version
   *     knows
   */
  public static Forwarded<?> decodeRequest(byte[] bytes) throws MalformedFrameException {
    if (bytes.length > MAX_REQUEST_BYTES) {
      throw new MalformedFrameException("a request of " + bytes.length + " bytes");
    }
    return request(REQUEST.parse(bytes, 0, bytes.length));
  }

  /** An answer's bytes, at most {@link #MAX_ANSWER_BYTES}. */
  public static byte[] encode(Forwarded.Answer answer) {
    return Answers.bytes(answer, MAX_ANSWER_BYTES);
  }

  /**
   * @throws MalformedFrameException when these are not the bytes of an answer that this version
   *     knows
   */
  public static Forwarded.Answer decodeAnswer(byte[] bytes) throws MalformedFrameException {
    if (bytes.length > MAX_ANSWER_BYTES) {
      throw new MalformedFrameException("an answer of " + bytes.length + " bytes");
    }
    return Answers.answer(bytes);
  }

  /** The reply to this request, read. */
  public static <A extends Forwarded.Answer> Reply<A> decodeReply(
      Reply<byte[]> reply, Forwarded<A> request) {
    return reply.match(
        bytes -> decodeAnswer(bytes, request),
        reason -> new Reply.NotSent<>(reason),
        reason -> new Reply.Unknown<>(reason));
  }

  private static <A extends Forwarded.Answer> Reply<A> decodeAnswer(
      byte[] bytes, Forwarded<A> request) {
    try {
      A answer = request.own(decodeAnswer(bytes));
      return answer != null
          ? new Reply.Answered<>(answer)
          : new Reply.Unknown<>("it answered something else");
    } catch (MalformedFrameException e) {
      return new Reply.Unknown<>("its answer cannot be read: " + e.getMessage());
    }
  }

  private static final Forwarded.Requests<ForwardedFrame.Builder> FRAMES =
      new Forwarded.Requests<>() {
        @Override
        public ForwardedFrame.Builder onWrite(Forwarded.Write write) {
          return ForwardedFrame.newBuilder().setWrite(ByteString.copyFrom(write.command()));
        }

        @Override
        public <R extends QueryResult> ForwardedFrame.Builder onRead(
            Forwarded.ReadRequest<R> request) {
          return ForwardedFrame.newBuilder().setRead(frame(request.read()));
        }

        @Override
        public ForwardedFrame.Builder onRenew(Forwarded.Renew renew) {
          return ForwardedFrame.newBuilder()
              .setRenew(RenewFrame.newBuilder().setSession(renew.session()));
        }

        @Override
        public ForwardedFrame.Builder onReadIndex(Forwarded.ReadIndex request) {
          return ForwardedFrame.newBuilder().setReadIndex(ReadIndexFrame.getDefaultInstance());
        }

        @Override
        public ForwardedFrame.Builder onStatus(Forwarded.StatusRequest request) {
          return ForwardedFrame.newBuilder().setStatus(StatusFrame.getDefaultInstance());
        }

        @Override
        public ForwardedFrame.Builder onConfiguration(Forwarded.ConfigurationRequest request) {
          return ForwardedFrame.newBuilder()
              .setConfiguration(ConfigurationFrame.newBuilder().setStale(request.stale()));
        }

        @Override
        public ForwardedFrame.Builder onLeave(Forwarded.Leave leave) {
          return ForwardedFrame.newBuilder().setLeave(frame(leave));
        }

        @Override
        public ForwardedFrame.Builder onRemovePeer(Forwarded.RemovePeer removal) {
          return ForwardedFrame.newBuilder()
              .setRemovePeer(
                  RemovePeerFrame.newBuilder().setId(removal.id()).setAddress(removal.address()));
        }

        @Override
        public ForwardedFrame.Builder onSnapshot(Forwarded.SnapshotRequest request) {
          return ForwardedFrame.newBuilder()
              .setSnapshot(
                  SnapshotRequestFrame.newBuilder()
                      .setIndex(request.index())
                      .setCursor(Rows.bytes(request.cursor())));
        }

        @Override
        public ForwardedFrame.Builder onTransferLeader(Forwarded.TransferLeader request) {
          return ForwardedFrame.newBuilder()
              .setTransferLeader(TransferLeaderFrame.newBuilder().setId(request.id()));
        }

        @Override
        public ForwardedFrame.Builder onResolveToken(Forwarded.ResolveToken request) {
          return ForwardedFrame.newBuilder()
              .setResolveToken(ResolveTokenFrame.getDefaultInstance());
        }

        @Override
        public ForwardedFrame.Builder onAutopilot(Forwarded.AutopilotRequest request) {
          return ForwardedFrame.newBuilder()
              .setAutopilot(AutopilotRequestFrame.getDefaultInstance());
        }
      };

  private static Forwarded<?> request(ForwardedFrame frame) throws MalformedFrameException {
    int hops = (int) Rows.positive(frame.getHops(), "the number of hops");
    Caller caller = Caller.of(frame.getSecret());
    switch (frame.getRequestCase()) {
      case WRITE:
        return write(hops, caller, frame.getWrite());
      case READ:
        return new Forwarded.ReadRequest<>(hops, read(caller, frame.getRead()));
      case READ_INDEX:
        return new Forwarded.ReadIndex(hops);
      case STATUS:
        return new Forwarded.StatusRequest(hops);
      case CONFIGURATION:
        return new Forwarded.ConfigurationRequest(
            hops, caller, frame.getConfiguration().getStale());
      case LEAVE:
        return leave(hops, caller, frame.getLeave());
      case RENEW:
        return new Forwarded.Renew(hops, caller, frame.getRenew().getSession());
      case REMOVE_PEER:
        RemovePeerFrame removal = frame.getRemovePeer();
        return new Forwarded.RemovePeer(hops, caller, removal.getId(), removal.getAddress());
      case TRANSFER_LEADER:
        return new Forwarded.TransferLeader(hops, caller, frame.getTransferLeader().getId());
      case AUTOPILOT:
        return new Forwarded.AutopilotRequest(hops, caller);
      case RESOLVE_TOKEN:
        return new Forwarded.ResolveToken(hops, caller);
      case SNAPSHOT:
        SnapshotRequestFrame snapshot = frame.getSnapshot();
        return new Forwarded.SnapshotRequest(
            hops,
            Rows.positive(snapshot.getIndex(), "an index"),
            snapshot.getCursor().toByteArray());
      default:
        throw new MalformedFrameException("a request that this version does not know");
    }
  }

  /** The leader decodes it. */
  private static Forwarded.Write write(int hops, Caller caller, ByteString command)
      throws MalformedFrameException {
    if (command.size() > Commands.MAX_BYTES) {
      throw new MalformedFrameException("a command of " + command.size() + " bytes");
    }
    return new Forwarded.Write(hops, caller, command.toByteArray());
  }

  private static ReadFrame frame(Read<?> read) {
    ReadFrame.Builder frame =
        ReadFrame.newBuilder()
            .setQuery(QueryFrames.frame(read.query()))
            .setConsistency(consistency(read.consistency()))
            .setMinIndex(read.minIndex())
            .setMaxWaitNanos(read.maxWait().toNanos());
    if (read.maxStale() != null) {
      frame.setMaxStaleNanos(read.maxStale().toNanos());
    }
    return frame.build();
  }

  private static Read<?> read(Caller caller, ReadFrame frame) throws MalformedFrameException {
    Duration maxStale = null;
    if (frame.hasMaxStaleNanos()) {
      maxStale = Duration.ofNanos(Rows.positive(frame.getMaxStaleNanos(), "a staleness"));
    }
    return new Read<>(
        caller,
        QueryFrames.query(frame.getQuery()),
        consistency(frame.getConsistency()),
        Rows.positive(frame.getMinIndex(), "an index"),
        Duration.ofNanos(Rows.positive(frame.getMaxWaitNanos(), "a wait")),
        maxStale);
  }

  private static ReadFrame.Consistency consistency(Read.Consistency consistency) {
    return switch (consistency) {
      case DEFAULT -> ReadFrame.Consistency.DEFAULT;
      case CONSISTENT -> ReadFrame.Consistency.CONSISTENT;
      case STALE -> ReadFrame.Consistency.STALE;
    };
  }

  private static Read.Consistency consistency(ReadFrame.Consistency consistency)
      throws MalformedFrameException {
    switch (consistency) {
      case DEFAULT:
        return Read.Consistency.DEFAULT;
      case CONSISTENT:
        return Read.Consistency.CONSISTENT;
      case STALE:
        return Read.Consistency.STALE;
      default:
        throw new MalformedFrameException("a consistency that this version does not know");
    }
  }

  private static LeaveFrame frame(Forwarded.Leave leave) {
    LeaveFrame.Builder frame =
        LeaveFrame.newBuilder().setNodeName(leave.nodeName()).setNodeId(leave.nodeId());
    if (leave.server() != null) {
      UUID node = leave.server().node();
      UUID incarnation = leave.server().incarnation();
      frame.setServer(
          ServerKey.newBuilder()
              .setNodeIdHigh(node.getMostSignificantBits())
              .setNodeIdLow(node.getLeastSignificantBits())
              .setIncarnationHigh(incarnation.getMostSignificantBits())
              .setIncarnationLow(incarnation.getLeastSignificantBits()));
    }
    return frame.build();
  }

  private static Forwarded.Leave leave(int hops, Caller caller, LeaveFrame frame) {
    ServerKey key = frame.getServer();
    ServerId server =
        frame.hasServer()
            ? new ServerId(
                new UUID(key.getNodeIdHigh(), key.getNodeIdLow()),
                new UUID(key.getIncarnationHigh(), key.getIncarnationLow()))
            : null;
    return new Forwarded.Leave(hops, caller, server, frame.getNodeName(), frame.getNodeId());
  }
}
