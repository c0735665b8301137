package org.comitia.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.pcollections.TreePMap;

/**
 * Evaluates queries, with the indexes that Consul answers. On one server the index of a query never
 * goes backwards as versions follow each other. Pure functions, safe for any thread.
 */
public final class Queries {
  private Queries() {}

  /**
   * The answer that a version gives. Keys and rows are in byte order of their names. Lists and maps
   * are not to be changed.
   */
  public static <R extends QueryResult> R evaluate(Query<R> query, StateVersion version) {
    return query.result().cast(query.accept(new Evaluation(version)));
  }

  /** Consul never answers 0: a client that sends 0 does not block. */
  static long atLeastOne(long index) {
    return Math.max(1, index);
  }

  private record Evaluation(StateVersion version) implements Query.Cases<QueryResult> {
    @Override
    public QueryResult kvGet(Query.KvGet query) {
      return Queries.kvGet(query, version);
    }

    @Override
    public QueryResult kvList(Query.KvList query) {
      return Queries.kvList(query, version);
    }

    @Override
    public QueryResult kvKeys(Query.KvKeys query) {
      return Queries.kvKeys(query, version);
    }

    @Override
    public QueryResult nodes(Query.Nodes query) {
      return Queries.nodes(query, version);
    }

    @Override
    public QueryResult nodeServices(Query.NodeServices query) {
      return Queries.nodeServices(query, version);
    }

    @Override
    public QueryResult services(Query.Services query) {
      return Queries.services(query, version);
    }

    @Override
    public QueryResult serviceInstances(Query.ServiceInstances query) {
      return Queries.instances(query, version);
    }

    @Override
    public QueryResult nodeChecks(Query.NodeChecks query) {
      return new QueryResult.Checks(
          atLeastOne(version.indexOf(Indexes.CHECKS)),
          List.copyOf(Ranges.checksOf(version.checks(), query.node()).values()));
    }

    @Override
    public QueryResult serviceChecks(Query.ServiceChecks query) {
      return HealthQueries.serviceChecks(query, version);
    }

    @Override
    public QueryResult checksInState(Query.ChecksInState query) {
      return HealthQueries.checksInState(query, version);
    }

    @Override
    public QueryResult serviceHealth(Query.ServiceHealth query) {
      return HealthQueries.serviceHealth(query, version);
    }

    @Override
    public QueryResult nodeDump(Query.NodeDump query) {
      return HealthQueries.nodeDump(query, version);
    }

    @Override
    public QueryResult serviceDump(Query.ServiceDump query) {
      return HealthQueries.serviceDump(version);
    }

    @Override
    public QueryResult sessionGet(Query.SessionGet query) {
      Session session = version.sessions().get(Names.fold(query.id()));
      return Queries.sessions(session == null ? List.of() : List.of(session), version);
    }

    @Override
    public QueryResult sessions(Query.Sessions query) {
      return Queries.sessions(List.copyOf(version.sessions().values()), version);
    }

    @Override
    public QueryResult nodeSessions(Query.NodeSessions query) {
      TreePMap<String, Session> found =
          version.derived().sessionsByNode().get(Names.fold(query.node()));
      return Queries.sessions(found == null ? List.of() : List.copyOf(found.values()), version);
    }

    @Override
    public QueryResult txnRead(Query.TxnRead query) {
      // on a draft that nobody keeps
      Draft draft = new Draft(version, version.appliedIndex());
      return new QueryResult.TxnRows(
          atLeastOne(version.appliedIndex()), TxnRules.carryOut(draft, query.ops()));
    }

    @Override
    public QueryResult preparedQueryGet(Query.PreparedQueryGet query) {
      PreparedQuery found = version.preparedQueries().get(Names.fold(query.id()));
      return Queries.queries(found == null ? List.of() : List.of(found), version);
    }

    @Override
    public QueryResult preparedQueries(Query.PreparedQueries query) {
      return Queries.queries(List.copyOf(version.preparedQueries().values()), version);
    }

    @Override
    public QueryResult preparedQueryExecute(Query.PreparedQueryExecute query) {
      return HealthQueries.execute(query.nameOrId(), version);
    }

    @Override
    public QueryResult coordinates(Query.Coordinates query) {
      return Queries.coordinates(version.coordinates(), version);
    }

    @Override
    public QueryResult nodeCoordinates(Query.NodeCoordinates query) {
      return Queries.coordinates(
          Ranges.coordinatesOf(version.coordinates(), query.node()), version);
    }

    @Override
    public QueryResult accessGet(Query.AccessGet query) {
      return AccessQueries.get(query, version);
    }

    @Override
    public QueryResult accessList(Query.AccessList query) {
      return AccessQueries.list(query, version);
    }

    @Override
    public QueryResult tokenBySecret(Query.TokenBySecret query) {
      return AccessQueries.tokenBySecret(query, version);
    }
  }

  private static QueryResult sessions(List<Session> sessions, StateVersion version) {
    return new QueryResult.SessionList(atLeastOne(version.indexOf(Indexes.SESSIONS)), sessions);
  }

  private static QueryResult queries(List<PreparedQuery> queries, StateVersion version) {
    return new QueryResult.PreparedQueryList(
        atLeastOne(version.indexOf(Indexes.PREPARED_QUERIES)), queries);
  }

  private static QueryResult coordinates(
      TreePMap<CoordinateKey, Coordinate> found, StateVersion version) {
    return new QueryResult.CoordinateList(
        atLeastOne(version.indexOf(Indexes.COORDINATES)), List.copyOf(found.values()));
  }

  // ---- keys

  /** An absent key has the index of the whole table. */
  private static QueryResult kvGet(Query.KvGet get, StateVersion version) {
    KvEntry entry = version.kv().get(get.key());
    long index = entry == null ? kvTableIndex(version) : entry.modifyIndex();
    return new QueryResult.KvEntryResult(atLeastOne(index), entry);
  }

  private static QueryResult kvList(Query.KvList list, StateVersion version) {
    List<KvEntry> entries = List.copyOf(Ranges.under(version.kv(), list.prefix()).values());
    return new QueryResult.KvEntries(prefixIndex(list.prefix(), entries, version), entries);
  }

  private static QueryResult kvKeys(Query.KvKeys query, StateVersion version) {
    List<KvEntry> entries = List.copyOf(Ranges.under(version.kv(), query.prefix()).values());
    List<String> keys = new ArrayList<>();
    String last = null;
    for (KvEntry entry : entries) {
      String key = Keys.cut(entry.key(), query.prefix(), query.separator());
      if (!key.equals(last)) {
        keys.add(key);
        last = key;
      }
    }
    return new QueryResult.KvKeyList(prefixIndex(query.prefix(), entries, version), keys);
  }

  /**
   * The highest index under the prefix, tombstones included, never below that of a tombstone that
   * was reaped; where nothing is and was, the index of the whole table.
   */
  private static long prefixIndex(String prefix, List<KvEntry> entries, StateVersion version) {
    long index = 0;
    for (KvEntry entry : entries) {
      index = Math.max(index, entry.modifyIndex());
    }
    for (long deleted : Ranges.under(version.tombstones(), prefix).values()) {
      index = Math.max(index, deleted);
    }
    return atLeastOne(
        index == 0 ? kvTableIndex(version) : Math.max(index, version.indexOf(Indexes.REAPED)));
  }

  private static long kvTableIndex(StateVersion version) {
    return Math.max(version.indexOf(Indexes.KV), version.indexOf(Indexes.TOMBSTONES));
  }

  // ---- catalog

  private static QueryResult nodes(Query.Nodes query, StateVersion version) {
    List<Node> nodes = new ArrayList<>();
    for (Node node : version.nodes().values()) {
      if (hasMeta(node, query.meta())) {
        nodes.add(node);
      }
    }
    return new QueryResult.NodeList(atLeastOne(version.indexOf(Indexes.NODES)), nodes);
  }

  private static QueryResult nodeServices(Query.NodeServices query, StateVersion version) {
    long index = atLeastOne(catalogIndex(version));
    Node node = NodeLookup.find(query.node(), version);
    if (node == null) {
      return new QueryResult.NodeWithServices(index, null, List.of());
    }
    return new QueryResult.NodeWithServices(
        index, node, List.copyOf(Ranges.servicesOf(version.services(), node.name()).values()));
  }

  private static QueryResult services(Query.Services query, StateVersion version) {
    Map<String, TreeSet<String>> tags = new TreeMap<>();
    for (Service service : version.services().values()) {
      if (query.nodeMeta().isEmpty()
          || hasMeta(version.nodes().get(Names.fold(service.node())), query.nodeMeta())) {
        tags.computeIfAbsent(service.name(), n -> new TreeSet<>()).addAll(service.tags());
      }
    }
    Map<String, List<String>> names = new TreeMap<>();
    tags.forEach((name, all) -> names.put(name, List.copyOf(all)));
    long index =
        query.nodeMeta().isEmpty() ? version.indexOf(Indexes.SERVICES) : catalogIndex(version);
    return new QueryResult.ServiceNames(atLeastOne(index), names);
  }

  private static QueryResult instances(Query.ServiceInstances query, StateVersion version) {
    List<QueryResult.Instance> found = new ArrayList<>();
    TreePMap<ServiceKey, Service> instances =
        version.derived().servicesByName().get(Names.fold(query.service()));
    if (instances != null) {
      for (Service service : instances.values()) {
        Node node = version.nodes().get(Names.fold(service.node()));
        if (hasTags(service, query.tags()) && hasMeta(node, query.nodeMeta())) {
          found.add(new QueryResult.Instance(node, service));
        }
      }
    }
    long index = serviceIndex(query.service(), instances != null, version);
    return new QueryResult.Instances(atLeastOne(index), found);
  }

  /** A service's own index; for an absent one that of the last extinction, else the tables'. */
  static long serviceIndex(String name, boolean exists, StateVersion version) {
    long index = version.indexOf(exists ? Indexes.ofService(name) : Indexes.EXTINCTION);
    return index == 0 ? catalogIndex(version) : index;
  }

  static long catalogIndex(StateVersion version) {
    return Math.max(version.indexOf(Indexes.NODES), version.indexOf(Indexes.SERVICES));
  }

  /** Tags are compared without regard to case, as Consul does. */
  static boolean hasTags(Service service, List<String> wanted) {
    return wanted.stream().allMatch(w -> service.tags().stream().anyMatch(t -> Names.same(t, w)));
  }

  static boolean hasMeta(Node node, Map<String, String> wanted) {
    return node.meta().entrySet().containsAll(wanted.entrySet());
  }
}
