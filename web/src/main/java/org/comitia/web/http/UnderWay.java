package org.comitia.web.http;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.util.concurrent.atomic.AtomicBoolean;

/** A request that was counted; given back once, when it is answered. */
final class UnderWay implements AsyncListener {
  private final ClientLimit limit;
  private final String client;
  private final AtomicBoolean over = new AtomicBoolean();

  UnderWay(ClientLimit limit, String client) {
    this.limit = limit;
    this.client = client;
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
