package org.comitia.web.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
     * @return an answer, now or later; null to go on to the resource. Never fails
     */
    CompletionStage<Reply> whole(Body body);

    /** The answer to a body that did not come. */
    Reply missing(Refusal refusal);
  }

  private final HttpServletRequest request;
  private final HttpServletResponse response;
  private final String resource;
  private final Duration limit;
  private final UnderWay underWay;
  private final Next next;
  private final AtomicBoolean over = new AtomicBoolean();
  private final long started = System.nanoTime();
  private AsyncContext async;
  private BodyThreads threads;

  /**
   * @param resource where the request goes on when its body is there
   * @param limit for the whole body
   * @param underWay counts its bytes
   */
  BodyReader(
      HttpServletRequest request,
      HttpServletResponse response,
      String resource,
      Duration limit,
      UnderWay underWay,
      Next next) {
    this.request = request;
    this.response = response;
    this.resource = resource;
    this.limit = limit;
    this.underWay = underWay;
    this.next = next;
  }

  /** Begins to read on one of these threads; returns at once. */
  void begin(BodyThreads on) {
    threads = on;
    async = request.startAsync(request, response);
    async.setTimeout(0); // the time is bounded here: the container recycles what has timed out
    try {
      threads.await(this, request.getRemoteAddr());
    } catch (RejectedExecutionException tooMany) {
      missingHere(
          new Refusal(
              503, "COM4028: too many bodies that come slowly are awaited: send it again later"));
    }
  }

  @Override
  public void run() {
    try {
      if (!over.get()) {
        whole(Body.read(request, limit, over::get, underWay));
      }
    } catch (Refusal refusal) {
      missingHere(refusal);
    } catch (RuntimeException | Error unexpected) { // nobody else ends the request
      missingHere(Body.unreadable(unexpected));
    }
  }

  private void whole(Body body) {
    if (!over.compareAndSet(false, true)) {
      return;
    }
    try {
      CompletableFuture<Reply> coming = next.whole(body).toCompletableFuture();
      if (coming.isDone()) {
        goOn(coming.join());
      } else {
        coming.thenAccept(reply -> threads.answer(() -> goOn(reply)));
      }
    } catch (RuntimeException | Error unexpected) {
      send(unreadable(unexpected));
    }
  }

  private void goOn(Reply reply) {
    if (reply != null) {
      send(reply);
      return;
    }
    try {
      async.dispatch(resource);
    } catch (RuntimeException | Error unexpected) {
      send(unreadable(unexpected));
    }
  }

  private static Reply unreadable(Throwable unexpected) {
    Refusal refusal = Body.unreadable(unexpected);
    return Reply.text(refusal.status(), refusal.getMessage());
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

  /** On a thread that others wait for: a client's socket may block. */
  private void missing(Refusal refusal) {
    if (over.compareAndSet(false, true)) {
      threads.answer(() -> sendMissing(refusal));
    }
  }

  private void missingHere(Refusal refusal) {
    if (over.compareAndSet(false, true)) {
      sendMissing(refusal);
    }
  }

  private void sendMissing(Refusal refusal) {
    Reply reply;
    try {
      reply = next.missing(refusal);
    } catch (RuntimeException | Error unexpected) {
      reply = unreadable(unexpected);
    }
    send(reply);
  }

  private void send(Reply reply) {
    try {
      reply.writeTo(response);
    } catch (IOException | RuntimeException | Error gone) {
      // nobody is there to be told
    }
    try {
      async.complete();
    } catch (RuntimeException ended) {
      // by the container
    }
  }
}
