package org.comitia.transport;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.comitia.cluster.Reply;

/**
 * The requests without an answer, bounded. Each ends with exactly one reply; whoever removes it
 * from the table gives it.
 */
final class OpenRequests {
  private final ConcurrentHashMap<Long, OpenRequest> open = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();
  private final AtomicInteger waiting = new AtomicInteger();
  private final int max;

  OpenRequests(int max) {
    this.max = max;
  }

  /**
   * @param waits whether it is for a request that may wait: the last quarter is not for them
   */
  boolean isFull(boolean waits) {
    return open.size() >= max || (waits && waiting.get() >= max - max / 4);
  }

  OpenRequest begin(Link link, Duration timeout, boolean waits) {
    OpenRequest request =
        new OpenRequest(
            Frames.requestId(ids.incrementAndGet(), waits),
            System.nanoTime() + timeout.toNanos(),
            link);
    open.put(request.id, request);
    if (waits) {
      waiting.incrementAndGet();
    }
    return request;
  }

  /** An answer from this link; late and foreign ones are ignored. */
  void answered(Link link, long id, Reply<byte[]> reply) {
    OpenRequest request = open.get(id);
    if (request != null && request.link == link) {
      complete(request, reply);
    }
  }

  void complete(OpenRequest request, Reply<byte[]> reply) {
    if (open.remove(request.id, request)) {
      if (Frames.mayWait(request.id)) {
        waiting.decrementAndGet();
      }
      request.future.complete(reply);
    }
  }

  /** The link is closed: not sent what surely was not, unknown the rest. */
  void lost(OpenRequest request, String reason) {
    complete(
        request,
        request.link.takeBack(request)
            ? new Reply.NotSent<>(reason)
            : new Reply.Unknown<>("the connection broke before the answer came: " + reason));
  }

  boolean isAnyOf(Link link) {
    return open.values().stream().anyMatch(request -> request.link == link);
  }

  void lost(Link link, String reason) {
    for (OpenRequest request : open.values()) {
      if (request.link == link) {
        lost(request, reason);
      }
    }
  }

  void lostAll(String reason) {
    open.values().forEach(request -> lost(request, reason));
  }

  void expire(long now) {
    for (OpenRequest request : open.values()) {
      if (now - request.deadlineNanos >= 0) {
        String peer = request.link.remote();
        complete(
            request,
            request.link.takeBack(request)
                ? new Reply.NotSent<>("still queued for " + peer + " at its timeout")
                : new Reply.Unknown<>("no answer from " + peer + " in time"));
      }
    }
  }
}
