package org.comitia.web.http;

import java.util.List;

/**
 * What Consul's agents answer from a cache when asked with {@code cached}. We have none: a read is
 * answered by the cluster each time, and says so. A client that takes an answer of some age gets
 * one of no age.
 */
public final class AgentCache {
  private static final List<String> CACHED =
      List.of(
          "/v1/catalog/datacenters",
          "/v1/catalog/services",
          "/v1/catalog/service/",
          "/v1/health/service/");

  private AgentCache() {}

  /**
   * Reads the {@code Cache-Control} header, for its errors only.
   *
   * @throws Refusal 400 with Consul's text
   */
  static void check(Call call) {
    String header = call.wishes().cacheControl();
    if (header.isEmpty()) {
      return;
    }
    for (String part : header.split(",")) {
      String directive = part.strip();
      if (directive.startsWith("max-age=") || directive.startsWith("stale-if-error=")) {
        String seconds = directive.substring(directive.indexOf('=') + 1);
        if (!seconds.matches("[+-]?[0-9]{1,18}")) {
          throw Refusal.badRequest("Invalid Cache-Control header.");
        }
      }
    }
  }

  /** Tells a client that asked with {@code cached} that its answer comes from no cache. */
  public static Reply told(Call call, Reply reply) {
    return call.query().has("cached") && CACHED.contains(call.endpoint().pattern())
        ? reply.header("X-Cache", "MISS")
        : reply;
  }
}
