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
      threads.await(this);
    } catch (RejectedExecutionException tooMany) {
      missing(
          unavailable(
              "COM4028: too many bodies that come slowly are awaited: send it again later"));
    }
  }

  @Override
  public void run() {
    try {
      whole(Body.read(request, limit));
    } catch (Refusal refusal) {
      missing(refusal);
    }
  }

  private void whole(Body body) {
    if (!over.compareAndSet(false, true)) {
      return;
    }
    Reply reply = next.whole(body);
    if (reply == null) {
      async.dispatch(resource);
    } else {
      send(reply);
    }
  }

  @Override
  public void end() {
    missing(
        unavailable("COM4029: this agent is stopping and waits for no body: nothing was applied"));
  }

  private static Refusal unavailable(String text) {
    return new Refusal(503, text);
  }

  private void missing(Refusal refusal) {
    if (over.compareAndSet(false, true)) {
      send(next.missing(refusal));
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
