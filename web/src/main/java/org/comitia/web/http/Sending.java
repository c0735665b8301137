package org.comitia.web.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Sends an answer as its client takes it, and then ends the request; no thread is held by a client
 * that takes nothing. The container ends the connection of one that takes nothing for long ({@code
 * writeTimeout}). When too much waits for its clients already, the answer is a 429.
 */
final class Sending implements WriteListener {
  /** What a client gets at a time. */
  private static final int PIECE = 32 * 1024;

  private static final String TOO_MUCH =
      "COM4019: too many large answers that their clients have not taken yet: send it again later";

  private final byte[] bytes;
  private final AsyncContext async;
  private final ServletOutputStream out;
  private final Consumer<Throwable> onGone;
  private final Outgoing outgoing;
  private int sent;
  private boolean over;

  private Sending(
      byte[] bytes,
      AsyncContext async,
      ServletOutputStream out,
      Consumer<Throwable> onGone,
      Outgoing outgoing) {
    this.bytes = bytes;
    this.async = async;
    this.out = out;
    this.onGone = onGone;
    this.outgoing = outgoing;
  }

  /**
   * Begins to send; returns at once. Nothing may have been written yet.
   *
   * @param onGone told when the client does not want it any more
   */
  static void begin(
      byte[] bytes, AsyncContext async, HttpServletResponse response, Consumer<Throwable> onGone)
      throws IOException {
    begin(bytes, async, response, onGone, Outgoing.ALL);
  }

  /** The same, counted by {@code outgoing}. */
  static void begin(
      byte[] bytes,
      AsyncContext async,
      HttpServletResponse response,
      Consumer<Throwable> onGone,
      Outgoing outgoing)
      throws IOException {
    if (!outgoing.enter(bytes)) {
      response.reset();
      Reply.text(429, TOO_MUCH)
          .retryLater()
          .header("X-Content-Type-Options", "nosniff")
          .writeTo(response);
      async.complete();
      return;
    }
    ServletOutputStream out;
    try {
      out = response.getOutputStream();
    } catch (IOException | RuntimeException | Error e) {
      outgoing.leave(bytes);
      throw e;
    }
    Sending sending = new Sending(bytes, async, out, onGone, outgoing);
    try {
      out.setWriteListener(sending);
    } catch (RuntimeException | Error ended) {
      // The client or the container was first, and nobody calls the listener any more.
      sending.onError(ended);
    }
  }

  @Override
  public synchronized void onWritePossible() throws IOException {
    while (!over && out.isReady()) {
      if (sent == bytes.length) {
        end();
        return;
      }
      int piece = Math.min(PIECE, bytes.length - sent);
      int from = sent;
      sent += piece;
      out.write(bytes, from, piece);
    }
  }

  @Override
  public synchronized void onError(Throwable problem) {
    if (!over) {
      onGone.accept(problem);
      end();
    }
  }

  private void end() {
    over = true;
    outgoing.leave(bytes);
    try {
      async.complete();
    } catch (IllegalStateException ended) {
      // by the container
    }
  }
}
