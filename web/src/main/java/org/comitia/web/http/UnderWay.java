package org.comitia.web.http;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.util.concurrent.atomic.AtomicBoolean;
import org.comitia.metrics.Series;

/**
 * A request that was counted; given back with its body, and its time added, once, when it is
 * answered.
 */
final class UnderWay implements AsyncListener {
  private final long startedNanos = System.nanoTime();
  private final ClientLimit limit;
  private final Incoming bodies;
  private final String client;
  private final AtomicBoolean over = new AtomicBoolean();
  private Series time; // set before the request is handed on
  private long kept; // of its body; guarded by this

  UnderWay(ClientLimit limit, Incoming bodies, String client) {
    this.limit = limit;
    this.bodies = bodies;
    this.client = client;
  }

  /** How long it takes is to be added there. */
  void measure(Series series) {
    time = series;
  }

  /**
   * So many more bytes of its body are to be kept.
   *
   * @return false when the bodies of all requests, or of its client's, would be too large, or it
   *     has its answer
   */
  synchronized boolean keep(int more) {
    if (over.get() || !bodies.enter(client, more)) {
      return false;
    }
    kept += more;
    return true;
  }

  /** So many bytes that were to be kept are not. */
  synchronized void giveBack(int fewer) {
    if (!over.get()) { // else they are given back with the others
      bodies.leave(client, fewer);
      kept -= fewer;
    }
  }

  private synchronized long kept() {
    return kept;
  }

  /** The filter is through: ends now, or when the answer that still waits was sent. */
  void endWith(HttpServletRequest request) {
    try {
      if (request.isAsyncStarted()) {
        request.getAsyncContext().addListener(this);
        return;
      }
    } catch (IllegalStateException alreadyAnswered) {
      // by another thread, since we asked
    }
    end();
  }

  private void end() {
    if (over.compareAndSet(false, true)) {
      limit.leave(client);
      bodies.leave(client, kept()); // no more is kept from now on
      if (time != null) {
        time.addSince(startedNanos);
      }
    }
  }

  @Override
  public void onComplete(AsyncEvent event) {
    end();
  }

  @Override
  public void onTimeout(AsyncEvent event) {
    // followed by onComplete
  }

  @Override
  public void onError(AsyncEvent event) {
    end();
  }

  @Override
  public void onStartAsync(AsyncEvent event) {
    event.getAsyncContext().addListener(this);
  }
}
