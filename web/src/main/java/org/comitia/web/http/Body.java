package org.comitia.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.function.BooleanSupplier;

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

  private static final long MAX_DRAINED = 16L * 1024 * 1024;
  private static final int PIECE = 16 * 1024;

  static final Body NONE = new Body(new byte[0], 0);

  boolean tooLarge() {
    return length > MAX;
  }

  /** Whether a request has one. */
  static boolean isAnnounced(HttpServletRequest request) {
    long announced = request.getContentLengthLong();
    return announced > 0
        || announced < 0
            && !(request.getProtocol().startsWith("HTTP/1")
                && request.getHeader("Transfer-Encoding") == null);
  }

  /**
   * Whether its end can be read in two ways: whoever stands before this server may have read it the
   * other way (RFC 9112, section 6.3).
   */
  static boolean isAmbiguous(HttpServletRequest request) {
    // All lines of both: which of them the server goes by is not ours to guess.
    Enumeration<String> lengths = request.getHeaders("Content-Length");
    boolean counted = lengths.hasMoreElements();
    if (counted) {
      lengths.nextElement();
    }
    Enumeration<String> codings = request.getHeaders("Transfer-Encoding");
    if (!codings.hasMoreElements()) {
      return lengths.hasMoreElements();
    }
    boolean chunked = codings.nextElement().strip().equalsIgnoreCase("chunked");
    return counted
        || !chunked
        || codings.hasMoreElements()
        || request.getProtocol().equals("HTTP/1.0");
  }

  /** Whether it comes as so many bytes: then each read ends with the next piece. */
  static boolean isCounted(HttpServletRequest request) {
    return request.getContentLengthLong() >= 0;
  }

  /**
   * Reads a request's body. Blocks while it comes; what is too large is read on and dropped, up to
   * a bound, so that the client sees the 413.
   *
   * @param limit for the whole body; the container's own limit bounds the wait for each piece
   * @param ended asked after each piece: whether the agent is stopping
   * @param underWay asked before more bytes are kept; in the end it counts those of the body
   * @throws Refusal 408 when it does not come in time, 400 when it breaks off, 503 when it ended or
   *     may not be kept
   */
  static Body read(
      HttpServletRequest request, Duration limit, BooleanSupplier ended, UnderWay underWay) {
    long started = System.nanoTime();
    long announced = request.getContentLengthLong();
    long most = announced < 0 ? MAX : announced;
    byte[] kept = keep(NONE.bytes, (int) Math.min(most, PIECE), underWay);
    long length = 0;
    try {
      InputStream in = request.getInputStream();
      while (length != announced && length <= MAX_DRAINED) {
        if (length == kept.length && length < MAX && announced <= MAX) {
          kept = keep(kept, (int) Math.min(most, 2 * kept.length), underWay);
        }
        int at = length < kept.length ? (int) length : 0; // too large: over what was kept
        int n = in.read(kept, at, kept.length - at);
        if (n < 0) {
          break;
        }
        length += n;
        if (length != announced && ended.getAsBoolean()) {
          throw ending();
        }
        if (length != announced && System.nanoTime() - started > limit.toNanos()) {
          throw late();
        }
      }
    } catch (SocketTimeoutException nothingCame) {
      throw new Refusal(
          408,
          "COM4018: the body did not come in time: "
              + length
              + " bytes came, and then none for long. The server's readTimeout says how long a"
              + " pause may be");
    } catch (IOException broken) {
      throw Refusal.badRequest("the body broke off after " + length + " bytes");
    }
    if (length < announced && length <= MAX_DRAINED) {
      throw Refusal.badRequest("the body ended after " + length + " of " + announced + " bytes");
    }
    long told = Math.max(length, announced);
    byte[] bytes = told > MAX ? NONE.bytes : first(kept, (int) length);
    underWay.giveBack(kept.length - bytes.length);
    return new Body(bytes, told);
  }

  private static byte[] keep(byte[] before, int size, UnderWay underWay) {
    if (!underWay.keep(size - before.length)) {
      throw new Refusal(
          503,
          "COM4033: too many large bodies are under way: nothing was applied, send it again later");
    }
    return Arrays.copyOf(before, size);
  }

  private static byte[] first(byte[] bytes, int length) {
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  /** It took too long as a whole. */
  static Refusal late() {
    return new Refusal(
        408,
        "COM4018: the body did not come in time: http_config.body_timeout says how long it may"
            + " take");
  }

  /** An exception that nobody expected, which is logged here. */
  static Refusal unreadable(Throwable unexpected) {
    RequestLog.unexpected("COM4031: the body could not be read: " + unexpected, unexpected);
    return Refusal.error("COM4031: the body could not be read: internal error");
  }

  /** The agent is stopping. */
  static Refusal ending() {
    return new Refusal(
        503, "COM4029: this agent is stopping and waits for no body: nothing was applied");
  }

  /** Whether some of it was not read: what comes next on the connection is no request. */
  boolean isLeftUnread() {
    return length > MAX_DRAINED;
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
