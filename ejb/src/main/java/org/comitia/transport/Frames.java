package org.comitia.transport;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.comitia.raft.ServerId;
import org.comitia.wire.MalformedFrameException;

/**
 * The framing on a connection: four bytes of length (of what follows), one byte of kind, the body.
 * The first frame each way is a greeting: magic, versions of the protocol, advertised address.
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

  /**
   * What this build speaks. A new version begins when a frame is sent that the one before could not
   * pass over. So far there is one, and nothing asks which one a connection has agreed on.
   */
  static final Versions SPOKEN = Versions.only(1);

  private static final int MAX_ADDRESS = 256;

  /** Bytes of a server's id. */
  private static final int SERVER = 32;

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

  /** The same without an id. */
  static byte[] greeting(byte kind, Versions versions, String advertised) {
    return greeting(kind, versions, advertised, null);
  }

  private static void put(ByteBuffer out, UUID id) {
    out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
  }

  private static UUID uuid(ByteBuffer in) {
    return new UUID(in.getLong(), in.getLong());
  }

  /** The versions of the protocol that one side speaks: all from the first to the last. */
  record Versions(int first, int last) {
    /** The newest that both speak; 0 when there is none. */
    int newestCommon(Versions other) {
      int newest = Math.min(last, other.last);
      return newest < Math.max(first, other.first) ? 0 : newest;
    }

    static Versions only(int version) {
      return new Versions(version, version);
    }

    @Override
    public String toString() {
      return first == last ? "version " + first : "versions " + first + " to " + last;
    }
  }

  /**
   * What one side says first.
   *
   * @param versions what it speaks
   * @param advertised where it is reached; "": it is not
   * @param server who it is; null when it does not say
   */
  record Greeting(Versions versions, String advertised, ServerId server) {
    /** Of who does not say who it is. */
    Greeting(Versions versions, String advertised) {
      this(versions, advertised, null);
    }

    /** What is answered: the newest version that both speak, or all of ours when there is none. */
    Versions answer() {
      int newest = versions.newestCommon(SPOKEN);
      return newest == 0 ? SPOKEN : Versions.only(newest);
    }

    /**
     * @throws MalformedFrameException when there is no version that both speak
     */
    void requireCommon() throws MalformedFrameException {
      if (versions.newestCommon(SPOKEN) == 0) {
        throw new MalformedFrameException(
            "it speaks the protocol in " + versions + ", this server in " + SPOKEN);
      }
    }

    /**
     * The same, of an answer.
     *
     * @throws MalformedFrameException also when it names more than one version
     */
    void requireChosen() throws MalformedFrameException {
      requireCommon();
      if (versions.first != versions.last) {
        throw new MalformedFrameException("it has chosen no version");
      }
    }
  }

  /**
   * Magic (4 bytes), first version (2), length of the address (2), the address in UTF-8, last
   * version (2), and, of who was connected to where servers prove that they are, its id (node,
   * incarnation: 16 each). The last one is left out when it is the first one and nothing follows;
   * whoever adds something behind it writes it always. Builds from before the range refuse a
   * greeting with a last version. The side that was connected to answers with the one version that
   * it has chosen, the newest that both speak, or, when there is none, with all that it speaks.
   */
  static byte[] greeting(byte kind, Versions versions, String advertised, ServerId server) {
    byte[] text = advertised.getBytes(StandardCharsets.UTF_8);
    if (text.length > MAX_ADDRESS) {
      throw new IllegalArgumentException("advertised address too long: " + advertised);
    }
    boolean more = versions.last > versions.first || server != null;
    int length = HEADER + 8 + text.length + (more ? 2 : 0) + (server == null ? 0 : SERVER);
    byte[] frame = new byte[length];
    ByteBuffer out =
        ByteBuffer.wrap(frame)
            .position(HEADER)
            .putInt(MAGIC)
            .putShort((short) versions.first)
            .putShort((short) text.length)
            .put(text);
    if (more) {
      out.putShort((short) versions.last);
    }
    if (server != null) {
      put(out, server.node());
      put(out, server.incarnation());
    }
    return seal(frame, kind);
  }

  /**
   * What a greeting says; what follows is passed over.
   *
   * @param body the frame from its kind on
   * @throws MalformedFrameException when it is no greeting of this kind
   */
  static Greeting readGreeting(byte[] body, byte kind) throws MalformedFrameException {
    ByteBuffer in = ByteBuffer.wrap(body);
    if (in.remaining() < HEADER + 4 || in.get() != kind || in.getInt() != MAGIC) {
      throw new MalformedFrameException("it does not greet as a Comitia server");
    }
    int first = Short.toUnsignedInt(in.getShort());
    int length = in.getShort();
    if (length < 0 || length > MAX_ADDRESS || length > in.remaining()) {
      throw new MalformedFrameException("its greeting is damaged");
    }
    String advertised = new String(body, in.position(), length, StandardCharsets.UTF_8);
    in.position(in.position() + length);
    int last = in.remaining() < 2 ? first : Short.toUnsignedInt(in.getShort());
    if (last < first) {
      throw new MalformedFrameException("its greeting is damaged");
    }
    ServerId server = in.remaining() < SERVER ? null : new ServerId(uuid(in), uuid(in));
    return new Greeting(new Versions(first, last), advertised, server);
  }
}
