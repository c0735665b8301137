package org.comitia.wire;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.Configuration;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.state.CommandResult;
import org.comitia.wire.proto.AnswerFrame;
import org.comitia.wire.proto.AppliedFrame;
import org.comitia.wire.proto.ConfigurationAnswerFrame;
import org.comitia.wire.proto.FailureCode;
import org.comitia.wire.proto.FailureFrame;
import org.comitia.wire.proto.LeaveAnswerFrame;
import org.comitia.wire.proto.PeerFrame;
import org.comitia.wire.proto.ReadAnswerFrame;
import org.comitia.wire.proto.ReadIndexAnswerFrame;
import org.comitia.wire.proto.ReadResultFrame;
import org.comitia.wire.proto.SnapshotAnswerFrame;
import org.comitia.wire.proto.StatusAnswerFrame;
import org.comitia.wire.proto.TransferAnswerFrame;
import org.comitia.wire.proto.WriteAnswerFrame;

/** Answers to forwarded requests, and their frames. */
final class Answers {
  /** Rows of any kind, from whom this agent has asked for them. */
  private static final BoundedParser<AnswerFrame> ANSWER =
      new BoundedParser<>(
          AnswerFrame.getDefaultInstance(), BoundedParser.FIXED, BoundedParser.MAX_PER_BYTE);

  private Answers() {}

  /**
   * @param limit a read's answer that is longer becomes a refusal, a write's one of unknown
   *     outcome; both say why
   */
  static byte[] bytes(Forwarded.Answer answer, int limit) {
    AnswerFrame frame = frame(answer);
    int size = frame.getSerializedSize();
    String message =
        "COM4023: the answer is too large to be sent between agents: %d bytes, the limit is %d; ask for less"
            .formatted(size, limit);
    if (size > limit && answer instanceof Forwarded.WriteAnswer) {
      // a transaction that read much beside what it wrote
      frame = frame(new Forwarded.WriteAnswer(new WriteOutcome.Unknown("applied, but " + message)));
    } else if (size > limit && answer instanceof Forwarded.ReadAnswer<?>) {
      frame = frame(new Forwarded.ReadAnswer<>(new ReadOutcome.Failed<>(Failure.REFUSED, message)));
    }
    return frame.toByteArray();
  }

  static Forwarded.Answer answer(byte[] bytes) throws MalformedFrameException {
    AnswerFrame frame = ANSWER.parse(bytes, 0, bytes.length);
    switch (frame.getAnswerCase()) {
      case WRITE:
        return new Forwarded.WriteAnswer(write(frame.getWrite()));
      case READ:
        return new Forwarded.ReadAnswer<>(read(frame.getRead()));
      case READ_INDEX:
        return new Forwarded.ReadIndexAnswer(frame.getReadIndex().getIndex());
      case STATUS:
        return new Forwarded.StatusReply(status(frame.getStatus()));
      case CONFIGURATION:
        return new Forwarded.ConfigurationReply(configuration(frame.getConfiguration()));
      case LEAVE:
        LeaveAnswerFrame leave = frame.getLeave();
        return new Forwarded.LeaveAnswer(
            leave.getRemovedAt(), leave.hasReason() ? leave.getReason() : null);
      case SNAPSHOT:
        return snapshot(frame.getSnapshot());
      case TRANSFER:
        return new Forwarded.TransferAnswer(frame.getTransfer().getReason());
      case TOKEN:
        return TokenFrames.answer(frame.getToken());
      case AUTOPILOT:
        return new Forwarded.AutopilotReply(AutopilotFrames.answer(frame.getAutopilot()));
      default:
        throw new MalformedFrameException("an answer that this version does not know");
    }
  }

  private static AnswerFrame frame(Forwarded.Answer answer) {
    return answer.accept(FRAMES).build();
  }

  private static final Forwarded.Answers<AnswerFrame.Builder> FRAMES =
      new Forwarded.Answers<>() {
        @Override
        public AnswerFrame.Builder onWrite(Forwarded.WriteAnswer answer) {
          return AnswerFrame.newBuilder().setWrite(frame(answer.outcome()));
        }

        @Override
        public AnswerFrame.Builder onRead(Forwarded.ReadAnswer<?> answer) {
          return AnswerFrame.newBuilder().setRead(frame(answer.outcome()));
        }

        @Override
        public AnswerFrame.Builder onReadIndex(Forwarded.ReadIndexAnswer answer) {
          return AnswerFrame.newBuilder()
              .setReadIndex(ReadIndexAnswerFrame.newBuilder().setIndex(answer.index()));
        }

        @Override
        public AnswerFrame.Builder onStatus(Forwarded.StatusReply answer) {
          return AnswerFrame.newBuilder().setStatus(frame(answer.status()));
        }

        @Override
        public AnswerFrame.Builder onConfiguration(Forwarded.ConfigurationReply answer) {
          return AnswerFrame.newBuilder().setConfiguration(frame(answer.configuration()));
        }

        @Override
        public AnswerFrame.Builder onLeave(Forwarded.LeaveAnswer answer) {
          LeaveAnswerFrame.Builder leave =
              LeaveAnswerFrame.newBuilder().setRemovedAt(answer.removedAt());
          if (answer.reason() != null) {
            leave.setReason(answer.reason());
          }
          return AnswerFrame.newBuilder().setLeave(leave);
        }

        @Override
        public AnswerFrame.Builder onSnapshot(Forwarded.SnapshotAnswer answer) {
          return AnswerFrame.newBuilder().setSnapshot(frame(answer));
        }

        @Override
        public AnswerFrame.Builder onTransfer(Forwarded.TransferAnswer answer) {
          return AnswerFrame.newBuilder()
              .setTransfer(TransferAnswerFrame.newBuilder().setReason(answer.reason()));
        }

        @Override
        public AnswerFrame.Builder onToken(Forwarded.TokenReply answer) {
          return AnswerFrame.newBuilder().setToken(TokenFrames.frame(answer));
        }

        @Override
        public AnswerFrame.Builder onAutopilot(Forwarded.AutopilotReply answer) {
          return AnswerFrame.newBuilder().setAutopilot(AutopilotFrames.frame(answer.autopilot()));
        }
      };

  // ---- writes

  private static WriteAnswerFrame frame(WriteOutcome outcome) {
    WriteAnswerFrame.Builder frame = WriteAnswerFrame.newBuilder();
    return outcome
        .match(
            applied -> frame.setApplied(frame(applied)),
            not -> frame.setNotApplied(frame(not.failure(), not.message())),
            unknown -> frame.setUnknown(unknown.message()))
        .build();
  }

  private static AppliedFrame frame(WriteOutcome.Applied applied) {
    AppliedFrame.Builder frame = AppliedFrame.newBuilder().setIndex(applied.index());
    return applied
        .result()
        .match(
            done -> frame.setDone(done.value()),
            failed -> frame.setFailed(failed.message()),
            txn -> frame.setTxn(TxnFrames.frame(txn.outcome())))
        .build();
  }

  private static WriteOutcome write(WriteAnswerFrame frame) throws MalformedFrameException {
    switch (frame.getOutcomeCase()) {
      case APPLIED:
        AppliedFrame applied = frame.getApplied();
        long index = Rows.positive(applied.getIndex(), "an index");
        return switch (applied.getResultCase()) {
          case DONE -> new WriteOutcome.Applied(index, new CommandResult.Done(applied.getDone()));
          case FAILED ->
              new WriteOutcome.Applied(index, new CommandResult.Failed(applied.getFailed()));
          case TXN ->
              new WriteOutcome.Applied(
                  index, new CommandResult.TxnDone(TxnFrames.outcome(applied.getTxn())));
          default -> throw new MalformedFrameException("an applied write without a result");
        };
      case NOT_APPLIED:
        FailureFrame not = frame.getNotApplied();
        return new WriteOutcome.NotApplied(required(not.getFailure()), not.getMessage());
      case UNKNOWN:
        return new WriteOutcome.Unknown(frame.getUnknown());
      default:
        throw new MalformedFrameException("a write without an outcome");
    }
  }

  // ---- reads

  private static ReadAnswerFrame frame(ReadOutcome<?> outcome) {
    ReadAnswerFrame.Builder frame = ReadAnswerFrame.newBuilder();
    return outcome
        .match(
            answer ->
                frame.setAnswer(
                    ReadResultFrame.newBuilder()
                        .setResult(ResultFrames.frame(answer.result()))
                        .setKnownLeader(answer.knownLeader())
                        .setLastContactMillis(answer.lastContactMillis())
                        .setFiltered(answer.filtered())),
            failed -> frame.setFailed(frame(failed.failure(), failed.message())))
        .build();
  }

  private static ReadOutcome<?> read(ReadAnswerFrame frame) throws MalformedFrameException {
    switch (frame.getOutcomeCase()) {
      case ANSWER:
        ReadResultFrame answer = frame.getAnswer();
        return new ReadOutcome.Answer<>(
            ResultFrames.result(answer.getResult()),
            answer.getKnownLeader(),
            Rows.positive(answer.getLastContactMillis(), "the time since the last contact"),
            answer.getFiltered());
      case FAILED:
        FailureFrame failed = frame.getFailed();
        return new ReadOutcome.Failed<>(required(failed.getFailure()), failed.getMessage());
      default:
        throw new MalformedFrameException("a read without an outcome");
    }
  }

  // ---- status and configuration

  private static StatusAnswerFrame frame(Cluster.StatusAnswer status) {
    StatusAnswerFrame.Builder frame =
        StatusAnswerFrame.newBuilder()
            .addAllPeers(status.peers())
            .setFailure(code(status.failure()));
    status.leader().ifPresent(frame::setLeader);
    return frame.build();
  }

  private static Cluster.StatusAnswer status(StatusAnswerFrame frame)
      throws MalformedFrameException {
    return new Cluster.StatusAnswer(
        frame.hasLeader() ? Optional.of(frame.getLeader()) : Optional.empty(),
        List.copyOf(frame.getPeersList()),
        failure(frame.getFailure()));
  }

  private static ConfigurationAnswerFrame frame(Cluster.ConfigurationAnswer configuration) {
    ConfigurationAnswerFrame.Builder frame =
        ConfigurationAnswerFrame.newBuilder()
            .setIndex(configuration.index())
            .setFailure(code(configuration.failure()));
    if (configuration.message() != null) {
      frame.setMessage(configuration.message());
    }
    for (Cluster.Peer peer : configuration.servers()) {
      frame.addServers(
          PeerFrame.newBuilder()
              .setId(peer.id())
              .setNode(peer.node())
              .setAddress(peer.address())
              .setLeader(peer.leader())
              .setVoter(peer.voter())
              .setLastIndex(peer.lastIndex()));
    }
    return frame.build();
  }

  private static Cluster.ConfigurationAnswer configuration(ConfigurationAnswerFrame frame)
      throws MalformedFrameException {
    List<Cluster.Peer> servers = new ArrayList<>();
    for (PeerFrame peer : frame.getServersList()) {
      servers.add(
          new Cluster.Peer(
              peer.getId(),
              peer.getNode(),
              peer.getAddress(),
              peer.getLeader(),
              peer.getVoter(),
              Rows.positive(peer.getLastIndex(), "an index")));
    }
    return new Cluster.ConfigurationAnswer(
        servers,
        Rows.positive(frame.getIndex(), "an index"),
        failure(frame.getFailure()),
        frame.hasMessage() ? frame.getMessage() : null);
  }

  // ---- snapshots

  private static SnapshotAnswerFrame frame(Forwarded.SnapshotAnswer answer) {
    CatalogStore.Point point = answer.point();
    if (point == null) {
      return SnapshotAnswerFrame.newBuilder().setRefusal(answer.refusal()).build();
    }
    return SnapshotAnswerFrame.newBuilder()
        .setIndex(point.appliedIndex())
        .setTerm(point.appliedTerm())
        .setClusterHigh(point.cluster().getMostSignificantBits())
        .setClusterLow(point.cluster().getLeastSignificantBits())
        .setConfiguration(Rows.bytes(ConfigurationCodec.encode(point.configuration())))
        .setConfigurationIndex(point.configurationIndex())
        .setStateBytes(answer.stateBytes())
        .setDigest(answer.digest())
        .setRows(Rows.bytes(answer.rows()))
        .setChecksum(answer.checksum())
        .setNext(Rows.bytes(answer.next()))
        .setConfirmedAt(answer.confirmedAt())
        .build();
  }

  private static Forwarded.SnapshotAnswer snapshot(SnapshotAnswerFrame frame)
      throws MalformedFrameException {
    if (frame.hasRefusal()) {
      return Forwarded.SnapshotAnswer.refused(frame.getRefusal());
    }
    long index = Rows.positive(frame.getIndex(), "an index");
    long configurationIndex = Rows.positive(frame.getConfigurationIndex(), "an index");
    if (index == 0 || index == Long.MAX_VALUE || configurationIndex > index) {
      throw new MalformedFrameException("a snapshot up to entry " + index);
    }
    CatalogStore.Point point =
        new CatalogStore.Point(
            index,
            Rows.positive(frame.getTerm(), "a term"),
            new UUID(frame.getClusterHigh(), frame.getClusterLow()),
            servers(frame.getConfiguration()),
            configurationIndex);
    return new Forwarded.SnapshotAnswer(
        point,
        Rows.positive(frame.getStateBytes(), "a size"),
        frame.getRows().toByteArray(),
        frame.getNext().toByteArray(),
        frame.getChecksum(),
        frame.getDigest(),
        Rows.positive(frame.getConfirmedAt(), "an index"),
        "");
  }

  private static Configuration servers(ByteString bytes) throws MalformedFrameException {
    try {
      return ConfigurationCodec.decode(bytes.toByteArray());
    } catch (IllegalArgumentException e) {
      throw new MalformedFrameException(e.getMessage(), e);
    }
  }

  // ---- failures

  static FailureFrame frame(Failure failure, String message) {
    return FailureFrame.newBuilder().setFailure(code(failure)).setMessage(message).build();
  }

  private static FailureCode code(Failure failure) {
    if (failure == null) {
      return FailureCode.NO_FAILURE;
    }
    return switch (failure) {
      case NO_LEADER -> FailureCode.NO_LEADER;
      case NO_SERVERS -> FailureCode.NO_SERVERS;
      case OVERLOADED -> FailureCode.OVERLOADED;
      case UNAVAILABLE -> FailureCode.UNAVAILABLE;
      case REFUSED -> FailureCode.REFUSED;
      case DENIED -> FailureCode.DENIED;
    };
  }

  private static Failure required(FailureCode code) throws MalformedFrameException {
    Failure failure = failure(code);
    if (failure == null) {
      throw new MalformedFrameException("a failure without a reason");
    }
    return failure;
  }

  static Failure failure(FailureCode code) throws MalformedFrameException {
    return switch (code) {
      case NO_FAILURE -> null;
      case NO_LEADER -> Failure.NO_LEADER;
      case NO_SERVERS -> Failure.NO_SERVERS;
      case OVERLOADED -> Failure.OVERLOADED;
      case UNAVAILABLE -> Failure.UNAVAILABLE;
      case REFUSED -> Failure.REFUSED;
      case DENIED -> Failure.DENIED;
      case UNRECOGNIZED ->
          throw new MalformedFrameException("a failure that this version does not know");
    };
  }
}
