package org.comitia.web.http;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.comitia.metrics.Metrics;
import org.comitia.metrics.Series;

/** How long the requests of an endpoint take, from the filter to the answer: {@code api.http}. */
final class RequestTime {
  private static final Map<String, Map<String, Series>> ALL = new ConcurrentHashMap<>();

  private RequestTime() {}

  /**
   * @param method one of the endpoint's
   */
  static Series of(Endpoint endpoint, String method) {
    return ALL.computeIfAbsent(endpoint.pattern(), any -> new ConcurrentHashMap<>())
        .computeIfAbsent(
            method,
            any ->
                Metrics.sample(
                    "api.http",
                    "method",
                    method,
                    "path",
                    endpoint.pattern().substring(1).replace('/', '_')));
  }
}
