package org.comitia.state;

import java.util.List;
import java.util.Map;
import org.comitia.access.AccessObject;

/**
 * A question to the state; evaluated on a server against one version.
 *
 * @param <R> its answer
 */
public sealed interface Query<R extends QueryResult> {
  Class<R> result();

  /** Calls the method for its kind. */
  <T> T accept(Cases<T> cases);

  /** A case for each kind of query. */
  interface Cases<T> {
    T kvGet(KvGet query);

    T kvList(KvList query);

    T kvKeys(KvKeys query);

    T nodes(Nodes query);

    T nodeServices(NodeServices query);

    T services(Services query);

    T serviceInstances(ServiceInstances query);

    T nodeChecks(NodeChecks query);

    T serviceChecks(ServiceChecks query);

    T checksInState(ChecksInState query);

    T serviceHealth(ServiceHealth query);

    T sessionGet(SessionGet query);

    T sessions(Sessions query);

    T nodeSessions(NodeSessions query);

    T txnRead(TxnRead query);

    T nodeDump(NodeDump query);

    T serviceDump(ServiceDump query);

    T preparedQueryGet(PreparedQueryGet query);

    T preparedQueries(PreparedQueries query);

    T preparedQueryExecute(PreparedQueryExecute query);

    T coordinates(Coordinates query);

    T nodeCoordinates(NodeCoordinates query);

    T accessGet(AccessGet query);

    T accessList(AccessList query);

    T tokenBySecret(TokenBySecret query);
  }

  record KvGet(String key) implements Query<QueryResult.KvEntryResult> {
    @Override
    public Class<QueryResult.KvEntryResult> result() {
      return QueryResult.KvEntryResult.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.kvGet(this);
    }
  }

  record KvList(String prefix) implements Query<QueryResult.KvEntries> {
    @Override
    public Class<QueryResult.KvEntries> result() {
      return QueryResult.KvEntries.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.kvList(this);
    }
  }

  /**
   * @param separator empty for none: keys are cut after its first occurrence behind the prefix
   */
  record KvKeys(String prefix, String separator) implements Query<QueryResult.KvKeyList> {
    @Override
    public Class<QueryResult.KvKeyList> result() {
      return QueryResult.KvKeyList.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.kvKeys(this);
    }
  }

  /**
   * @param meta all must match
   */
  record Nodes(Map<String, String> meta) implements Query<QueryResult.NodeList> {
    @Override
    public Class<QueryResult.NodeList> result() {
      return QueryResult.NodeList.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.nodes(this);
    }
  }

  /**
   * @param node a name, a node id, or a unique prefix of an id with at least two hex digits
   */
  record NodeServices(String node) implements Query<QueryResult.NodeWithServices> {
    @Override
    public Class<QueryResult.NodeWithServices> result() {
      return QueryResult.NodeWithServices.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.nodeServices(this);
    }
  }

  /** Service names with the union of their tags. */
  record Services(Map<String, String> nodeMeta) implements Query<QueryResult.ServiceNames> {
    @Override
    public Class<QueryResult.ServiceNames> result() {
      return QueryResult.ServiceNames.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.services(this);
    }
  }

  record ServiceInstances(String service, List<String> tags, Map<String, String> nodeMeta)
      implements Query<QueryResult.Instances> {
    @Override
    public Class<QueryResult.Instances> result() {
      return QueryResult.Instances.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.serviceInstances(this);
    }
  }

  record NodeChecks(String node) implements Query<QueryResult.Checks> {
    @Override
    public Class<QueryResult.Checks> result() {
      return QueryResult.Checks.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.nodeChecks(this);
    }
  }

  /** The checks of a service's instances ({@code /v1/health/checks}). */
  record ServiceChecks(String service, Map<String, String> nodeMeta)
      implements Query<QueryResult.Checks> {
    @Override
    public Class<QueryResult.Checks> result() {
      return QueryResult.Checks.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.serviceChecks(this);
    }
  }

  /**
   * @param status {@code any}, {@code passing}, {@code warning} or {@code critical}; another has no
   *     checks
   */
  record ChecksInState(String status, Map<String, String> nodeMeta)
      implements Query<QueryResult.Checks> {
    @Override
    public Class<QueryResult.Checks> result() {
      return QueryResult.Checks.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.checksInState(this);
    }
  }

  /**
   * Instances of a service with their node and the checks of both ({@code /v1/health/service}).
   *
   * @param passingOnly only those whose checks are all passing
   */
  record ServiceHealth(
      String service, List<String> tags, Map<String, String> nodeMeta, boolean passingOnly)
      implements Query<QueryResult.HealthInstances> {
    @Override
    public Class<QueryResult.HealthInstances> result() {
      return QueryResult.HealthInstances.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.serviceHealth(this);
    }
  }

  record SessionGet(String id) implements Query<QueryResult.SessionList> {
    @Override
    public Class<QueryResult.SessionList> result() {
      return QueryResult.SessionList.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.sessionGet(this);
    }
  }

  record Sessions() implements Query<QueryResult.SessionList> {
    @Override
    public Class<QueryResult.SessionList> result() {
      return QueryResult.SessionList.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.sessions(this);
    }
  }

  record NodeSessions(String node) implements Query<QueryResult.SessionList> {
    @Override
    public Class<QueryResult.SessionList> result() {
      return QueryResult.SessionList.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.nodeSessions(this);
    }
  }

  /** A transaction that only reads. */
  record TxnRead(List<TxnOp> ops) implements Query<QueryResult.TxnRows> {
    @Override
    public Class<QueryResult.TxnRows> result() {
      return QueryResult.TxnRows.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.txnRead(this);
    }
  }

  /**
   * A node with its services and checks, or all nodes ({@code /v1/internal/ui}).
   *
   * @param node null for all
   */
  record NodeDump(String node) implements Query<QueryResult.NodeDumps> {
    @Override
    public Class<QueryResult.NodeDumps> result() {
      return QueryResult.NodeDumps.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.nodeDump(this);
    }
  }

  /** All instances of all services with their node and checks. */
  record ServiceDump() implements Query<QueryResult.HealthInstances> {
    @Override
    public Class<QueryResult.HealthInstances> result() {
      return QueryResult.HealthInstances.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.serviceDump(this);
    }
  }

  record PreparedQueryGet(String id) implements Query<QueryResult.PreparedQueryList> {
    @Override
    public Class<QueryResult.PreparedQueryList> result() {
      return QueryResult.PreparedQueryList.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.preparedQueryGet(this);
    }
  }

  record PreparedQueries() implements Query<QueryResult.PreparedQueryList> {
    @Override
    public Class<QueryResult.PreparedQueryList> result() {
      return QueryResult.PreparedQueryList.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.preparedQueries(this);
    }
  }

  /**
   * The prepared query that answers a name or an id, templates filled in; and which healthy
   * instances it finds ({@code /v1/query/:id/execute} and {@code /explain}).
   */
  record PreparedQueryExecute(String nameOrId) implements Query<QueryResult.PreparedQueryAnswer> {
    @Override
    public Class<QueryResult.PreparedQueryAnswer> result() {
      return QueryResult.PreparedQueryAnswer.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.preparedQueryExecute(this);
    }
  }

  record Coordinates() implements Query<QueryResult.CoordinateList> {
    @Override
    public Class<QueryResult.CoordinateList> result() {
      return QueryResult.CoordinateList.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.coordinates(this);
    }
  }

  record NodeCoordinates(String node) implements Query<QueryResult.CoordinateList> {
    @Override
    public Class<QueryResult.CoordinateList> result() {
      return QueryResult.CoordinateList.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.nodeCoordinates(this);
    }
  }

  /**
   * A token, a policy or a role. Expired tokens are there until they are deleted: whoever asks
   * looks at the clock.
   *
   * @param idOrName a token's accessor; a policy's or a role's id, else its name
   */
  record AccessGet(AccessObject.Kind kind, String idOrName)
      implements Query<QueryResult.AccessObjects> {
    @Override
    public Class<QueryResult.AccessObjects> result() {
      return QueryResult.AccessObjects.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.accessGet(this);
    }
  }

  /** All of a kind, what is built in too, in byte order of their ids. */
  record AccessList(AccessObject.Kind kind) implements Query<QueryResult.AccessObjects> {
    @Override
    public Class<QueryResult.AccessObjects> result() {
      return QueryResult.AccessObjects.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.accessList(this);
    }
  }

  /**
   * The token with this secret.
   *
   * @param secret empty for the anonymous token
   */
  record TokenBySecret(String secret) implements Query<QueryResult.AccessObjects> {
    @Override
    public Class<QueryResult.AccessObjects> result() {
      return QueryResult.AccessObjects.class;
    }

    @Override
    public <T> T accept(Cases<T> cases) {
      return cases.tokenBySecret(this);
    }

    /** Without the secret, since it may end in a log. */
    @Override
    public String toString() {
      return "TokenBySecret[]";
    }
  }
}
