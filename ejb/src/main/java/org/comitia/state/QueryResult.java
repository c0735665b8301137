package org.comitia.state;

import java.util.List;
import java.util.Map;

/**
 * The answer to a {@link Query}. {@link #index()} is what {@code X-Consul-Index} tells, never below
 * 1.
 */
public sealed interface QueryResult {
  long index();

  /**
   * @param entry null when the key is absent
   */
  record KvEntryResult(long index, KvEntry entry) implements QueryResult {}

  record KvEntries(long index, List<KvEntry> entries) implements QueryResult {}

  record KvKeyList(long index, List<String> keys) implements QueryResult {}

  record NodeList(long index, List<Node> nodes) implements QueryResult {}

  /**
   * @param node null when unknown
   */
  record NodeWithServices(long index, Node node, List<Service> services) implements QueryResult {}

  record ServiceNames(long index, Map<String, List<String>> tagsByName) implements QueryResult {}

  record Instances(long index, List<Instance> instances) implements QueryResult {}

  record Instance(Node node, Service service) {}

  record Checks(long index, List<Check> checks) implements QueryResult {}

  record HealthInstances(long index, List<HealthInstance> instances) implements QueryResult {}

  /**
   * @param checks the node's and the instance's
   */
  record HealthInstance(Node node, Service service, List<Check> checks) {}

  record SessionList(long index, List<Session> sessions) implements QueryResult {}

  record TxnRows(long index, TxnOutcome outcome) implements QueryResult {}

  record NodeDumps(long index, List<NodeDump> nodes) implements QueryResult {}

  record NodeDump(Node node, List<Service> services, List<Check> checks) {}

  record PreparedQueryList(long index, List<PreparedQuery> queries) implements QueryResult {}

  /**
   * @param query as it was carried out; null when no query answers to the name
   * @param instances in byte order of their nodes
   */
  record PreparedQueryAnswer(long index, PreparedQuery query, List<HealthInstance> instances)
      implements QueryResult {}

  record CoordinateList(long index, List<Coordinate> coordinates) implements QueryResult {}
}
