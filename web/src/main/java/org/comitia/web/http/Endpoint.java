package org.comitia.web.http;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.comitia.access.Access;
import org.comitia.access.Resource;

/**
 * One of the API's paths with the methods it answers. The table is what Consul's router has: a
 * pattern with a slash at its end takes everything below it, the longest pattern wins.
 *
 * @param pattern the path, decoded
 * @param needs what each of the methods asks of its caller, in their order
 * @param allow the value of an {@code Allow} header
 */
public record Endpoint(String pattern, List<String> methods, List<Need> needs, String allow) {
  /** Every endpoint. */
  public static final List<Endpoint> ALL =
      List.of(
          of("/v1/kv/", get(Need.DATA), put(Need.DATA), delete(Need.DATA)),
          of("/v1/agent/self", get(Need.local(Resource.AGENT, Access.READ))),
          of("/v1/agent/members", get(Need.RESOURCE)),
          of("/v1/agent/version", get(Need.local(Resource.AGENT, Access.READ))),
          of("/v1/agent/host", get(Need.local(Resource.OPERATOR, Access.READ))),
          of("/v1/agent/join/", put(Need.local(Resource.AGENT, Access.WRITE))),
          of("/v1/agent/leave", put(Need.local(Resource.AGENT, Access.WRITE))),
          of("/v1/agent/force-leave/", put(Need.local(Resource.OPERATOR, Access.WRITE))),
          of("/v1/agent/monitor", get(Need.local(Resource.AGENT, Access.READ))),
          of("/v1/event/fire/", put(Need.RESOURCE)),
          of("/v1/event/list", get(Need.RESOURCE)),
          of("/v1/coordinate/datacenters", get(Need.DATA)),
          of("/v1/coordinate/nodes", get(Need.DATA)),
          of("/v1/coordinate/node/", get(Need.DATA)),
          of("/v1/coordinate/update", put(Need.DATA)),
          of("/v1/agent/metrics", get(Need.local(Resource.AGENT, Access.READ))),
          of("/v1/agent/reload", put(Need.local(Resource.AGENT, Access.WRITE))),
          of("/v1/agent/maintenance", put(Need.local(Resource.NODE, Access.WRITE))),
          of("/v1/agent/services", get(Need.RESOURCE)),
          of("/v1/agent/service/", get(Need.RESOURCE)),
          of("/v1/agent/service/register", put(Need.RESOURCE)),
          of("/v1/agent/service/deregister/", put(Need.RESOURCE)),
          of("/v1/agent/service/maintenance/", put(Need.RESOURCE)),
          of("/v1/agent/checks", get(Need.RESOURCE)),
          of("/v1/agent/check/register", put(Need.RESOURCE)),
          of("/v1/agent/check/deregister/", put(Need.RESOURCE)),
          of("/v1/agent/check/pass/", put(Need.RESOURCE)),
          of("/v1/agent/check/warn/", put(Need.RESOURCE)),
          of("/v1/agent/check/fail/", put(Need.RESOURCE)),
          of("/v1/agent/check/update/", put(Need.RESOURCE)),
          of("/v1/agent/health/service/id/", get(Need.RESOURCE)),
          of("/v1/agent/health/service/name/", get(Need.RESOURCE)),
          of("/v1/agent/token/", put(Need.local(Resource.AGENT, Access.WRITE))),
          of("/v1/status/leader", get(Need.OPEN)),
          of("/v1/status/peers", get(Need.OPEN)),
          of("/v1/operator/raft/configuration", get(Need.DATA)),
          of("/v1/operator/raft/peer", delete(Need.DATA)),
          of("/v1/operator/raft/transfer-leader", post(Need.DATA)),
          of("/v1/operator/autopilot/configuration", get(Need.DATA), put(Need.DATA)),
          of("/v1/operator/autopilot/health", get(Need.DATA)),
          of("/v1/operator/autopilot/state", get(Need.DATA)),
          of(
              "/v1/operator/keyring",
              get(Need.local(Resource.KEYRING, Access.READ)),
              post(Need.local(Resource.KEYRING, Access.WRITE)),
              put(Need.local(Resource.KEYRING, Access.WRITE)),
              delete(Need.local(Resource.KEYRING, Access.WRITE))),
          of(
              "/v1/snapshot",
              get(Need.local(Resource.ACL, Access.WRITE)),
              put(Need.local(Resource.ACL, Access.WRITE))),
          of("/v1/catalog/register", put(Need.DATA)),
          of("/v1/catalog/deregister", put(Need.DATA)),
          of("/v1/catalog/datacenters", get(Need.OPEN)),
          of("/v1/catalog/nodes", get(Need.DATA)),
          of("/v1/catalog/node/", get(Need.DATA)),
          of("/v1/catalog/node-services/", get(Need.DATA)),
          of("/v1/catalog/services", get(Need.DATA)),
          of("/v1/catalog/service/", get(Need.DATA)),
          of("/v1/health/node/", get(Need.DATA)),
          of("/v1/health/checks/", get(Need.DATA)),
          of("/v1/health/state/", get(Need.DATA)),
          of("/v1/health/service/", get(Need.DATA)),
          of("/v1/session/create", put(Need.DATA)),
          of("/v1/session/destroy/", put(Need.DATA)),
          of("/v1/session/renew/", put(Need.DATA)),
          of("/v1/session/info/", get(Need.DATA)),
          of("/v1/session/node/", get(Need.DATA)),
          of("/v1/session/list", get(Need.DATA)),
          of("/v1/txn", put(Need.DATA)),
          of("/v1/query", get(Need.DATA), post(Need.DATA)),
          of("/v1/query/", get(Need.DATA), put(Need.DATA), delete(Need.DATA)),
          of("/v1/acl/bootstrap", put(Need.OPEN)),
          of("/v1/acl/replication", get(Need.OPEN)),
          of("/v1/acl/tokens", get(Need.DATA)),
          of("/v1/acl/token", put(Need.DATA)),
          of("/v1/acl/token/", get(Need.DATA), put(Need.DATA), delete(Need.DATA)),
          of("/v1/acl/token/self", get(Need.DATA)),
          of("/v1/acl/policies", get(Need.DATA)),
          of("/v1/acl/policy", put(Need.DATA)),
          of("/v1/acl/policy/", get(Need.DATA), put(Need.DATA), delete(Need.DATA)),
          of("/v1/acl/policy/name/", get(Need.DATA)),
          of("/v1/acl/roles", get(Need.DATA)),
          of("/v1/acl/role", put(Need.DATA)),
          of("/v1/acl/role/", get(Need.DATA), put(Need.DATA), delete(Need.DATA)),
          of("/v1/acl/role/name/", get(Need.DATA)),
          of("/v1/internal/ui/nodes", get(Need.DATA)),
          of("/v1/internal/ui/node/", get(Need.DATA)),
          of("/v1/internal/ui/services", get(Need.DATA)));

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

  /** A method, and what it asks for. */
  private record Way(String method, Need need) {}

  private static Way get(Need need) {
    return new Way("GET", need);
  }

  private static Way put(Need need) {
    return new Way("PUT", need);
  }

  private static Way post(Need need) {
    return new Way("POST", need);
  }

  private static Way delete(Need need) {
    return new Way("DELETE", need);
  }

  private static Endpoint of(String pattern, Way... ways) {
    List<String> methods = Arrays.stream(ways).map(Way::method).toList();
    return new Endpoint(
        pattern,
        methods,
        Arrays.stream(ways).map(Way::need).toList(),
        "OPTIONS," + String.join(",", methods));
  }

  /** Each method says what it asks for. */
  public Endpoint {
    if (needs.size() != methods.size()) {
      throw new IllegalArgumentException(pattern + " does not say what it asks for");
    }
  }

  /**
   * What a method asks for.
   *
   * @param method one of them
   */
  Need need(String method) {
    return needs.get(methods.indexOf(method));
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
