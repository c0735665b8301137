package org.comitia.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
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

  static final Body NONE = new Body(new byte[0], 0);

  boolean tooLarge() {
    return length > MAX;
  }

  /**
   * The body of a request when all of it is there already, as most are: they come with the head.
   *
   * @return null when some of it is still to come
   */
  static Body present(HttpServletRequest request) throws IOException {
    long announced = request.getContentLengthLong();
    if (announced == 0
        || announced < 0
            && request.getProtocol().startsWith("HTTP/1")
            && request.getHeader("Transfer-Encoding") == null) {
      return NONE;
    }
    if (announced < 0 || announced > MAX || request.getInputStream().available() < announced) {
      return null;
    }
    byte[] bytes = request.getInputStream().readNBytes((int) announced);
    if (bytes.length < announced) {
      throw new IOException("the body ended after " + bytes.length + " of " + announced);
    }
    return new Body(bytes, announced);
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
