package org.comitia.web.http;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.util.concurrent.atomic.AtomicBoolean;
import org.comitia.metrics.Series;

/** A request that was counted; given back, and its time added, once, when it is answered. */
final class UnderWay implements AsyncListener {
  private final long startedNanos = System.nanoTime();
  private final ClientLimit limit;
  private final String client;
  private final AtomicBoolean over = new AtomicBoolean();
  private Series time; // set before the request is handed on

  UnderWay(ClientLimit limit, String client) {
    this.limit = limit;
    this.client = client;
  }

  /** How long it takes is to be added there. */
  void measure(Series series) {
    time = series;
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
