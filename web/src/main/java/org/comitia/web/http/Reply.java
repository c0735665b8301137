package org.comitia.web.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;

/** An answer, ready to be sent. Used by one thread at a time. */
public final class Reply {
  /** How many seconds a client is asked to wait when we cannot take its request now. */
  private static final String RETRY_AFTER_SECONDS = "1";

  /** Shorter bodies are not worth it: they fit into one packet as they are. */
  private static final int MIN_COMPRESSED = 1_400;

  /** What a socket's buffer takes at once. */
  static final int SENT_AT_ONCE = 8 * 1024;

  private static final byte[] NOTHING = {};
  private static final String TEXT = "text/plain; charset=utf-8";

  private static final String ENCODING = "Content-Encoding";
  private static final String GZIP = "gzip";

  private final int status;
  private final String contentType;
  private final byte[] body;
  private final Packed packed;
  private final List<String> headers = new ArrayList<>(8);

  private Reply(int status, String contentType, byte[] body, boolean gzip) {
    this(
        status, contentType, body, gzip && body.length >= MIN_COMPRESSED ? new Packed(body) : null);
  }

  private Reply(int status, String contentType, byte[] body, Packed packed) {
    this.status = status;
    this.contentType = contentType;
    this.body = body;
    this.packed = packed;
  }

  /** A body that is sent compressed: made by whoever asks for it first. */
  private static final class Packed {
    private final byte[] body;
    private volatile byte[] bytes;

    Packed(byte[] body) {
      this.body = body;
    }

    boolean isMade() {
      return bytes != null;
    }

    synchronized byte[] bytes() {
      if (bytes == null) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(body.length / 4);
        try (GZIPOutputStream gzip = new GZIPOutputStream(out, 8 * 1024)) {
          gzip.write(body);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        bytes = out.toByteArray();
      }
      return bytes;
    }
  }

  /** The same answer for another request, with headers of its own. */
  Reply copy() {
    Reply copy = new Reply(status, contentType, body, packed);
    copy.headers.addAll(headers);
    return copy;
  }

  /** A value as Consul writes it, indented when the request asks for it. */
  public static Reply json(Call call, Json.Body body) {
    return json(call, 200, body);
  }

  /** A value with a status of its own. */
  public static Reply json(Call call, int status, Json.Body body) {
    return new Reply(
        status, "application/json", Json.bytes(call.pretty(), body), call.wishes().gzip());
  }

  /** Text without a newline at its end. */
  public static Reply text(int status, String message) {
    return new Reply(status, TEXT, message.getBytes(StandardCharsets.UTF_8), false);
  }

  public static Reply empty(int status) {
    return new Reply(status, TEXT, NOTHING, false);
  }

  /** Bytes that no browser may take for anything but text. */
  public static Reply raw(Call call, byte[] body) {
    return new Reply(200, "text/plain", body, call.wishes().gzip())
        .header("X-Content-Type-Options", "nosniff")
        .header("Content-Security-Policy", "sandbox");
  }

  public Reply header(String name, String value) {
    headers.add(name);
    headers.add(value);
    return this;
  }

  /** Asks the client to come again: only for what was certainly not done. */
  public Reply retryLater() {
    return header("Retry-After", RETRY_AFTER_SECONDS);
  }

  public int status() {
    return status;
  }

  /**
   * Whether it may be given to the container on the thread that brings it: small enough for a
   * socket's buffer, and no error, which may come on one of the engine's own threads. Never throws:
   * what cannot be compressed fails where it is sent.
   */
  public boolean isSentAtOnce() {
    return status < 500 && fitsASocketsBuffer();
  }

  /**
   * Whether a client's socket takes it at once. Never throws: what cannot be compressed, does not.
   */
  boolean fitsASocketsBuffer() {
    try {
      return sent().length <= SENT_AT_ONCE;
    } catch (RuntimeException | Error notCompressed) {
      return false;
    }
  }

  /** Whether {@link #compressed} takes no time to speak of. */
  boolean isSoonCompressed() {
    return packed == null || packed.isMade() || body.length <= SENT_AT_ONCE;
  }

  /** The same, compressed now if it is to be: that may take more memory than there is. */
  Reply compressed() {
    sent();
    return this;
  }

  /** The body; not to be changed. */
  public byte[] body() {
    return body;
  }

  /** The value of a header; null when it is not set. */
  public String header(String name) {
    for (int i = 0; i < headers.size(); i += 2) {
      if (headers.get(i).equalsIgnoreCase(name)) {
        return headers.get(i + 1);
      }
    }
    return null;
  }

  /** Sends it. Blocks as long as the client's socket takes nothing. */
  public void writeTo(HttpServletResponse response) throws IOException {
    byte[] sent = head(response);
    response.getOutputStream().write(sent);
  }

  /**
   * Sends it and ends the request; never blocks: a client that is slow to take much of it holds no
   * thread.
   *
   * @param onGone told when the client does not want it any more
   */
  public void sendTo(AsyncContext async, HttpServletResponse response, Consumer<Throwable> onGone) {
    try {
      byte[] sent = head(response);
      if (sent.length > SENT_AT_ONCE) {
        Sending.begin(sent, async, response, onGone);
        return;
      }
      response.getOutputStream().write(sent);
    } catch (IOException | RuntimeException | Error e) {
      // The container has ended the request, or there is no memory: it has to end either way.
      onGone.accept(e);
    }
    try {
      async.complete();
    } catch (IllegalStateException ended) {
      // by the container
    }
  }

  /** Status and headers. @return the body as it is to be sent */
  private byte[] head(HttpServletResponse response) {
    response.setStatus(status);
    for (int i = 0; i < headers.size(); i += 2) {
      response.setHeader(headers.get(i), headers.get(i + 1));
    }
    response.setContentType(contentType);
    if (packed != null) {
      response.setHeader(ENCODING, GZIP);
    }
    byte[] sent = sent();
    response.setContentLength(sent.length);
    return sent;
  }

  private byte[] sent() {
    return packed == null ? body : packed.bytes();
  }
}
