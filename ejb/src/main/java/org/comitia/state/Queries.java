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
  public static QueryResult evaluate(Query query, StateVersion version) {
    if (query instanceof Query.KvGet get) {
      return kvGet(get, version);
    } else if (query instanceof Query.KvList list) {
      return kvList(list, version);
    } else if (query instanceof Query.KvKeys keys) {
      return kvKeys(keys, version);
    } else if (query instanceof Query.Nodes nodes) {
      return nodes(nodes, version);
    } else if (query instanceof Query.NodeServices services) {
      return nodeServices(services, version);
    } else if (query instanceof Query.Services services) {
      return services(services, version);
    } else if (query instanceof Query.ServiceInstances instances) {
      return instances(instances, version);
    } else if (query instanceof Query.NodeChecks checks) {
      return new QueryResult.Checks(
          atLeastOne(version.indexOf(Indexes.CHECKS)),
          List.copyOf(Ranges.checksOf(version.checks(), checks.node()).values()));
    }
    QueryResult health = HealthQueries.evaluate(query, version);
    return health == null ? others(query, version) : health;
  }

  /** Consul never answers 0: a client that sends 0 does not block. */
  static long atLeastOne(long index) {
    return Math.max(1, index);
  }

  private static QueryResult others(Query query, StateVersion version) {
    if (query instanceof Query.SessionGet get) {
      Session session = version.sessions().get(Names.fold(get.id()));
      return sessions(session == null ? List.of() : List.of(session), version);
    } else if (query instanceof Query.Sessions) {
      return sessions(List.copyOf(version.sessions().values()), version);
    } else if (query instanceof Query.NodeSessions on) {
      TreePMap<String, Session> found =
          version.derived().sessionsByNode().get(Names.fold(on.node()));
      return sessions(found == null ? List.of() : List.copyOf(found.values()), version);
    } else if (query instanceof Query.TxnRead read) {
      // on a draft that nobody keeps
      Draft draft = new Draft(version, version.appliedIndex());
      return new QueryResult.TxnRows(
          atLeastOne(version.appliedIndex()), TxnRules.carryOut(draft, read.ops()));
    } else if (query instanceof Query.PreparedQueryGet get) {
      PreparedQuery found = version.preparedQueries().get(Names.fold(get.id()));
      return queries(found == null ? List.of() : List.of(found), version);
    } else if (query instanceof Query.PreparedQueries) {
      return queries(List.copyOf(version.preparedQueries().values()), version);
    } else if (query instanceof Query.PreparedQueryExecute execute) {
      return HealthQueries.execute(execute.nameOrId(), version);
    } else if (query instanceof Query.Coordinates) {
      return coordinates(version.coordinates(), version);
    } else if (query instanceof Query.NodeCoordinates of) {
      return coordinates(Ranges.coordinatesOf(version.coordinates(), of.node()), version);
    }
    throw new IllegalArgumentException("no answer for " + query.getClass());
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
