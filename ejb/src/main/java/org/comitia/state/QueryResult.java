package org.comitia.state;

import java.util.List;
import java.util.Map;
import org.comitia.access.AccessObject;

/**
 * The answer to a {@link Query}. {@link #index()} is what {@code X-Consul-Index} tells, never below
 * 1.
 */
public sealed interface QueryResult {
  long index();

  /** Calls the method for its kind. */
  <T> T accept(Cases<T> cases);

  /** A case for each kind of result. */
  interface Cases<T> {
    T kvEntryResult(KvEntryResult result);

    T kvEntries(KvEntries result);

    T kvKeyList(KvKeyList result);

    T nodeList(NodeList result);

    T nodeWithServices(NodeWithServices result);

    T serviceNames(ServiceNames result);

    T instances(Instances result);

    T checks(Checks result);

    T healthInstances(HealthInstances result);

    T sessionList(SessionList result);

    T txnRows(TxnRows result);

    T nodeDumps(NodeDumps result);

    T preparedQueryList(PreparedQueryList result);

    T preparedQueryAnswer(PreparedQueryAnswer result);

    T coordinateList(CoordinateList result);

    T accessObjects(AccessObjects result);
  }

  /**
   * @param entry null when the key is absent
   */
  record KvEntryResult(long index, KvEntry entry) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.kvEntryResult(this);
    }
  }

  record KvEntries(long index, List<KvEntry> entries) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.kvEntries(this);
    }
  }

  record KvKeyList(long index, List<String> keys) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.kvKeyList(this);
    }
  }

  record NodeList(long index, List<Node> nodes) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.nodeList(this);
    }
  }

  /**
   * @param node null when unknown
   */
  record NodeWithServices(long index, Node node, List<Service> services) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.nodeWithServices(this);
    }
  }

  record ServiceNames(long index, Map<String, List<String>> tagsByName) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.serviceNames(this);
    }
  }

  record Instances(long index, List<Instance> instances) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.instances(this);
    }
  }

  record Instance(Node node, Service service) {}

  record Checks(long index, List<Check> checks) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.checks(this);
    }
  }

  record HealthInstances(long index, List<HealthInstance> instances) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.healthInstances(this);
    }
  }

  /**
   * @param checks the node's and the instance's
   */
  record HealthInstance(Node node, Service service, List<Check> checks) {}

  record SessionList(long index, List<Session> sessions) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.sessionList(this);
    }
  }

  record TxnRows(long index, TxnOutcome outcome) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.txnRows(this);
    }
  }

  record NodeDumps(long index, List<NodeDump> nodes) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.nodeDumps(this);
    }
  }

  record NodeDump(Node node, List<Service> services, List<Check> checks) {}

  record PreparedQueryList(long index, List<PreparedQuery> queries) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.preparedQueryList(this);
    }
  }

  /**
   * @param query as it was carried out; null when no query answers to the name
   * @param instances in byte order of their nodes
   */
  record PreparedQueryAnswer(long index, PreparedQuery query, List<HealthInstance> instances)
      implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.preparedQueryAnswer(this);
    }
  }

  record CoordinateList(long index, List<Coordinate> coordinates) implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.coordinateList(this);
    }
  }

  /**
   * @param names of the policies and roles that the objects link to, by the id in the link; a link
   *     without one leads to nothing
   */
  record AccessObjects(long index, List<AccessObject> objects, Map<String, String> names)
      implements QueryResult {
    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.accessObjects(this);
    }
  }
}
