package org.comitia.state;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.comitia.access.AccessObject;

/** What each query looks at. */
final class Topics {
  private Topics() {}

  /** On queries that answer the newest index. */
  private static final Set<Topic> NOBODY_BLOCKS = Set.of();

  private static final Set<Topic> EVERYTHING =
      Set.of(table(Indexes.NODES), table(Indexes.SERVICES), table(Indexes.CHECKS));

  static Set<Topic> of(Query<?> query, StateVersion version) {
    return query.accept(new Looked(version));
  }

  private record Looked(StateVersion version) implements Query.Cases<Set<Topic>> {
    @Override
    public Set<Topic> kvGet(Query.KvGet query) {
      return Set.of(new Topic.Key(query.key()));
    }

    @Override
    public Set<Topic> kvList(Query.KvList query) {
      return under(query.prefix());
    }

    @Override
    public Set<Topic> kvKeys(Query.KvKeys query) {
      return under(query.prefix());
    }

    @Override
    public Set<Topic> nodes(Query.Nodes query) {
      return Set.of(table(Indexes.NODES));
    }

    @Override
    public Set<Topic> nodeServices(Query.NodeServices query) {
      return ofNode(query.node(), version);
    }

    @Override
    public Set<Topic> services(Query.Services query) {
      return withNodes(query.nodeMeta(), table(Indexes.SERVICES));
    }

    @Override
    public Set<Topic> serviceInstances(Query.ServiceInstances query) {
      return Set.of(new Topic.Instances(Names.fold(query.service())));
    }

    @Override
    public Set<Topic> nodeChecks(Query.NodeChecks query) {
      return Set.of(new Topic.NodeChecks(Names.fold(query.node())));
    }

    @Override
    public Set<Topic> serviceChecks(Query.ServiceChecks query) {
      return withNodes(query.nodeMeta(), new Topic.ServiceChecks(Names.fold(query.service())));
    }

    @Override
    public Set<Topic> checksInState(Query.ChecksInState query) {
      return withNodes(query.nodeMeta(), table(Indexes.CHECKS));
    }

    @Override
    public Set<Topic> serviceHealth(Query.ServiceHealth query) {
      return Set.of(new Topic.Health(Names.fold(query.service())));
    }

    @Override
    public Set<Topic> sessionGet(Query.SessionGet query) {
      return Set.of(new Topic.OneSession(Names.fold(query.id())));
    }

    @Override
    public Set<Topic> sessions(Query.Sessions query) {
      return Set.of(table(Indexes.SESSIONS));
    }

    @Override
    public Set<Topic> nodeSessions(Query.NodeSessions query) {
      return Set.of(new Topic.NodeSessions(Names.fold(query.node())));
    }

    @Override
    public Set<Topic> txnRead(Query.TxnRead query) {
      return NOBODY_BLOCKS;
    }

    @Override
    public Set<Topic> nodeDump(Query.NodeDump query) {
      if (query.node() == null) {
        return EVERYTHING;
      }
      String node = Names.fold(query.node());
      return Set.of(new Topic.NodeServices(node), new Topic.NodeChecks(node));
    }

    @Override
    public Set<Topic> serviceDump(Query.ServiceDump query) {
      return EVERYTHING;
    }

    @Override
    public Set<Topic> preparedQueryGet(Query.PreparedQueryGet query) {
      return Set.of(table(Indexes.PREPARED_QUERIES));
    }

    @Override
    public Set<Topic> preparedQueries(Query.PreparedQueries query) {
      return Set.of(table(Indexes.PREPARED_QUERIES));
    }

    @Override
    public Set<Topic> preparedQueryExecute(Query.PreparedQueryExecute query) {
      return NOBODY_BLOCKS;
    }

    @Override
    public Set<Topic> coordinates(Query.Coordinates query) {
      return Set.of(table(Indexes.COORDINATES));
    }

    @Override
    public Set<Topic> nodeCoordinates(Query.NodeCoordinates query) {
      return Set.of(new Topic.NodeCoordinates(Names.fold(query.node())));
    }

    @Override
    public Set<Topic> accessGet(Query.AccessGet query) {
      return ofAccess(query.kind());
    }

    @Override
    public Set<Topic> accessList(Query.AccessList query) {
      return ofAccess(query.kind());
    }

    @Override
    public Set<Topic> tokenBySecret(Query.TokenBySecret query) {
      return ofAccess(AccessObject.Kind.TOKEN);
    }
  }

  /** Who asks for nodes of some kind sees a node change its kind. */
  private static Set<Topic> withNodes(Map<String, String> meta, Topic own) {
    return meta.isEmpty() ? Set.of(own) : Set.of(own, table(Indexes.NODES));
  }

  private static Set<Topic> ofAccess(AccessObject.Kind kind) {
    Set<Topic> tables = new HashSet<>();
    Indexes.shown(kind).forEach(name -> tables.add(table(name)));
    return tables;
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
