package org.comitia.web.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Waits for a body that comes in pieces, and holds no thread meanwhile: a client that sends half of
 * it costs the half. A body that is too large is read on and dropped, up to a bound, so that the
 * client sees the 413. The container calls one method at a time but for the time limit.
 */
final class BodyReader implements ReadListener, AsyncListener {
  private static final long MAX_DRAINED = 16L * 1024 * 1024;
  private static final int PIECE = 16 * 1024;

  /** What becomes of a request whose body was awaited. */
  interface Next {
    /**
     * @return an answer; null to go on to the resource
     */
    Reply whole(Body body);

    /** The answer to a body that did not come. */
    Reply missing(int status, String text);
  }

  private final HttpServletRequest request;
  private final HttpServletResponse response;
  private final String resource;
  private final Next next;
  private final AtomicBoolean over = new AtomicBoolean();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(PIECE);
  private AsyncContext async;
  private ServletInputStream in;
  private long length;

  /**
   * @param resource where the request goes on when its body is there
   */
  BodyReader(HttpServletRequest request, HttpServletResponse response, String resource, Next next) {
    this.request = request;
    this.response = response;
    this.resource = resource;
    this.next = next;
  }

  /** Begins to read; returns at once. */
  void begin(Duration limit) throws IOException {
    async = request.startAsync(request, response);
    async.setTimeout(limit.toMillis());
    async.addListener(this);
    in = request.getInputStream();
    in.setReadListener(this);
  }

  @Override
  public void onDataAvailable() throws IOException {
    byte[] piece = new byte[PIECE];
    while (in.isReady()) {
      int n = in.read(piece);
      if (n < 0) {
        return;
      }
      length += n;
      if (length <= Body.MAX) {
        bytes.write(piece, 0, n);
      } else if (length > MAX_DRAINED) {
        whole();
        return;
      }
    }
  }

  @Override
  public void onAllDataRead() {
    long announced = request.getContentLengthLong();
    if (length < announced) {
      missing(400, "the body ended after " + length + " of " + announced + " bytes");
    } else {
      whole();
    }
  }

  private void whole() {
    if (over.compareAndSet(false, true)) {
      long told = Math.max(length, request.getContentLengthLong());
      byte[] kept = told > Body.MAX ? Body.NONE.bytes() : bytes.toByteArray();
      Reply reply = next.whole(new Body(kept, told));
      if (reply == null) {
        async.dispatch(resource);
      } else {
        send(reply);
      }
    }
  }

  private void missing(int status, String text) {
    if (over.compareAndSet(false, true)) {
      send(next.missing(status, text).header("Connection", "close"));
    }
  }

  private void send(Reply reply) {
    try {
      reply.writeTo(response);
    } catch (IOException | IllegalStateException gone) {
      // nobody is there to be told
    } finally {
      async.complete();
    }
  }

  @Override
  public void onError(Throwable problem) {
    missing(400, "the body broke off after " + length + " bytes");
  }

  @Override
  public void onTimeout(AsyncEvent event) {
    missing(
        408,
        "COM4018: the body did not come in time: "
            + length
            + " bytes came. http_config.body_timeout says how long it may take");
  }

  @Override
  public void onError(AsyncEvent event) {
    missing(400, "the body broke off after " + length + " bytes");
  }

  @Override
  public void onComplete(AsyncEvent event) {
    // answered
  }

  @Override
  public void onStartAsync(AsyncEvent event) {
    // the resource waits on its own account
  }
}
