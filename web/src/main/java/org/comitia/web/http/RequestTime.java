package org.comitia.web.http;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.comitia.metrics.Metrics;
import org.comitia.metrics.Series;

/** How long the requests of an endpoint take, from the filter to the answer: {@code api.http}. */
final class RequestTime {
  private static final Map<Endpoint, Map<String, RequestTime>> ALL = new ConcurrentHashMap<>();

  private final Series series;

  private RequestTime(Series series) {
    this.series = series;
  }

  /**
   * @param method one of the endpoint's
   */
  static RequestTime of(Endpoint endpoint, String method) {
    return ALL.computeIfAbsent(endpoint, any -> new ConcurrentHashMap<>())
        .computeIfAbsent(
            method,
            any ->
                new RequestTime(
                    Metrics.sample(
                        "api.http",
                        "method",
                        method,
                        "path",
                        endpoint.pattern().substring(1).replace('/', '_'))));
  }

  /** The filter is through: adds the time now, or when the answer that still waits was sent. */
  void since(long startedNanos, HttpServletRequest request) {
    try {
      if (request.isAsyncStarted()) {
        request.getAsyncContext().addListener(new AtTheEnd(startedNanos));
        return;
      }
    } catch (IllegalStateException alreadyAnswered) {
      // by another thread, since we asked
    }
    series.addSince(startedNanos);
  }

  private final class AtTheEnd implements AsyncListener {
    private final long startedNanos;

    AtTheEnd(long startedNanos) {
      this.startedNanos = startedNanos;
    }

    @Override
    public void onComplete(AsyncEvent event) {
      series.addSince(startedNanos);
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      // followed by onComplete
    }

    @Override
    public void onError(AsyncEvent event) {
      // followed by onComplete
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      event.getAsyncContext().addListener(this);
    }
  }
}
