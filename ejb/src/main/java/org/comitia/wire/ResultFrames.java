package org.comitia.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.state.KvEntry;
import org.comitia.state.Node;
import org.comitia.state.PreparedQuery;
import org.comitia.state.QueryResult;
import org.comitia.state.Session;
import org.comitia.wire.proto.ChecksFrame;
import org.comitia.wire.proto.HealthInstanceFrame;
import org.comitia.wire.proto.HealthInstancesFrame;
import org.comitia.wire.proto.InstanceFrame;
import org.comitia.wire.proto.InstancesFrame;
import org.comitia.wire.proto.KvEntriesFrame;
import org.comitia.wire.proto.KvEntryFrame;
import org.comitia.wire.proto.KvKeyListFrame;
import org.comitia.wire.proto.NodeDumpFrame;
import org.comitia.wire.proto.NodeDumpsFrame;
import org.comitia.wire.proto.NodeFrame;
import org.comitia.wire.proto.NodeListFrame;
import org.comitia.wire.proto.NodeWithServicesFrame;
import org.comitia.wire.proto.PreparedQueriesFrame;
import org.comitia.wire.proto.PreparedQueryAnswerFrame;
import org.comitia.wire.proto.PreparedQueryFrame;
import org.comitia.wire.proto.QueryResultFrame;
import org.comitia.wire.proto.ServiceNamesFrame;
import org.comitia.wire.proto.SessionFrame;
import org.comitia.wire.proto.SessionsFrame;
import org.comitia.wire.proto.TextsFrame;

/** Results of queries and their frames. */
final class ResultFrames {
  private ResultFrames() {}

  static QueryResultFrame frame(QueryResult result) {
    return result.accept(FRAMES).build();
  }

  private static final QueryResult.Cases<QueryResultFrame.Builder> FRAMES =
      new QueryResult.Cases<>() {
        private static QueryResultFrame.Builder begin(QueryResult result) {
          return QueryResultFrame.newBuilder().setIndex(result.index());
        }

        @Override
        public QueryResultFrame.Builder kvEntryResult(QueryResult.KvEntryResult result) {
          return begin(result)
              .setKvEntry(entries(result.entry() == null ? List.of() : List.of(result.entry())));
        }

        @Override
        public QueryResultFrame.Builder kvEntries(QueryResult.KvEntries result) {
          return begin(result).setKvEntries(entries(result.entries()));
        }

        @Override
        public QueryResultFrame.Builder kvKeyList(QueryResult.KvKeyList result) {
          KvKeyListFrame.Builder keys = KvKeyListFrame.newBuilder();
          result.keys().forEach(key -> keys.addKeys(Rows.key(key)));
          return begin(result).setKvKeys(keys);
        }

        @Override
        public QueryResultFrame.Builder nodeList(QueryResult.NodeList result) {
          NodeListFrame.Builder nodes = NodeListFrame.newBuilder();
          result.nodes().forEach(node -> nodes.addNodes(Rows.frame(node)));
          return begin(result).setNodes(nodes);
        }

        @Override
        public QueryResultFrame.Builder nodeWithServices(QueryResult.NodeWithServices result) {
          return begin(result).setNodeServices(ResultFrames.nodeWithServices(result));
        }

        @Override
        public QueryResultFrame.Builder serviceNames(QueryResult.ServiceNames result) {
          ServiceNamesFrame.Builder tags = ServiceNamesFrame.newBuilder();
          result
              .tagsByName()
              .forEach(
                  (name, all) ->
                      tags.putTagsByName(name, TextsFrame.newBuilder().addAllTexts(all).build()));
          return begin(result).setServices(tags);
        }

        @Override
        public QueryResultFrame.Builder instances(QueryResult.Instances result) {
          InstancesFrame.Builder instances = InstancesFrame.newBuilder();
          for (QueryResult.Instance instance : result.instances()) {
            instances.addInstances(
                InstanceFrame.newBuilder()
                    .setNode(Rows.frame(instance.node()))
                    .setService(Rows.frame(instance.service())));
          }
          return begin(result).setInstances(instances);
        }

        @Override
        public QueryResultFrame.Builder checks(QueryResult.Checks result) {
          ChecksFrame.Builder checks = ChecksFrame.newBuilder();
          result.checks().forEach(check -> checks.addChecks(Rows.frame(check)));
          return begin(result).setChecks(checks);
        }

        @Override
        public QueryResultFrame.Builder healthInstances(QueryResult.HealthInstances result) {
          return begin(result).setHealth(health(result.instances()));
        }

        @Override
        public QueryResultFrame.Builder sessionList(QueryResult.SessionList result) {
          SessionsFrame.Builder sessions = SessionsFrame.newBuilder();
          result.sessions().forEach(session -> sessions.addSessions(Rows.frame(session)));
          return begin(result).setSessions(sessions);
        }

        @Override
        public QueryResultFrame.Builder txnRows(QueryResult.TxnRows result) {
          return begin(result).setTxn(TxnFrames.frame(result.outcome()));
        }

        @Override
        public QueryResultFrame.Builder nodeDumps(QueryResult.NodeDumps result) {
          NodeDumpsFrame.Builder dumps = NodeDumpsFrame.newBuilder();
          result.nodes().forEach(dump -> dumps.addNodes(dump(dump)));
          return begin(result).setNodeDumps(dumps);
        }

        @Override
        public QueryResultFrame.Builder preparedQueryList(QueryResult.PreparedQueryList result) {
          PreparedQueriesFrame.Builder queries = PreparedQueriesFrame.newBuilder();
          result.queries().forEach(query -> queries.addQueries(Rows.frame(query)));
          return begin(result).setPreparedQueries(queries);
        }

        @Override
        public QueryResultFrame.Builder preparedQueryAnswer(
            QueryResult.PreparedQueryAnswer result) {
          PreparedQueryAnswerFrame.Builder part =
              PreparedQueryAnswerFrame.newBuilder().setInstances(health(result.instances()));
          if (result.query() != null) {
            part.setQuery(Rows.frame(result.query()));
          }
          return begin(result).setPreparedQueryAnswer(part);
        }

        @Override
        public QueryResultFrame.Builder coordinateList(QueryResult.CoordinateList result) {
          return begin(result).setCoordinates(Rows.frame(result.coordinates()));
        }

        @Override
        public QueryResultFrame.Builder accessObjects(QueryResult.AccessObjects result) {
          return begin(result).setAccess(AccessFrames.frame(result));
        }
      };

  private static HealthInstancesFrame health(List<QueryResult.HealthInstance> instances) {
    HealthInstancesFrame.Builder frame = HealthInstancesFrame.newBuilder();
    for (QueryResult.HealthInstance instance : instances) {
      HealthInstanceFrame.Builder part =
          HealthInstanceFrame.newBuilder()
              .setNode(Rows.frame(instance.node()))
              .setService(Rows.frame(instance.service()));
      instance.checks().forEach(check -> part.addChecks(Rows.frame(check)));
      frame.addInstances(part);
    }
    return frame.build();
  }

  private static NodeDumpFrame dump(QueryResult.NodeDump dump) {
    NodeDumpFrame.Builder frame = NodeDumpFrame.newBuilder().setNode(Rows.frame(dump.node()));
    dump.services().forEach(service -> frame.addServices(Rows.frame(service)));
    dump.checks().forEach(check -> frame.addChecks(Rows.frame(check)));
    return frame.build();
  }

  private static KvEntriesFrame entries(List<KvEntry> entries) {
    KvEntriesFrame.Builder frame = KvEntriesFrame.newBuilder();
    entries.forEach(entry -> frame.addEntries(Rows.frame(entry)));
    return frame.build();
  }

  private static NodeWithServicesFrame nodeWithServices(QueryResult.NodeWithServices node) {
    NodeWithServicesFrame.Builder frame = NodeWithServicesFrame.newBuilder();
    if (node.node() != null) {
      frame.setNode(Rows.frame(node.node()));
    }
    node.services().forEach(service -> frame.addServices(Rows.frame(service)));
    return frame.build();
  }

  static QueryResult result(QueryResultFrame frame) throws MalformedFrameException {
    long index = Rows.positive(frame.getIndex(), "a result's index");
    switch (frame.getResultCase()) {
      case KV_ENTRY:
        List<KvEntry> one = entries(frame.getKvEntry());
        if (one.size() > 1) {
          throw new MalformedFrameException("one key with " + one.size() + " entries");
        }
        return new QueryResult.KvEntryResult(index, one.isEmpty() ? null : one.get(0));
      case KV_ENTRIES:
        return new QueryResult.KvEntries(index, entries(frame.getKvEntries()));
      case KV_KEYS:
        return new QueryResult.KvKeyList(
            index, frame.getKvKeys().getKeysList().stream().map(Rows::key).toList());
      case NODES:
        return new QueryResult.NodeList(index, nodes(frame.getNodes().getNodesList()));
      case NODE_SERVICES:
        NodeWithServicesFrame node = frame.getNodeServices();
        return new QueryResult.NodeWithServices(
            index,
            node.hasNode() ? Rows.node(node.getNode()) : null,
            Rows.services(node.getServicesList()));
      case SERVICES:
        Map<String, List<String>> tags = new TreeMap<>();
        frame
            .getServices()
            .getTagsByNameMap()
            .forEach((name, all) -> tags.put(name, List.copyOf(all.getTextsList())));
        return new QueryResult.ServiceNames(index, tags);
      case INSTANCES:
        return new QueryResult.Instances(index, instances(frame.getInstances()));
      case CHECKS:
        return new QueryResult.Checks(index, Rows.checks(frame.getChecks().getChecksList()));
      default:
        return others(index, frame);
    }
  }

  private static QueryResult others(long index, QueryResultFrame frame)
      throws MalformedFrameException {
    switch (frame.getResultCase()) {
      case HEALTH:
        return new QueryResult.HealthInstances(index, health(frame.getHealth()));
      case SESSIONS:
        List<Session> sessions = new ArrayList<>();
        for (SessionFrame session : frame.getSessions().getSessionsList()) {
          sessions.add(Rows.session(session));
        }
        return new QueryResult.SessionList(index, sessions);
      case TXN:
        return new QueryResult.TxnRows(index, TxnFrames.outcome(frame.getTxn()));
      case NODE_DUMPS:
        return new QueryResult.NodeDumps(index, dumps(frame.getNodeDumps()));
      case PREPARED_QUERIES:
        List<PreparedQuery> queries = new ArrayList<>();
        for (PreparedQueryFrame query : frame.getPreparedQueries().getQueriesList()) {
          queries.add(Rows.preparedQuery(query));
        }
        return new QueryResult.PreparedQueryList(index, queries);
      case PREPARED_QUERY_ANSWER:
        PreparedQueryAnswerFrame answer = frame.getPreparedQueryAnswer();
        return new QueryResult.PreparedQueryAnswer(
            index,
            answer.hasQuery() ? Rows.preparedQuery(answer.getQuery()) : null,
            health(answer.getInstances()));
      case COORDINATES:
        return new QueryResult.CoordinateList(index, Rows.coordinates(frame.getCoordinates()));
      case ACCESS:
        return AccessFrames.result(index, frame.getAccess());
      default:
        throw new MalformedFrameException("a result that this version does not know");
    }
  }

  private static List<QueryResult.HealthInstance> health(HealthInstancesFrame frame)
      throws MalformedFrameException {
    List<QueryResult.HealthInstance> instances = new ArrayList<>();
    for (HealthInstanceFrame instance : frame.getInstancesList()) {
      if (!instance.hasNode() || !instance.hasService()) {
        throw new MalformedFrameException("an instance without node or service");
      }
      instances.add(
          new QueryResult.HealthInstance(
              Rows.node(instance.getNode()),
              Rows.service(instance.getService()),
              Rows.checks(instance.getChecksList())));
    }
    return instances;
  }

  private static List<QueryResult.NodeDump> dumps(NodeDumpsFrame frame)
      throws MalformedFrameException {
    List<QueryResult.NodeDump> dumps = new ArrayList<>();
    for (NodeDumpFrame dump : frame.getNodesList()) {
      if (!dump.hasNode()) {
        throw new MalformedFrameException("a dump without a node");
      }
      dumps.add(
          new QueryResult.NodeDump(
              Rows.node(dump.getNode()),
              Rows.services(dump.getServicesList()),
              Rows.checks(dump.getChecksList())));
    }
    return dumps;
  }

  private static List<KvEntry> entries(KvEntriesFrame frame) throws MalformedFrameException {
    List<KvEntry> entries = new ArrayList<>();
    for (KvEntryFrame entry : frame.getEntriesList()) {
      entries.add(Rows.entry(entry));
    }
    return entries;
  }

  private static List<Node> nodes(List<NodeFrame> frames) throws MalformedFrameException {
    List<Node> nodes = new ArrayList<>();
    for (NodeFrame frame : frames) {
      nodes.add(Rows.node(frame));
    }
    return nodes;
  }

  private static List<QueryResult.Instance> instances(InstancesFrame frame)
      throws MalformedFrameException {
    List<QueryResult.Instance> instances = new ArrayList<>();
    for (InstanceFrame instance : frame.getInstancesList()) {
      if (!instance.hasNode() || !instance.hasService()) {
        throw new MalformedFrameException("an instance without node or service");
      }
      instances.add(
          new QueryResult.Instance(
              Rows.node(instance.getNode()), Rows.service(instance.getService())));
    }
    return instances;
  }
}
