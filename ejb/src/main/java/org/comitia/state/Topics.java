package org.comitia.state;

import java.util.Set;

/** What each query looks at. */
final class Topics {
  private Topics() {}

  static Set<Topic> of(Query query, StateVersion version) {
    if (query instanceof Query.KvGet get) {
      return Set.of(new Topic.Key(get.key()));
    } else if (query instanceof Query.KvList list) {
      return under(list.prefix());
    } else if (query instanceof Query.KvKeys keys) {
      return under(keys.prefix());
    } else if (query instanceof Query.Nodes) {
      return Set.of(table(Indexes.NODES));
    } else if (query instanceof Query.Services services) {
      return services.nodeMeta().isEmpty()
          ? Set.of(table(Indexes.SERVICES))
          : Set.of(table(Indexes.SERVICES), table(Indexes.NODES));
    } else if (query instanceof Query.ServiceInstances instances) {
      return Set.of(new Topic.Instances(Names.fold(instances.service())));
    } else if (query instanceof Query.NodeChecks checks) {
      return Set.of(new Topic.NodeChecks(Names.fold(checks.node())));
    } else if (query instanceof Query.NodeServices services) {
      return ofNode(services.node(), version);
    }
    return ofHealth(query);
  }

  private static Set<Topic> ofHealth(Query query) {
    if (query instanceof Query.ServiceChecks checks) {
      Topic own = new Topic.ServiceChecks(Names.fold(checks.service()));
      return checks.nodeMeta().isEmpty() ? Set.of(own) : Set.of(own, table(Indexes.NODES));
    } else if (query instanceof Query.ChecksInState checks) {
      return checks.nodeMeta().isEmpty()
          ? Set.of(table(Indexes.CHECKS))
          : Set.of(table(Indexes.CHECKS), table(Indexes.NODES));
    } else if (query instanceof Query.ServiceHealth health) {
      return Set.of(new Topic.Health(Names.fold(health.service())));
    } else if (query instanceof Query.NodeDump dump && dump.node() != null) {
      String node = Names.fold(dump.node());
      return Set.of(new Topic.NodeServices(node), new Topic.NodeChecks(node));
    } else if (query instanceof Query.NodeDump || query instanceof Query.ServiceDump) {
      return Set.of(table(Indexes.NODES), table(Indexes.SERVICES), table(Indexes.CHECKS));
    }
    return ofOthers(query);
  }

  private static Set<Topic> ofOthers(Query query) {
    if (query instanceof Query.SessionGet get) {
      return Set.of(new Topic.OneSession(Names.fold(get.id())));
    } else if (query instanceof Query.Sessions) {
      return Set.of(table(Indexes.SESSIONS));
    } else if (query instanceof Query.NodeSessions sessions) {
      return Set.of(new Topic.NodeSessions(Names.fold(sessions.node())));
    } else if (query instanceof Query.PreparedQueryGet || query instanceof Query.PreparedQueries) {
      return Set.of(table(Indexes.PREPARED_QUERIES));
    } else if (query instanceof Query.Coordinates) {
      return Set.of(table(Indexes.COORDINATES));
    } else if (query instanceof Query.NodeCoordinates coordinates) {
      return Set.of(new Topic.NodeCoordinates(Names.fold(coordinates.node())));
    } else if (query instanceof Query.TxnRead || query instanceof Query.PreparedQueryExecute) {
      return Set.of(); // nobody blocks on these: they answer the newest index
    }
    throw new IllegalArgumentException("nothing to watch for " + query.getClass());
  }

  private static Topic table(String name) {
    return new Topic.Table(name);
  }

  private static Set<Topic> under(String prefix) {
    return Set.of(new Topic.Prefix(Keys.stringPrefix(prefix)));
  }

  private static Set<Topic> ofNode(String nameOrId, StateVersion version) {
    Topic byName = new Topic.NodeServices(Names.fold(nameOrId));
    if (version.nodes().containsKey(Names.fold(nameOrId)) || !NodeLookup.isIdPrefix(nameOrId)) {
      return Set.of(byName);
    }
    // whom an id's beginning means depends on all nodes
    Topic nodes = table(Indexes.NODES);
    Node node = NodeLookup.find(nameOrId, version);
    return node == null
        ? Set.of(byName, nodes)
        : Set.of(byName, nodes, new Topic.NodeServices(node.key()));
  }
}
