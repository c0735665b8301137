package org.comitia.wire;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.WireFormat;
import java.io.IOException;

/**
 * Parses messages that others sent, when what protobuf makes of them in memory is within a bound.
 * Their length does not say how much that is: an empty message is two bytes on the wire and up to
 * 140 in memory. So a longer one is walked through first, by its description and without making
 * anything, and each part is counted for about what it takes in memory: its weight.
 *
 * <p>Messages of up to {@link #SMALL} bytes are not walked through: no part has a hundred times its
 * length, so they make some MiB at most. That is nearly every frame.
 *
 * <p>The bound is {@code fixed} bytes and {@code perByte} for each byte of the message. It must
 * leave room for whatever an agent may have to send; {@link #MAX_PER_BYTE} is more than any row
 * with a key or a name of its own has, down to tags and metadata of one character each.
 *
 * <p>Fields that this version does not know are no fault: a newer version, while servers are
 * upgraded one after the other, may have one in each entry or row. They are dropped while they are
 * read, so they take no memory; each weighs {@link #UNKNOWN} for the time that it takes. A parser
 * that keeps them ({@link #keepingUnknown}) is for messages that are passed on; there each weighs
 * {@link #KEPT} besides its bytes. Groups, which no version has, are refused. Safe for any thread.
 */
public final class BoundedParser<T extends Message> {
  /** The longest message that is parsed without a look at its parts. */
  static final int SMALL = 64 << 10;

  /** Room for the parts of a message, enough for each that is {@link #SMALL}. */
  public static final long FIXED = 8 << 20;

  /**
   * What the rows of a message may weigh for each byte. The lightest ones that are real have 20: a
   * tag of one character is 3 bytes and 57 in memory, metadata of one character each 8 and 162.
   */
  public static final int MAX_PER_BYTE = 24;

  static final int UNKNOWN = 32;

  static final int KEPT = 128;

  private static final int OBJECT = 48;
  private static final int FIELD = 4;

  /** A string or bytes that are not empty, with the array that holds them. */
  private static final int TEXT = 48;

  private static final int LIST_PLACE = 8;
  private static final int MAP_PLACE = 64;

  private final Descriptor type;
  private final Parser<T> parser;
  private final long fixed;
  private final int perByte;
  private final boolean keepsUnknown;

  /**
   * @param prototype any message of the type
   * @param fixed what each message may weigh, whatever its length; short ones are not weighed
   * @param perByte what it may weigh besides for each of its bytes, 1 at least: its texts
   */
  public BoundedParser(T prototype, long fixed, int perByte) {
    this(prototype, fixed, perByte, false);
  }

  private BoundedParser(T prototype, long fixed, int perByte, boolean keepsUnknown) {
    this.type = prototype.getDescriptorForType();
    @SuppressWarnings("unchecked")
    Parser<T> all = (Parser<T>) prototype.getParserForType();
    this.parser = keepsUnknown ? all : DiscardUnknownFieldsParser.wrap(all);
    this.fixed = fixed;
    this.perByte = perByte;
    this.keepsUnknown = keepsUnknown;
  }

  /** For messages that are passed on as they came, whatever newer versions have put into them. */
  public static <T extends Message> BoundedParser<T> keepingUnknown(
      T prototype, long fixed, int perByte) {
    return new BoundedParser<>(prototype, fixed, perByte, true);
  }

  /** What a message of this length may weigh. */
  long max(int length) {
    return fixed + (long) perByte * length;
  }

  /**
   * The message that these bytes are; what this version does not know is kept or left out.
   *
   * @throws MalformedFrameException when they are none, or one that weighs too much
   */
  public T parse(byte[] bytes, int offset, int length) throws MalformedFrameException {
    return parse(bytes, offset, length, false);
  }

  /** The same; what has bytes in it keeps the array, which must not change any more. */
  T parseInPlace(byte[] bytes, int offset, int length) throws MalformedFrameException {
    return parse(bytes, offset, length, true);
  }

  private T parse(byte[] bytes, int offset, int length, boolean inPlace)
      throws MalformedFrameException {
    if (length > SMALL) {
      weigh(type, bytes, offset, length, max(length), keepsUnknown);
    }
    CodedInputStream input = CodedInputStream.newInstance(bytes, offset, length);
    input.enableAliasing(inPlace);
    try {
      return parser.parseFrom(input);
    } catch (IOException e) {
      throw unreadable(type, e);
    }
  }

  /**
   * What was found in a message.
   *
   * @param bytes about what it takes in memory
   * @param unknown fields that this version does not know
   */
  record Weight(long bytes, int unknown) {}

  /**
   * @throws MalformedFrameException when it weighs more than {@code max}, has a group, or is no
   *     message
   */
  static Weight weigh(Descriptor type, byte[] bytes, int offset, int length, long max)
      throws MalformedFrameException {
    return weigh(type, bytes, offset, length, max, false);
  }

  private static Weight weigh(
      Descriptor type, byte[] bytes, int offset, int length, long max, boolean keepsUnknown)
      throws MalformedFrameException {
    CodedInputStream input = CodedInputStream.newInstance(bytes, offset, length);
    Walk walk = new Walk(input, max, keepsUnknown);
    try {
      walk.message(type);
    } catch (MalformedFrameException e) {
      throw e;
    } catch (IOException e) {
      throw unreadable(type, e);
    }
    return new Weight(walk.weight, walk.unknown);
  }

  private static MalformedFrameException unreadable(Descriptor type, IOException cause) {
    return new MalformedFrameException(
        "not a " + type.getName() + ": " + cause.getMessage(), cause);
  }

  private static final class Walk {
    private final CodedInputStream in;
    private final long max;
    private final boolean keepsUnknown;
    private long weight;
    private int unknown;

    private Walk(CodedInputStream in, long max, boolean keepsUnknown) {
      this.in = in;
      this.max = max;
      this.keepsUnknown = keepsUnknown;
    }

    private void message(Descriptor type) throws IOException {
      add(OBJECT + (long) FIELD * type.getFields().size());
      fields(type);
    }

    private void fields(Descriptor type) throws IOException {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
        boolean delimited = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
        if (field != null && delimited) {
          delimited(field);
        } else {
          skip(field, tag);
        }
      }
    }

    private void delimited(FieldDescriptor field) throws IOException {
      int length = in.readRawVarint32();
      switch (field.getJavaType()) {
        case MESSAGE -> {
          int before = in.pushLimit(length);
          if (field.isMapField()) {
            add(MAP_PLACE);
            fields(field.getMessageType());
          } else {
            add(field.isRepeated() ? LIST_PLACE : 0);
            message(field.getMessageType());
          }
          in.popLimit(before);
        }
        case STRING, BYTE_STRING -> {
          in.skipRawBytes(length);
          add((field.isRepeated() ? LIST_PLACE : 0) + (length == 0 ? 0 : TEXT + (long) length));
        }
        default -> {
          // numbers in a row: a byte each, or eight
          in.skipRawBytes(length);
          add((long) LIST_PLACE * length);
        }
      }
    }

    private void skip(FieldDescriptor field, int tag) throws IOException {
      int wireType = WireFormat.getTagWireType(tag);
      int before = in.getTotalBytesRead();
      if (wireType == WireFormat.WIRETYPE_START_GROUP || !in.skipField(tag)) {
        throw new MalformedFrameException("a group in a message");
      }
      if (field == null) {
        unknown++;
        add(keepsUnknown ? KEPT + in.getTotalBytesRead() - before : UNKNOWN);
      } else {
        add(field.isRepeated() ? LIST_PLACE : 0);
      }
    }

    private void add(long part) throws MalformedFrameException {
      weight += part;
      if (weight > max) {
        throw new MalformedFrameException("a message of too many parts for its length");
      }
    }
  }
}
