package org.comitia.wire;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.comitia.wire.proto.AutopilotSetFrame;
import org.comitia.wire.proto.CommandFrame;
import org.comitia.wire.proto.CompareDigestFrame;
import org.comitia.wire.proto.DeregisterFrame;
import org.comitia.wire.proto.EndLockDelaysFrame;
import org.comitia.wire.proto.KvDeleteFrame;
import org.comitia.wire.proto.KvDeleteTreeFrame;
import org.comitia.wire.proto.KvLockFrame;
import org.comitia.wire.proto.KvPutFrame;
import org.comitia.wire.proto.LockDelayFrame;
import org.comitia.wire.proto.PreparedQueryDeleteFrame;
import org.comitia.wire.proto.PreparedQuerySetFrame;
import org.comitia.wire.proto.RaiseLevelFrame;
import org.comitia.wire.proto.ReapTombstonesFrame;
import org.comitia.wire.proto.RegisterFrame;
import org.comitia.wire.proto.SessionDestroyFrame;
import org.comitia.wire.proto.SessionFrame;

/**
 * Commands as bytes (state.proto): the payload of the log's entries. Stateless, safe for any
 * thread. Decoding makes at most 1 MiB and {@link BoundedParser#MAX_PER_BYTE} bytes for each byte
 * of the input, and takes whatever encoding made: an entry that its own author's servers cannot
 * read would halt them all. Commands that break the rules are refused when they are applied.
 */
public final class Commands {
  /** The longest encoding of a command. */
  public static final int MAX_BYTES = 1024 * 1024;

  /** For what comes in a small number: 512 checks, 128 operations. They have a fifth of it. */
  private static final long FIXED_WEIGHT = 1 << 20;

  /** A command with more fields that this version does not know is not even parsed. */
  static final int MAX_UNKNOWN = 1024;

  /** The fields of a type that are messages, looked for once. */
  private static final Map<Descriptor, List<FieldDescriptor>> MESSAGE_FIELDS =
      new ConcurrentHashMap<>();

  private Commands() {}

  /**
   * A command's bytes. Indexes in its parts are left out, since they are ignored.
   *
   * @throws IllegalArgumentException when they are more than {@link #MAX_BYTES}, or a key has a
   *     surrogate that stands for no byte: refuse the request with this text
   */
  public static byte[] encode(Command command) {
    CommandFrame frame = frame(command);
    int size = frame.getSerializedSize();
    if (size > MAX_BYTES) {
      throw new IllegalArgumentException(
          "COM4024: the request is too large: %d bytes encoded, the limit is %d"
              .formatted(size, MAX_BYTES));
    }
    return frame.toByteArray();
  }

  /**
   * The command that these bytes are.
   *
   * @throws UnknownCommandException when a newer version wrote it: halt
   * @throws MalformedFrameException when no version wrote these bytes
   */
  public static Command decode(byte[] bytes)
      throws UnknownCommandException, MalformedFrameException {
    return decode(bytes, FeatureLevel.KNOWN);
  }

  /**
   * The same for a server that knows feature levels up to this one: a higher one is as unknown as a
   * new kind of command.
   */
  public static Command decode(byte[] bytes, int knownLevel)
      throws UnknownCommandException, MalformedFrameException {
    Command command = parse(bytes);
    if (command instanceof Command.RaiseLevel raise
        && Integer.compareUnsigned(raise.level(), knownLevel) > 0) {
      throw newer("feature level " + Integer.toUnsignedString(raise.level()));
    }
    return command;
  }

  private static Command parse(byte[] bytes)
      throws UnknownCommandException, MalformedFrameException {
    if (bytes.length > MAX_BYTES) {
      throw new MalformedFrameException("a command of " + bytes.length + " bytes");
    }
    if (bytes.length > BoundedParser.SMALL) {
      requireFew(weigh(bytes));
    }
    try {
      return command(CommandFrame.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new MalformedFrameException("not a command: " + e.getMessage(), e);
    }
  }

  /** Within the bound is whatever was encoded here: it is in the log of all. */
  static BoundedParser.Weight weigh(byte[] bytes) throws MalformedFrameException {
    long max = FIXED_WEIGHT + (long) BoundedParser.MAX_PER_BYTE * bytes.length;
    return BoundedParser.weigh(CommandFrame.getDescriptor(), bytes, 0, bytes.length, max);
  }

  /** Here they are kept while it is parsed, since they must not be dropped in silence. */
  private static void requireFew(BoundedParser.Weight weight) throws UnknownCommandException {
    if (weight.unknown() > MAX_UNKNOWN) {
      throw newer("a command with " + weight.unknown() + " more fields");
    }
  }

  static CommandFrame frame(Command command) {
    CommandFrame.Builder frame = CommandFrame.newBuilder();
    if (command instanceof Command.KvPut put) {
      frame.setKvPut(frame(put));
    } else if (command instanceof Command.KvDelete delete) {
      KvDeleteFrame.Builder part = KvDeleteFrame.newBuilder().setKey(Rows.key(delete.key()));
      if (delete.casIndex() != null) {
        part.setCasIndex(delete.casIndex());
      }
      frame.setKvDelete(part);
    } else if (command instanceof Command.KvDeleteTree delete) {
      frame.setKvDeleteTree(KvDeleteTreeFrame.newBuilder().setPrefix(Rows.key(delete.prefix())));
    } else if (command instanceof Command.ReapTombstones reap) {
      frame.setReapTombstones(ReapTombstonesFrame.newBuilder().setUpToIndex(reap.upToIndex()));
    } else if (command instanceof Command.Register register) {
      frame.setRegister(frame(register));
    } else if (command instanceof Command.Deregister deregister) {
      frame.setDeregister(frame(deregister));
    } else {
      frameOfLocks(command, frame);
    }
    return frame.build();
  }

  private static void frameOfLocks(Command command, CommandFrame.Builder frame) {
    if (command instanceof Command.KvAcquire c) {
      frame.setKvAcquire(lock(c.key(), c.value(), c.flags(), c.session()));
    } else if (command instanceof Command.KvRelease c) {
      frame.setKvRelease(lock(c.key(), c.value(), c.flags(), c.session()));
    } else if (command instanceof Command.SessionCreate c) {
      frame.setSessionCreate(
          Rows.frame(c.session()).toBuilder().clearCreateIndex().clearModifyIndex());
    } else if (command instanceof Command.SessionDestroy c) {
      frame.setSessionDestroy(SessionDestroyFrame.newBuilder().setId(c.id()));
    } else if (command instanceof Command.EndLockDelays c) {
      EndLockDelaysFrame.Builder delays = EndLockDelaysFrame.newBuilder();
      c.since()
          .forEach(
              (key, since) ->
                  delays.addDelays(
                      LockDelayFrame.newBuilder().setKey(Rows.key(key)).setSince(since)));
      frame.setEndLockDelays(delays);
    } else if (command instanceof Command.Txn c) {
      frame.setTxn(TxnFrames.frame(c.ops()));
    } else if (command instanceof Command.PreparedQuerySet c) {
      frame.setPreparedQuerySet(
          PreparedQuerySetFrame.newBuilder()
              .setQuery(Rows.frame(c.query()).toBuilder().clearCreateIndex().clearModifyIndex())
              .setUpdate(c.update()));
    } else if (command instanceof Command.PreparedQueryDelete c) {
      frame.setPreparedQueryDelete(PreparedQueryDeleteFrame.newBuilder().setId(c.id()));
    } else if (command instanceof Command.CoordinateUpdate c) {
      frame.setCoordinateUpdate(Rows.frame(c.coordinates()));
    } else if (command instanceof Command.RaiseLevel c) {
      frame.setRaiseLevel(RaiseLevelFrame.newBuilder().setLevel(c.level()));
    } else if (command instanceof Command.Restoration step) {
      frame.setRestoration(RestorationFrames.frame(step));
    } else if (command instanceof Command.CompareDigest c) {
      frame.setCompareDigest(
          CompareDigestFrame.newBuilder().setIndex(c.index()).setDigest(c.digest()));
    } else if (command instanceof Command.AutopilotSet c) {
      frame.setAutopilotSet(frame(c));
    } else if (command instanceof Command.AccessSet c) {
      frame.setAccessSet(AccessFrames.frame(c));
    } else if (command instanceof Command.AccessDelete c) {
      frame.setAccessDelete(AccessFrames.frame(c.kind(), c.id()));
    } else if (command instanceof Command.AclBootstrap c) {
      frame.setAclBootstrap(AccessFrames.frame(c));
    } else {
      throw new IllegalArgumentException("no encoding for " + command.getClass().getName());
    }
  }

  private static AutopilotSetFrame frame(Command.AutopilotSet set) {
    AutopilotSetFrame.Builder frame =
        AutopilotSetFrame.newBuilder().setConfig(Rows.frame(set.config().at(0, 0)));
    if (set.casIndex() != null) {
      frame.setCasIndex(set.casIndex());
    }
    return frame.build();
  }

  private static KvLockFrame lock(String key, byte[] value, long flags, String session) {
    return KvLockFrame.newBuilder()
        .setKey(Rows.key(key))
        .setValue(Rows.bytes(value))
        .setFlags(flags)
        .setSession(session)
        .build();
  }

  private static KvPutFrame frame(Command.KvPut put) {
    KvPutFrame.Builder frame =
        KvPutFrame.newBuilder()
            .setKey(Rows.key(put.key()))
            .setValue(Rows.bytes(put.value()))
            .setFlags(put.flags());
    if (put.casIndex() != null) {
      frame.setCasIndex(put.casIndex());
    }
    return frame.build();
  }

  private static RegisterFrame frame(Command.Register register) {
    RegisterFrame.Builder frame =
        RegisterFrame.newBuilder()
            .setNode(Rows.frame(register.node()).toBuilder().clearCreateIndex().clearModifyIndex())
            .setSkipNodeUpdate(register.skipNodeUpdate());
    if (register.service() != null) {
      frame.setService(
          Rows.frame(register.service()).toBuilder().clearCreateIndex().clearModifyIndex());
    }
    register
        .checks()
        .forEach(
            check ->
                frame.addChecks(
                    Rows.frame(check).toBuilder().clearCreateIndex().clearModifyIndex()));
    return frame.build();
  }

  private static DeregisterFrame frame(Command.Deregister deregister) {
    DeregisterFrame.Builder frame = DeregisterFrame.newBuilder().setNode(deregister.node());
    if (deregister.serviceId() != null) {
      frame.setServiceId(deregister.serviceId());
    }
    if (deregister.checkId() != null) {
      frame.setCheckId(deregister.checkId());
    }
    return frame.build();
  }

  static Command command(CommandFrame frame)
      throws UnknownCommandException, MalformedFrameException {
    requireKnown(frame);
    switch (frame.getCommandCase()) {
      case KV_PUT:
        return put(frame.getKvPut());
      case KV_DELETE:
        KvDeleteFrame delete = frame.getKvDelete();
        requireKnown(delete);
        return new Command.KvDelete(
            Rows.key(delete.getKey()), delete.hasCasIndex() ? delete.getCasIndex() : null);
      case KV_DELETE_TREE:
        requireKnown(frame.getKvDeleteTree());
        return new Command.KvDeleteTree(Rows.key(frame.getKvDeleteTree().getPrefix()));
      case REAP_TOMBSTONES:
        requireKnown(frame.getReapTombstones());
        return new Command.ReapTombstones(frame.getReapTombstones().getUpToIndex());
      case REGISTER:
        return register(frame.getRegister());
      case DEREGISTER:
        DeregisterFrame deregister = frame.getDeregister();
        requireKnown(deregister);
        return new Command.Deregister(
            deregister.getNode(),
            deregister.hasServiceId() ? deregister.getServiceId() : null,
            deregister.hasCheckId() ? deregister.getCheckId() : null);
      default:
        return commandOfLocks(frame);
    }
  }

  private static Command commandOfLocks(CommandFrame frame)
      throws UnknownCommandException, MalformedFrameException {
    requireAllKnown(frame);
    switch (frame.getCommandCase()) {
      case KV_ACQUIRE:
        KvLockFrame acquire = frame.getKvAcquire();
        return new Command.KvAcquire(
            Rows.key(acquire.getKey()),
            acquire.getValue().toByteArray(),
            acquire.getFlags(),
            acquire.getSession());
      case KV_RELEASE:
        KvLockFrame release = frame.getKvRelease();
        return new Command.KvRelease(
            Rows.key(release.getKey()),
            release.getValue().toByteArray(),
            release.getFlags(),
            release.getSession());
      case SESSION_CREATE:
        SessionFrame session = frame.getSessionCreate();
        if (session.getBehavior() == SessionFrame.Behavior.UNRECOGNIZED) {
          throw newer("a session's behavior");
        }
        return new Command.SessionCreate(Rows.session(session));
      case SESSION_DESTROY:
        return new Command.SessionDestroy(frame.getSessionDestroy().getId());
      case END_LOCK_DELAYS:
        Map<String, Long> since = new LinkedHashMap<>();
        frame
            .getEndLockDelays()
            .getDelaysList()
            .forEach(delay -> since.put(Rows.key(delay.getKey()), delay.getSince()));
        return new Command.EndLockDelays(since);
      case TXN:
        return new Command.Txn(TxnFrames.ops(frame.getTxn()));
      case PREPARED_QUERY_SET:
        return new Command.PreparedQuerySet(
            Rows.preparedQuery(frame.getPreparedQuerySet().getQuery()),
            frame.getPreparedQuerySet().getUpdate());
      case PREPARED_QUERY_DELETE:
        return new Command.PreparedQueryDelete(frame.getPreparedQueryDelete().getId());
      case COORDINATE_UPDATE:
        return new Command.CoordinateUpdate(Rows.coordinates(frame.getCoordinateUpdate()));
      case RAISE_LEVEL:
        return new Command.RaiseLevel(frame.getRaiseLevel().getLevel());
      case RESTORATION:
        return RestorationFrames.step(frame.getRestoration());
      case COMPARE_DIGEST:
        CompareDigestFrame compare = frame.getCompareDigest();
        return new Command.CompareDigest(compare.getIndex(), compare.getDigest());
      case AUTOPILOT_SET:
        AutopilotSetFrame set = frame.getAutopilotSet();
        return new Command.AutopilotSet(
            Rows.autopilot(set.getConfig()), set.hasCasIndex() ? set.getCasIndex() : null);
      case ACCESS_SET:
        return AccessFrames.set(frame.getAccessSet());
      case ACCESS_DELETE:
        return AccessFrames.delete(frame.getAccessDelete());
      case ACL_BOOTSTRAP:
        return AccessFrames.bootstrap(frame.getAclBootstrap());
      default:
        throw new MalformedFrameException("a command without a kind");
    }
  }

  /** What a newer version wrote. */
  static UnknownCommandException newer(String what) {
    return new UnknownCommandException(
        "COM3017: the log holds "
            + what
            + " that this version does not know: install the version that the other servers run");
  }

  private static Command put(KvPutFrame frame) throws UnknownCommandException {
    requireKnown(frame);
    return new Command.KvPut(
        Rows.key(frame.getKey()),
        frame.getValue().toByteArray(),
        frame.getFlags(),
        frame.hasCasIndex() ? frame.getCasIndex() : null);
  }

  private static Command register(RegisterFrame frame)
      throws UnknownCommandException, MalformedFrameException {
    requireAllKnown(frame);
    if (!frame.hasNode()) {
      throw new MalformedFrameException("a registration without a node");
    }
    return new Command.Register(
        Rows.node(frame.getNode()),
        frame.getSkipNodeUpdate(),
        frame.hasService() ? Rows.service(frame.getService()) : null,
        Rows.checks(frame.getChecksList()));
  }

  /** The same for a frame with all that is in it. */
  private static void requireAllKnown(Message part) throws UnknownCommandException {
    requireKnown(part);
    for (FieldDescriptor field :
        MESSAGE_FIELDS.computeIfAbsent(part.getDescriptorForType(), Commands::messageFields)) {
      if (!field.isRepeated()) {
        if (part.hasField(field)) {
          requireAllKnown((Message) part.getField(field));
        }
        continue;
      }
      for (int i = 0; i < part.getRepeatedFieldCount(field); i++) {
        requireAllKnown((Message) part.getRepeatedField(field, i));
      }
    }
  }

  /** What has fields of its own; maps only if their values have some. */
  private static List<FieldDescriptor> messageFields(Descriptor type) {
    return type.getFields().stream()
        .filter(field -> field.getJavaType() == FieldDescriptor.JavaType.MESSAGE)
        .filter(field -> !field.isMapField() || !messageFields(field.getMessageType()).isEmpty())
        .toList();
  }

  /** What a newer version added must not be dropped in silence. */
  private static void requireKnown(Message part) throws UnknownCommandException {
    if (!part.getUnknownFields().asMap().isEmpty()) {
      throw new UnknownCommandException(
          "COM3017: the log holds a command that this version does not know (%s, field %d): install the version that the other servers run"
              .formatted(
                  part.getDescriptorForType().getName(),
                  part.getUnknownFields().asMap().keySet().iterator().next()));
    }
  }
}
