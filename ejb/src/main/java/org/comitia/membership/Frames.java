package org.comitia.membership;

import java.io.IOException;
import org.comitia.wire.BoundedParser;
import org.comitia.wire.MalformedFrameException;
import org.comitia.wire.proto.HelloFrame;
import org.comitia.wire.proto.MembershipFrame;

/**
 * Reads what other agents send, a stranger's too. Records are passed on to others: what newer
 * agents have put into theirs stays in them. Stateless, safe for any thread.
 */
final class Frames {
  /** The longest hello: two views of as many members as a view may have, and their places. */
  static final int MAX_HELLO = 512 << 10;

  /**
   * Each member of a view is 20 bytes on the wire and its place 32, which weigh 5 times as much:
   * the longest hello that agents send makes 3 MiB. Twelve are read at once (the channel's lane).
   */
  private static final BoundedParser<HelloFrame> HELLO =
      new BoundedParser<>(HelloFrame.getDefaultInstance(), 512 << 10, 6);

  /** Records have tags of this project's, of 20 bytes and more together with their name. */
  private static final BoundedParser<MembershipFrame> MEMBERSHIP =
      BoundedParser.keepingUnknown(MembershipFrame.getDefaultInstance(), BoundedParser.FIXED, 12);

  private Frames() {}

  /**
   * @throws IOException when it is none, is too long, or would take too much memory
   */
  static HelloFrame hello(byte[] bytes, int offset, int length) throws IOException {
    if (length > MAX_HELLO) {
      throw new MalformedFrameException("a hello of " + length + " bytes");
    }
    return HELLO.parse(bytes, offset, length);
  }

  /**
   * @throws IOException when it is none or would take too much memory
   */
  static MembershipFrame membership(byte[] bytes, int offset, int length) throws IOException {
    return MEMBERSHIP.parse(bytes, offset, length);
  }

  /** A frame that waits, as the bytes that it is counted by: parsed, it may be many times that. */
  static final class Waiting {
    private final byte[] bytes;

    Waiting(MembershipFrame frame) {
      bytes = frame.toByteArray();
    }

    int bytes() {
      return bytes.length;
    }

    MembershipFrame frame() {
      try {
        return MembershipFrame.parseFrom(bytes); // its weight was within the bound
      } catch (IOException impossible) {
        throw new IllegalStateException(
            "a frame that was read once cannot be read again", impossible);
      }
    }
  }
}
