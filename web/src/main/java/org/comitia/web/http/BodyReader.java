package org.comitia.web.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Waits for a body on a thread of {@link BodyThreads}, and hands the request on when it is there.
 *
 * <p>No {@code ReadListener}: Open Liberty 26.0.0.5 does not call one in a few of a thousand
 * requests whose body is not there yet.
 */
final class BodyReader implements BodyThreads.Waiting {
  /** What becomes of a request whose body was awaited. */
  interface Next {
    /**
     * @return an answer; null to go on to the resource
     */
    Reply whole(Body body);

    /** The answer to a body that did not come. */
    Reply missing(Refusal refusal);
  }

  private final HttpServletRequest request;
  private final HttpServletResponse response;
  private final String resource;
  private final Duration limit;
  private final Next next;
  private final AtomicBoolean over = new AtomicBoolean();
  private final long started = System.nanoTime();
  private AsyncContext async;

  /**
   * @param resource where the request goes on when its body is there
   * @param limit for the whole body
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
    this.limit = limit;
    this.next = next;
  }

  /** Begins to read on one of these threads; returns at once. */
  void begin(BodyThreads threads) {
    async = request.startAsync(request, response);
    async.setTimeout(0); // the time is bounded here: the container recycles what has timed out
    try {
      threads.await(this, request.getRemoteAddr());
    } catch (RejectedExecutionException tooMany) {
      missing(
          new Refusal(
              503, "COM4028: too many bodies that come slowly are awaited: send it again later"));
    }
  }

  @Override
  public void run() {
    try {
      if (!over.get()) {
        whole(Body.read(request, limit, over::get));
      }
    } catch (Refusal refusal) {
      missing(refusal);
    } catch (RuntimeException | Error unexpected) { // nobody else ends the request
      missing(Body.unreadable(unexpected));
    }
  }

  private void whole(Body body) {
    if (!over.compareAndSet(false, true)) {
      return;
    }
    Reply reply;
    try {
      reply = next.whole(body);
      if (reply == null) {
        async.dispatch(resource);
        return;
      }
    } catch (RuntimeException unexpected) {
      Refusal refusal = Body.unreadable(unexpected);
      reply = Reply.text(refusal.status(), refusal.getMessage());
    }
    send(reply);
  }

  @Override
  public void look(long now) {
    if (now - started > limit.toNanos()) {
      missing(Body.late());
    }
  }

  @Override
  public void end() {
    missing(Body.ending());
  }

  private void missing(Refusal refusal) {
    if (over.compareAndSet(false, true)) {
      send(next.missing(refusal));
    }
  }

  private void send(Reply reply) {
    try {
      reply.writeTo(response);
    } catch (IOException | RuntimeException gone) {
      // nobody is there to be told
    }
    try {
      async.complete();
    } catch (RuntimeException ended) {
      // by the container
    }
  }
}
