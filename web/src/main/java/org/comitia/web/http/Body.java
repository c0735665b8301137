package org.comitia.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * A request's body, read whole before anything else, so that no answer overtakes it on the
 * connection.
 *
 * @param bytes empty when it is too large
 * @param length as announced, or as read
 */
record Body(byte[] bytes, long length) {
  /** The largest body, as Consul's {@code kv_max_value_size}. */
  static final int MAX = 512 * 1024;

  /** How much of a body that is too large is read and dropped, so that the client sees the 413. */
  private static final long MAX_DRAINED = 16L * 1024 * 1024;

  static final Body NONE = new Body(new byte[0], 0);

  boolean tooLarge() {
    return length > MAX;
  }

  static Body read(HttpServletRequest request) throws IOException {
    long announced = request.getContentLengthLong();
    if (announced == 0) {
      return NONE;
    }
    try (InputStream in = request.getInputStream()) {
      if (announced > 0 && announced <= MAX) {
        byte[] bytes = in.readNBytes((int) announced);
        if (bytes.length < announced) {
          throw new IOException("the body ended after " + bytes.length + " of " + announced);
        }
        return new Body(bytes, announced);
      }
      if (announced < 0) {
        byte[] bytes = in.readNBytes(MAX + 1);
        if (bytes.length <= MAX) {
          return new Body(bytes, bytes.length);
        }
        return new Body(NONE.bytes, bytes.length + drain(in));
      }
      drain(in);
      return new Body(NONE.bytes, announced);
    }
  }

  private static long drain(InputStream in) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    long drained = 0;
    for (int n; drained < MAX_DRAINED && (n = in.read(buffer)) >= 0; drained += n) {
      // dropped
    }
    return drained;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Body body && body.length == length && Arrays.equals(body.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
