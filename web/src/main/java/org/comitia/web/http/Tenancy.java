package org.comitia.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Namespaces, partitions and peers, which there are none of: a request that names one is refused,
 * since its keys and services would otherwise be mixed with those of everybody.
 */
final class Tenancy {
  private static final String NAMESPACES = "Namespaces are a Consul Enterprise feature";
  private static final String PARTITIONS = "Partitions are a Consul Enterprise feature";
  private static final String PEERS = "Cluster peering is not supported";

  private record Word(String name, String why) {}

  private static final List<Word> HEADERS =
      List.of(
          new Word("X-Consul-Namespace", NAMESPACES), new Word("X-Consul-Partition", PARTITIONS));

  private static final List<Word> PARAMETERS =
      List.of(
          new Word("ns", NAMESPACES), new Word("partition", PARTITIONS), new Word("peer", PEERS));

  /** Paths that hold nothing of a namespace's: Consul does not look there. */
  private static final List<String> ELSEWHERE =
      List.of(
          "/v1/status/",
          "/v1/operator/",
          "/v1/coordinate/",
          "/v1/event/",
          "/v1/catalog/datacenters",
          "/v1/agent/self",
          "/v1/agent/members",
          "/v1/agent/version",
          "/v1/agent/host",
          "/v1/agent/join/",
          "/v1/agent/leave",
          "/v1/agent/force-leave/",
          "/v1/agent/monitor",
          "/v1/agent/metrics",
          "/v1/agent/reload",
          "/v1/agent/maintenance");

  private static final Set<String> HAVE_NONE =
      Endpoint.ALL.stream()
          .map(Endpoint::pattern)
          .filter(pattern -> ELSEWHERE.stream().anyMatch(pattern::startsWith))
          .collect(Collectors.toSet());

  private Tenancy() {}

  /** Why a request is refused; null when it names none of them. */
  static Refusal refusal(HttpServletRequest request, QueryString query, Endpoint endpoint) {
    if (HAVE_NONE.contains(endpoint.pattern())) {
      return null;
    }
    for (Word header : HEADERS) {
      String value = request.getHeader(header.name);
      if (value != null && !value.isEmpty()) {
        return refusal("header", header);
      }
    }
    for (Word parameter : PARAMETERS) {
      if (!query.get(parameter.name).isEmpty()) {
        return refusal("query parameter", parameter);
      }
    }
    return null;
  }

  private static Refusal refusal(String where, Word word) {
    return Refusal.badRequest(
        "Bad request: Invalid %s: \"%s\" - %s".formatted(where, word.name, word.why));
  }

  /** What a decoder says about an unknown field, with the reason when it is one of these. */
  static String explained(String problem) {
    return switch (problem) {
      case "json: unknown field \"Namespace\"" -> problem + " - " + NAMESPACES;
      case "json: unknown field \"Partition\"" -> problem + " - " + PARTITIONS;
      case "json: unknown field \"Peer\"", "json: unknown field \"PeerName\"" ->
          problem + " - " + PEERS;
      default -> problem;
    };
  }
}
