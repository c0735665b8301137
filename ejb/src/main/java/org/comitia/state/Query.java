package org.comitia.state;

import java.util.List;
import java.util.Map;

/** A question to the state; evaluated on a server against one version. */
public sealed interface Query {
  record KvGet(String key) implements Query {}

  record KvList(String prefix) implements Query {}

  /**
   * @param separator empty for none: keys are cut after its first occurrence behind the prefix
   */
  record KvKeys(String prefix, String separator) implements Query {}

  /**
   * @param meta all must match
   */
  record Nodes(Map<String, String> meta) implements Query {}

  /**
   * @param node a name, a node id, or a unique prefix of an id with at least two hex digits
   */
  record NodeServices(String node) implements Query {}

  /** Service names with the union of their tags. */
  record Services(Map<String, String> nodeMeta) implements Query {}

  record ServiceInstances(String service, List<String> tags, Map<String, String> nodeMeta)
      implements Query {}

  record NodeChecks(String node) implements Query {}

  /** The checks of a service's instances ({@code /v1/health/checks}). */
  record ServiceChecks(String service, Map<String, String> nodeMeta) implements Query {}

  /**
   * @param status {@code any}, {@code passing}, {@code warning} or {@code critical}; another has no
   *     checks
   */
  record ChecksInState(String status, Map<String, String> nodeMeta) implements Query {}

  /**
   * Instances of a service with their node and the checks of both ({@code /v1/health/service}).
   *
   * @param passingOnly only those whose checks are all passing
   */
  record ServiceHealth(
      String service, List<String> tags, Map<String, String> nodeMeta, boolean passingOnly)
      implements Query {}

  record SessionGet(String id) implements Query {}

  record Sessions() implements Query {}

  record NodeSessions(String node) implements Query {}

  /** A transaction that only reads. */
  record TxnRead(List<TxnOp> ops) implements Query {}

  /**
   * A node with its services and checks, or all nodes ({@code /v1/internal/ui}).
   *
   * @param node null for all
   */
  record NodeDump(String node) implements Query {}

  /** All instances of all services with their node and checks. */
  record ServiceDump() implements Query {}

  record PreparedQueryGet(String id) implements Query {}

  record PreparedQueries() implements Query {}

  /**
   * The prepared query that answers a name or an id, templates filled in; and which healthy
   * instances it finds ({@code /v1/query/:id/execute} and {@code /explain}).
   */
  record PreparedQueryExecute(String nameOrId) implements Query {}

  record Coordinates() implements Query {}

  record NodeCoordinates(String node) implements Query {}
}
