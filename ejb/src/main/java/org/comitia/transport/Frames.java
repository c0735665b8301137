package org.comitia.transport;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.comitia.wire.MalformedFrameException;

/**
 * The framing on a connection: four bytes of length (of what follows), one byte of kind, the body.
 * The first frame each way is a greeting: magic, protocol version, advertised address.
 */
final class Frames {
  static final byte HELLO = 1;
  static final byte WELCOME = 2;
  static final byte RAFT = 3;
  static final byte BOOTSTRAP = 4;
  static final byte REQUEST = 5;
  static final byte ANSWER = 6;

  /** The other side did not take the request: it was surely not carried out. */
  static final byte REFUSED = 7;

  /** The other side took the request and failed: it may have been carried out. */
  static final byte FAILED = 8;

  static final byte PING = 9;
  static final byte PONG = 10;

  /** Length and kind. */
  static final int HEADER = 5;

  /** Request id behind the header of requests and their answers. */
  static final int REQUEST_HEADER = HEADER + 8;

  /** No greeting is longer; whoever starts with more is not one of us. */
  static final int MAX_GREETING = 512;

  static final int MAGIC = 0x434f4d54;
  static final short VERSION = 1;
  private static final int MAX_ADDRESS = 256;

  private Frames() {}

  /** Fills in the header of a frame whose body lies behind it already. */
  static byte[] seal(byte[] frame, byte kind) {
    ByteBuffer.wrap(frame).putInt(frame.length - 4).put(kind);
    return frame;
  }

  static byte[] empty(byte kind) {
    return seal(new byte[HEADER], kind);
  }

  static byte[] ofRequest(byte kind, long id, byte[] body) {
    byte[] frame = new byte[REQUEST_HEADER + body.length];
    ByteBuffer.wrap(frame).putLong(HEADER, id).put(REQUEST_HEADER, body);
    return seal(frame, kind);
  }

  /** A request's id: negative when it may wait on purpose, so that both sides can tell. */
  static long requestId(long number, boolean mayWait) {
    return mayWait ? -number : number;
  }

  static boolean mayWait(long requestId) {
    return requestId < 0;
  }

  static byte[] greeting(byte kind, String advertised) {
    byte[] text = advertised.getBytes(StandardCharsets.UTF_8);
    if (text.length > MAX_ADDRESS) {
      throw new IllegalArgumentException("advertised address too long: " + advertised);
    }
    byte[] frame = new byte[HEADER + 8 + text.length];
    ByteBuffer.wrap(frame)
        .position(HEADER)
        .putInt(MAGIC)
        .putShort(VERSION)
        .putShort((short) text.length)
        .put(text);
    return seal(frame, kind);
  }

  /**
   * The advertised address in a greeting.
   *
   * @param body the frame from its kind on
   * @throws MalformedFrameException when it is no greeting of this kind, or of another version
   */
  static String readGreeting(byte[] body, byte kind) throws MalformedFrameException {
    ByteBuffer in = ByteBuffer.wrap(body);
    if (in.remaining() < HEADER + 4 || in.get() != kind || in.getInt() != MAGIC) {
      throw new MalformedFrameException("it does not greet as a Comitia server");
    }
    short version = in.getShort();
    if (version != VERSION) {
      throw new MalformedFrameException(
          "it speaks protocol version " + version + ", this server speaks " + VERSION);
    }
    int length = in.getShort();
    if (length < 0 || length > MAX_ADDRESS || length != in.remaining()) {
      throw new MalformedFrameException("its greeting is damaged");
    }
    return new String(body, in.position(), length, StandardCharsets.UTF_8);
  }
}
