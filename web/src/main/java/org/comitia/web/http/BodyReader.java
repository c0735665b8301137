package org.comitia.web.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Waits for a body that comes in pieces, on a thread of {@link BodyThreads}: none of the
 * container's is held by a client that sends half of it. A body that is too large is read on and
 * dropped, up to a bound, so that the client sees the 413.
 *
 * <p>No {@code ReadListener}: Open Liberty 26.0.0.5 does not call one in a few of a thousand
 * requests whose body is not there yet.
 */
final class BodyReader implements BodyThreads.Waiting {
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
  private final long limitNanos;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(PIECE);
  private final AtomicBoolean over = new AtomicBoolean();
  private AsyncContext async;
  private volatile long length;

  /**
   * @param resource where the request goes on when its body is there
   * @param limit for the whole body; the container's own limit bounds the wait for each piece
   */
  BodyReader(
      HttpServletRequest request,
      HttpServletResponse response,
      String resource,
      Duration limit,
      Next next) {
    this.request = request;
    this.response = response;
    this.resource = resource;
    this.limitNanos = limit.toNanos();
    this.next = next;
  }

  /** Begins to read on one of these threads; returns at once. */
  void begin(BodyThreads threads) {
    async = request.startAsync(request, response);
    async.setTimeout(0); // the time is bounded here: the container recycles what has timed out
    try {
      threads.await(this);
    } catch (RejectedExecutionException tooMany) {
      missing(503, "COM4028: too many bodies that come slowly are awaited: send it again later");
    }
  }

  @Override
  public void run() {
    try {
      read(request.getInputStream());
    } catch (SocketTimeoutException late) {
      late();
    } catch (IOException | RuntimeException broken) {
      missing(400, "the body broke off after " + length + " bytes");
    }
  }

  private void read(InputStream in) throws IOException {
    long started = System.nanoTime();
    long announced = request.getContentLengthLong();
    byte[] piece = new byte[PIECE];
    while (length != announced && length <= MAX_DRAINED) {
      int n = in.read(piece);
      if (n < 0) {
        break;
      }
      length += n; // by this thread alone
      if (length <= Body.MAX) {
        bytes.write(piece, 0, n);
      }
      if (length != announced && System.nanoTime() - started > limitNanos) {
        late();
        return;
      }
    }
    if (length < announced && length <= MAX_DRAINED) {
      missing(400, "the body ended after " + length + " of " + announced + " bytes");
    } else {
      whole(Math.max(length, announced));
    }
  }

  private void whole(long told) {
    if (!over.compareAndSet(false, true)) {
      return;
    }
    byte[] kept = told > Body.MAX ? Body.NONE.bytes() : bytes.toByteArray();
    Reply reply = next.whole(new Body(kept, told));
    if (reply == null) {
      async.dispatch(resource);
    } else {
      send(reply);
    }
  }

  private void late() {
    missing(
        408,
        "COM4018: the body did not come in time: "
            + length
            + " bytes came. http_config.body_timeout says how long it may take");
  }

  @Override
  public void end() {
    missing(503, "COM4029: this agent is stopping and waits for no body: nothing was applied");
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
}
