package org.comitia.wire;

import java.util.List;
import org.comitia.state.Query;
import org.comitia.state.TxnOp;
import org.comitia.wire.proto.InstancesQueryFrame;
import org.comitia.wire.proto.KvKeysQueryFrame;
import org.comitia.wire.proto.MetaFrame;
import org.comitia.wire.proto.NodeDumpQueryFrame;
import org.comitia.wire.proto.NothingFrame;
import org.comitia.wire.proto.QueryFrame;
import org.comitia.wire.proto.ServiceHealthQueryFrame;
import org.comitia.wire.proto.StateQueryFrame;

/** Queries and their frames. */
final class QueryFrames {
  private QueryFrames() {}

  static QueryFrame frame(Query query) {
    QueryFrame.Builder frame = QueryFrame.newBuilder();
    if (query instanceof Query.KvGet get) {
      frame.setKvGet(Rows.key(get.key()));
    } else if (query instanceof Query.KvList list) {
      frame.setKvList(Rows.key(list.prefix()));
    } else if (query instanceof Query.KvKeys keys) {
      frame.setKvKeys(
          KvKeysQueryFrame.newBuilder()
              .setPrefix(Rows.key(keys.prefix()))
              .setSeparator(Rows.key(keys.separator())));
    } else if (query instanceof Query.Nodes nodes) {
      frame.setNodes(MetaFrame.newBuilder().putAllMeta(nodes.meta()));
    } else if (query instanceof Query.NodeServices services) {
      frame.setNodeServices(services.node());
    } else if (query instanceof Query.Services services) {
      frame.setServices(MetaFrame.newBuilder().putAllMeta(services.nodeMeta()));
    } else if (query instanceof Query.ServiceInstances instances) {
      frame.setServiceInstances(
          InstancesQueryFrame.newBuilder()
              .setService(instances.service())
              .addAllTags(instances.tags())
              .putAllNodeMeta(instances.nodeMeta()));
    } else if (query instanceof Query.NodeChecks checks) {
      frame.setNodeChecks(checks.node());
    } else {
      frameOfOthers(query, frame);
    }
    return frame.build();
  }

  private static void frameOfOthers(Query query, QueryFrame.Builder frame) {
    if (query instanceof Query.ServiceChecks q) {
      frame.setServiceChecks(
          InstancesQueryFrame.newBuilder().setService(q.service()).putAllNodeMeta(q.nodeMeta()));
    } else if (query instanceof Query.ChecksInState q) {
      frame.setChecksInState(
          StateQueryFrame.newBuilder().setStatus(q.status()).putAllNodeMeta(q.nodeMeta()));
    } else if (query instanceof Query.ServiceHealth q) {
      frame.setServiceHealth(
          ServiceHealthQueryFrame.newBuilder()
              .setInstances(
                  InstancesQueryFrame.newBuilder()
                      .setService(q.service())
                      .addAllTags(q.tags())
                      .putAllNodeMeta(q.nodeMeta()))
              .setPassingOnly(q.passingOnly()));
    } else if (query instanceof Query.SessionGet q) {
      frame.setSessionGet(q.id());
    } else if (query instanceof Query.Sessions) {
      frame.setSessions(NothingFrame.getDefaultInstance());
    } else if (query instanceof Query.NodeSessions q) {
      frame.setNodeSessions(q.node());
    } else if (query instanceof Query.TxnRead q) {
      frame.setTxnRead(TxnFrames.frame(q.ops()));
    } else if (query instanceof Query.NodeDump q) {
      NodeDumpQueryFrame.Builder dump = NodeDumpQueryFrame.newBuilder();
      if (q.node() != null) {
        dump.setNode(q.node());
      }
      frame.setNodeDump(dump);
    } else if (query instanceof Query.ServiceDump) {
      frame.setServiceDump(NothingFrame.getDefaultInstance());
    } else if (query instanceof Query.PreparedQueryGet q) {
      frame.setPreparedQueryGet(q.id());
    } else if (query instanceof Query.PreparedQueries) {
      frame.setPreparedQueries(NothingFrame.getDefaultInstance());
    } else if (query instanceof Query.PreparedQueryExecute q) {
      frame.setPreparedQueryExecute(q.nameOrId());
    } else if (query instanceof Query.Coordinates) {
      frame.setCoordinates(NothingFrame.getDefaultInstance());
    } else if (query instanceof Query.NodeCoordinates q) {
      frame.setNodeCoordinates(q.node());
    } else {
      throw new IllegalArgumentException("no encoding for " + query.getClass().getName());
    }
  }

  static Query query(QueryFrame frame) throws MalformedFrameException {
    switch (frame.getQueryCase()) {
      case KV_GET:
        return new Query.KvGet(Rows.key(frame.getKvGet()));
      case KV_LIST:
        return new Query.KvList(Rows.key(frame.getKvList()));
      case KV_KEYS:
        return new Query.KvKeys(
            Rows.key(frame.getKvKeys().getPrefix()), Rows.key(frame.getKvKeys().getSeparator()));
      case NODES:
        return new Query.Nodes(frame.getNodes().getMetaMap());
      case NODE_SERVICES:
        return new Query.NodeServices(frame.getNodeServices());
      case SERVICES:
        return new Query.Services(frame.getServices().getMetaMap());
      case SERVICE_INSTANCES:
        InstancesQueryFrame instances = frame.getServiceInstances();
        return new Query.ServiceInstances(
            instances.getService(),
            List.copyOf(instances.getTagsList()),
            instances.getNodeMetaMap());
      case NODE_CHECKS:
        return new Query.NodeChecks(frame.getNodeChecks());
      default:
        return others(frame);
    }
  }

  private static Query others(QueryFrame frame) throws MalformedFrameException {
    switch (frame.getQueryCase()) {
      case SERVICE_CHECKS:
        return new Query.ServiceChecks(
            frame.getServiceChecks().getService(), frame.getServiceChecks().getNodeMetaMap());
      case CHECKS_IN_STATE:
        return new Query.ChecksInState(
            frame.getChecksInState().getStatus(), frame.getChecksInState().getNodeMetaMap());
      case SERVICE_HEALTH:
        InstancesQueryFrame health = frame.getServiceHealth().getInstances();
        return new Query.ServiceHealth(
            health.getService(),
            List.copyOf(health.getTagsList()),
            health.getNodeMetaMap(),
            frame.getServiceHealth().getPassingOnly());
      case SESSION_GET:
        return new Query.SessionGet(frame.getSessionGet());
      case SESSIONS:
        return new Query.Sessions();
      case NODE_SESSIONS:
        return new Query.NodeSessions(frame.getNodeSessions());
      case TXN_READ:
        return txnRead(frame);
      case NODE_DUMP:
        return new Query.NodeDump(
            frame.getNodeDump().hasNode() ? frame.getNodeDump().getNode() : null);
      case SERVICE_DUMP:
        return new Query.ServiceDump();
      case PREPARED_QUERY_GET:
        return new Query.PreparedQueryGet(frame.getPreparedQueryGet());
      case PREPARED_QUERIES:
        return new Query.PreparedQueries();
      case PREPARED_QUERY_EXECUTE:
        return new Query.PreparedQueryExecute(frame.getPreparedQueryExecute());
      case COORDINATES:
        return new Query.Coordinates();
      case NODE_COORDINATES:
        return new Query.NodeCoordinates(frame.getNodeCoordinates());
      default:
        throw new MalformedFrameException("a query that this version does not know");
    }
  }

  private static Query txnRead(QueryFrame frame) throws MalformedFrameException {
    try {
      List<TxnOp> ops = TxnFrames.ops(frame.getTxnRead());
      if (ops.stream().allMatch(TxnOp::readOnly)) {
        return new Query.TxnRead(ops);
      }
    } catch (UnknownCommandException e) {
      throw new MalformedFrameException("an operation that this version does not know", e);
    }
    throw new MalformedFrameException("a transaction that writes, sent as a read");
  }
}
