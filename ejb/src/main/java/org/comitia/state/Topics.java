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
      return Set.of(new Topic.Table(Indexes.NODES));
    } else if (query instanceof Query.Services services) {
      return services.nodeMeta().isEmpty()
          ? Set.of(new Topic.Table(Indexes.SERVICES))
          : Set.of(new Topic.Table(Indexes.SERVICES), new Topic.Table(Indexes.NODES));
    } else if (query instanceof Query.ServiceInstances instances) {
      return Set.of(new Topic.Instances(Names.fold(instances.service())));
    } else if (query instanceof Query.NodeChecks checks) {
      return Set.of(new Topic.NodeChecks(Names.fold(checks.node())));
    } else if (query instanceof Query.NodeServices services) {
      return ofNode(services.node(), version);
    }
    throw new IllegalArgumentException("nothing to watch for " + query.getClass());
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
    Topic nodes = new Topic.Table(Indexes.NODES);
    Node node = NodeLookup.find(nameOrId, version);
    return node == null
        ? Set.of(byName, nodes)
        : Set.of(byName, nodes, new Topic.NodeServices(node.key()));
  }
}
