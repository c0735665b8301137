package org.comitia.web.http;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One of the API's paths with the methods it answers. The table is what Consul's router has: a
 * pattern with a slash at its end takes everything below it, the longest pattern wins.
 *
 * @param pattern the path, decoded
 * @param allow the value of an {@code Allow} header
 */
public record Endpoint(String pattern, List<String> methods, String allow) {
  /** Every endpoint. */
  public static final List<Endpoint> ALL =
      List.of(
          of("/v1/kv/", "GET", "PUT", "DELETE"),
          of("/v1/agent/self", "GET"),
          of("/v1/agent/members", "GET"),
          of("/v1/agent/version", "GET"),
          of("/v1/agent/host", "GET"),
          of("/v1/agent/join/", "PUT"),
          of("/v1/agent/leave", "PUT"),
          of("/v1/agent/force-leave/", "PUT"),
          of("/v1/agent/monitor", "GET"),
          of("/v1/event/fire/", "PUT"),
          of("/v1/event/list", "GET"),
          of("/v1/coordinate/datacenters", "GET"),
          of("/v1/coordinate/nodes", "GET"),
          of("/v1/coordinate/node/", "GET"),
          of("/v1/coordinate/update", "PUT"),
          of("/v1/agent/metrics", "GET"),
          of("/v1/agent/reload", "PUT"),
          of("/v1/agent/maintenance", "PUT"),
          of("/v1/agent/services", "GET"),
          of("/v1/agent/service/", "GET"),
          of("/v1/agent/service/register", "PUT"),
          of("/v1/agent/service/deregister/", "PUT"),
          of("/v1/agent/service/maintenance/", "PUT"),
          of("/v1/agent/checks", "GET"),
          of("/v1/agent/check/register", "PUT"),
          of("/v1/agent/check/deregister/", "PUT"),
          of("/v1/agent/check/pass/", "PUT"),
          of("/v1/agent/check/warn/", "PUT"),
          of("/v1/agent/check/fail/", "PUT"),
          of("/v1/agent/check/update/", "PUT"),
          of("/v1/agent/health/service/id/", "GET"),
          of("/v1/agent/health/service/name/", "GET"),
          of("/v1/status/leader", "GET"),
          of("/v1/status/peers", "GET"),
          of("/v1/operator/raft/configuration", "GET"),
          of("/v1/operator/raft/peer", "DELETE"),
          of("/v1/operator/raft/transfer-leader", "POST"),
          of("/v1/operator/autopilot/configuration", "GET", "PUT"),
          of("/v1/operator/autopilot/health", "GET"),
          of("/v1/operator/autopilot/state", "GET"),
          of("/v1/snapshot", "GET", "PUT"),
          of("/v1/catalog/register", "PUT"),
          of("/v1/catalog/deregister", "PUT"),
          of("/v1/catalog/datacenters", "GET"),
          of("/v1/catalog/nodes", "GET"),
          of("/v1/catalog/node/", "GET"),
          of("/v1/catalog/node-services/", "GET"),
          of("/v1/catalog/services", "GET"),
          of("/v1/catalog/service/", "GET"),
          of("/v1/health/node/", "GET"),
          of("/v1/health/checks/", "GET"),
          of("/v1/health/state/", "GET"),
          of("/v1/health/service/", "GET"),
          of("/v1/session/create", "PUT"),
          of("/v1/session/destroy/", "PUT"),
          of("/v1/session/renew/", "PUT"),
          of("/v1/session/info/", "GET"),
          of("/v1/session/node/", "GET"),
          of("/v1/session/list", "GET"),
          of("/v1/txn", "PUT"),
          of("/v1/query", "GET", "POST"),
          of("/v1/query/", "GET", "PUT", "DELETE"),
          of("/v1/acl/bootstrap", "PUT"),
          of("/v1/acl/replication", "GET"),
          of("/v1/acl/tokens", "GET"),
          of("/v1/acl/token", "PUT"),
          of("/v1/acl/token/", "GET", "PUT", "DELETE"),
          of("/v1/acl/token/self", "GET"),
          of("/v1/acl/policies", "GET"),
          of("/v1/acl/policy", "PUT"),
          of("/v1/acl/policy/", "GET", "PUT", "DELETE"),
          of("/v1/acl/policy/name/", "GET"),
          of("/v1/acl/roles", "GET"),
          of("/v1/acl/role", "PUT"),
          of("/v1/acl/role/", "GET", "PUT", "DELETE"),
          of("/v1/acl/role/name/", "GET"),
          of("/v1/internal/ui/nodes", "GET"),
          of("/v1/internal/ui/node/", "GET"),
          of("/v1/internal/ui/services", "GET"));

  /** Keys and values. */
  public static final Endpoint KV = ALL.get(0);

  /** Who this node is, told while it starts as well. */
  static final Endpoint SELF = at(ALL, "/v1/agent/self");

  /** What async servlets answer instead of JAX-RS, and their names. */
  private static final Map<String, String> SERVLETS =
      Map.of(
          "/v1/kv/", FrontFilter.KV_SERVLET,
          "/v1/agent/monitor", FrontFilter.MONITOR_SERVLET,
          "/v1/snapshot", FrontFilter.SNAPSHOT_SERVLET);

  /** Its body is an archive, which the servlet reads itself. */
  static final Endpoint SNAPSHOT = at(ALL, "/v1/snapshot");

  /** Its body's limit has a name of its own in Consul. */
  static final Endpoint TXN = at(ALL, "/v1/txn");

  private static final Map<String, Endpoint> EXACT =
      ALL.stream().filter(e -> !e.tree()).collect(Collectors.toMap(Endpoint::pattern, e -> e));

  /** Longest first. */
  private static final List<Endpoint> TREES =
      ALL.stream()
          .filter(Endpoint::tree)
          .sorted(Comparator.comparingInt((Endpoint e) -> e.pattern().length()).reversed())
          .toList();

  private static Endpoint at(List<Endpoint> all, String pattern) {
    return all.stream().filter(e -> e.pattern.equals(pattern)).findFirst().orElseThrow();
  }

  private static Endpoint of(String pattern, String... methods) {
    return new Endpoint(pattern, List.of(methods), "OPTIONS," + String.join(",", List.of(methods)));
  }

  /**
   * @param path decoded and clean
   * @return null for an unknown path
   */
  public static Endpoint at(String path) {
    Endpoint exact = EXACT.get(path);
    if (exact != null) {
      return exact;
    }
    for (Endpoint tree : TREES) {
      if (path.startsWith(tree.pattern)) {
        return tree;
      }
    }
    return null;
  }

  /** Whether the pattern takes what is below it. */
  public boolean tree() {
    return pattern.endsWith("/");
  }

  /** The name of the servlet that answers instead of JAX-RS; null for none. */
  String servlet() {
    return SERVLETS.get(pattern);
  }

  /** Where JAX-RS finds the resource: the pattern without a slash at its end. */
  String resource() {
    return tree() ? pattern.substring(0, pattern.length() - 1) : pattern;
  }
}
