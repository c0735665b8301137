package org.comitia.state;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pcollections.TreePMap;

/** Answers that are about checks. Pure functions, safe for any thread. */
final class HealthQueries {
  private static final String PASSING = "passing";
  private static final String ANY = "any";

  private HealthQueries() {}

  // ---- checks

  static QueryResult serviceChecks(Query.ServiceChecks query, StateVersion version) {
    TreePMap<CheckKey, Check> named =
        version.derived().checksByService().get(Names.fold(query.service()));
    List<Check> checks = new ArrayList<>();
    if (named != null) {
      for (Check check : named.values()) {
        if (isOnNodeWith(query.nodeMeta(), check, version)) {
          checks.add(check);
        }
      }
    }
    return new QueryResult.Checks(checksIndex(query.nodeMeta(), version), checks);
  }

  static QueryResult checksInState(Query.ChecksInState query, StateVersion version) {
    List<Check> checks = new ArrayList<>();
    for (Check check : version.checks().values()) {
      if ((query.status().equals(ANY) || query.status().equals(check.status()))
          && isOnNodeWith(query.nodeMeta(), check, version)) {
        checks.add(check);
      }
    }
    return new QueryResult.Checks(checksIndex(query.nodeMeta(), version), checks);
  }

  private static boolean isOnNodeWith(Map<String, String> meta, Check check, StateVersion version) {
    return meta.isEmpty() || Queries.hasMeta(version.nodes().get(Names.fold(check.node())), meta);
  }

  /** With a filter by node metadata, a change of a node changes the answer too. */
  private static long checksIndex(Map<String, String> meta, StateVersion version) {
    long index = version.indexOf(Indexes.CHECKS);
    return Queries.atLeastOne(
        meta.isEmpty() ? index : Math.max(index, version.indexOf(Indexes.NODES)));
  }

  // ---- instances with their checks

  static QueryResult serviceHealth(Query.ServiceHealth query, StateVersion version) {
    List<QueryResult.HealthInstance> found = new ArrayList<>();
    for (Service service : instancesOf(query.service(), version)) {
      Node node = version.nodes().get(Names.fold(service.node()));
      if (!Queries.hasTags(service, query.tags()) || !Queries.hasMeta(node, query.nodeMeta())) {
        continue;
      }
      List<Check> checks = checksOf(service, version);
      if (!query.passingOnly() || checks.stream().allMatch(HealthQueries::isPassing)) {
        found.add(new QueryResult.HealthInstance(node, service, checks));
      }
    }
    boolean exists = version.derived().servicesByName().containsKey(Names.fold(query.service()));
    long index = Queries.serviceIndex(query.service(), exists, version);
    return new QueryResult.HealthInstances(Queries.atLeastOne(index), found);
  }

  private static Iterable<Service> instancesOf(String service, StateVersion version) {
    TreePMap<ServiceKey, Service> instances =
        version.derived().servicesByName().get(Names.fold(service));
    return instances == null ? List.of() : instances.values();
  }

  /** The node's checks, then the instance's own. */
  private static List<Check> checksOf(Service service, StateVersion version) {
    List<Check> ofNode = new ArrayList<>();
    List<Check> own = new ArrayList<>();
    for (Check check : Ranges.checksOf(version.checks(), service.node()).values()) {
      if (check.serviceId().isEmpty()) {
        ofNode.add(check);
      } else if (Names.same(check.serviceId(), service.id())) {
        own.add(check);
      }
    }
    ofNode.addAll(own);
    return ofNode;
  }

  private static boolean isPassing(Check check) {
    return check.status().equals(PASSING);
  }

  // ---- dumps

  static QueryResult nodeDump(Query.NodeDump query, StateVersion version) {
    List<QueryResult.NodeDump> dumps = new ArrayList<>();
    if (query.node() == null) {
      version.nodes().values().forEach(node -> dumps.add(dump(node, version)));
    } else {
      Node node = version.nodes().get(Names.fold(query.node()));
      if (node != null) {
        dumps.add(dump(node, version));
      }
    }
    return new QueryResult.NodeDumps(wholeIndex(version), dumps);
  }

  private static QueryResult.NodeDump dump(Node node, StateVersion version) {
    return new QueryResult.NodeDump(
        node,
        List.copyOf(Ranges.servicesOf(version.services(), node.name()).values()),
        List.copyOf(Ranges.checksOf(version.checks(), node.name()).values()));
  }

  static QueryResult serviceDump(StateVersion version) {
    List<QueryResult.HealthInstance> all = new ArrayList<>();
    for (Service service : version.services().values()) {
      Node node = version.nodes().get(Names.fold(service.node()));
      all.add(new QueryResult.HealthInstance(node, service, checksOf(service, version)));
    }
    return new QueryResult.HealthInstances(wholeIndex(version), all);
  }

  private static long wholeIndex(StateVersion version) {
    return Queries.atLeastOne(
        Math.max(Queries.catalogIndex(version), version.indexOf(Indexes.CHECKS)));
  }

  // ---- prepared queries

  static QueryResult execute(String nameOrId, StateVersion version) {
    long index = Queries.atLeastOne(version.appliedIndex());
    PreparedQuery query = QueryLookup.resolve(nameOrId, version);
    if (query == null) {
      return new QueryResult.PreparedQueryAnswer(index, null, List.of());
    }
    PreparedQuery.ServiceQuery wanted = query.service();
    Set<String> ignored = new HashSet<>(wanted.ignoreCheckIds());
    List<QueryResult.HealthInstance> found = new ArrayList<>();
    for (Service service : instancesOf(wanted.service(), version)) {
      Node node = version.nodes().get(Names.fold(service.node()));
      List<Check> checks = checksOf(service, version);
      if (Queries.hasMeta(node, wanted.nodeMeta())
          && service.meta().entrySet().containsAll(wanted.serviceMeta().entrySet())
          && fitsTags(service, wanted.tags())
          && checks.stream()
              .filter(check -> !ignored.contains(check.id()))
              .allMatch(check -> isUsable(check, wanted.onlyPassing()))) {
        found.add(new QueryResult.HealthInstance(node, service, checks));
      }
    }
    return new QueryResult.PreparedQueryAnswer(index, query, found);
  }

  private static boolean isUsable(Check check, boolean onlyPassing) {
    return onlyPassing ? isPassing(check) : !check.status().equals(CatalogRules.CRITICAL);
  }

  private static boolean fitsTags(Service service, List<String> tags) {
    for (String tag : tags) {
      boolean unwanted = tag.startsWith("!");
      String name = unwanted ? tag.substring(1) : tag;
      if (Queries.hasTags(service, List.of(name)) == unwanted) {
        return false;
      }
    }
    return true;
  }
}
