package org.comitia.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Puts the frames of one connection together from the pieces that come. Memory grows with what has
 * come, not with what a frame announces: 64 KiB first, then twice as much each time. Event loop's
 * thread only.
 */
final class FrameReader {
  private static final int FIRST_BYTES = 64 << 10;
  private static final byte[] NONE = {};

  private final UnfinishedBytes unfinished;
  private byte[] body = NONE;
  private int held;
  private int have;
  private int length = -1;

  FrameReader(UnfinishedBytes unfinished) {
    this.unfinished = unfinished;
  }

  /**
   * Takes from {@code in} up to the end of a frame.
   *
   * @param limit the longest frame that is read
   * @return the frame from its kind on; null when more must come first
   * @throws OtherKeyException when a greeting is expected and TLS comes
   * @throws IOException when the frame is too long, or there is no room for it
   */
  byte[] read(ByteBuffer in, int limit) throws IOException {
    if (length < 0) {
      if (in.remaining() < 4) {
        return null;
      }
      int announced = in.getInt();
      if (announced < 1 || announced > limit) {
        if (limit == Frames.MAX_GREETING && isTls(announced)) {
          throw OtherKeyException.onlyThere();
        }
        throw new IOException("a frame of " + Integer.toUnsignedLong(announced) + " bytes");
      }
      length = announced;
    }
    int n = Math.min(in.remaining(), length - have);
    makeRoom(have + n);
    in.get(body, have, n);
    have += n;
    if (have < length) {
      return null;
    }
    byte[] frame = body;
    close();
    return frame;
  }

  /** A record of a handshake or an alert, as any version begins it (RFC 8446, 5.1). */
  private static boolean isTls(int begin) {
    return begin >>> 16 == 0x1603 || begin >>> 16 == 0x1503;
  }

  private void makeRoom(int bytes) throws IOException {
    if (bytes > body.length) {
      int size = Math.max(FIRST_BYTES, body.length);
      while (size < bytes) {
        size *= 2;
      }
      size = Math.min(size, length);
      // Counted first: when the memory is not there, closing gives back what was counted.
      unfinished.take(size - held);
      held = size;
      body = Arrays.copyOf(body, size);
    }
  }

  /** Whether a frame has begun and not ended. */
  boolean isInFrame() {
    return length >= 0;
  }

  /** Gives back what an unfinished frame holds. */
  void close() {
    unfinished.give(held);
    held = 0;
    body = NONE;
    have = 0;
    length = -1;
  }
}
