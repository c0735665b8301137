package org.comitia.wire;

import java.util.List;
import java.util.Map;
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

  static QueryFrame frame(Query<?> query) {
    return query.accept(FRAMES).build();
  }

  private static final Query.Cases<QueryFrame.Builder> FRAMES =
      new Query.Cases<>() {
        @Override
        public QueryFrame.Builder kvGet(Query.KvGet query) {
          return QueryFrame.newBuilder().setKvGet(Rows.key(query.key()));
        }

        @Override
        public QueryFrame.Builder kvList(Query.KvList query) {
          return QueryFrame.newBuilder().setKvList(Rows.key(query.prefix()));
        }

        @Override
        public QueryFrame.Builder kvKeys(Query.KvKeys query) {
          return QueryFrame.newBuilder()
              .setKvKeys(
                  KvKeysQueryFrame.newBuilder()
                      .setPrefix(Rows.key(query.prefix()))
                      .setSeparator(Rows.key(query.separator())));
        }

        @Override
        public QueryFrame.Builder nodes(Query.Nodes query) {
          return QueryFrame.newBuilder().setNodes(MetaFrame.newBuilder().putAllMeta(query.meta()));
        }

        @Override
        public QueryFrame.Builder nodeServices(Query.NodeServices query) {
          return QueryFrame.newBuilder().setNodeServices(query.node());
        }

        @Override
        public QueryFrame.Builder services(Query.Services query) {
          return QueryFrame.newBuilder()
              .setServices(MetaFrame.newBuilder().putAllMeta(query.nodeMeta()));
        }

        @Override
        public QueryFrame.Builder serviceInstances(Query.ServiceInstances query) {
          return QueryFrame.newBuilder()
              .setServiceInstances(instances(query.service(), query.tags(), query.nodeMeta()));
        }

        @Override
        public QueryFrame.Builder nodeChecks(Query.NodeChecks query) {
          return QueryFrame.newBuilder().setNodeChecks(query.node());
        }

        @Override
        public QueryFrame.Builder serviceChecks(Query.ServiceChecks query) {
          return QueryFrame.newBuilder()
              .setServiceChecks(instances(query.service(), List.of(), query.nodeMeta()));
        }

        @Override
        public QueryFrame.Builder checksInState(Query.ChecksInState query) {
          return QueryFrame.newBuilder()
              .setChecksInState(
                  StateQueryFrame.newBuilder()
                      .setStatus(query.status())
                      .putAllNodeMeta(query.nodeMeta()));
        }

        @Override
        public QueryFrame.Builder serviceHealth(Query.ServiceHealth query) {
          return QueryFrame.newBuilder()
              .setServiceHealth(
                  ServiceHealthQueryFrame.newBuilder()
                      .setInstances(instances(query.service(), query.tags(), query.nodeMeta()))
                      .setPassingOnly(query.passingOnly()));
        }

        @Override
        public QueryFrame.Builder sessionGet(Query.SessionGet query) {
          return QueryFrame.newBuilder().setSessionGet(query.id());
        }

        @Override
        public QueryFrame.Builder sessions(Query.Sessions query) {
          return QueryFrame.newBuilder().setSessions(NothingFrame.getDefaultInstance());
        }

        @Override
        public QueryFrame.Builder nodeSessions(Query.NodeSessions query) {
          return QueryFrame.newBuilder().setNodeSessions(query.node());
        }

        @Override
        public QueryFrame.Builder txnRead(Query.TxnRead query) {
          return QueryFrame.newBuilder().setTxnRead(TxnFrames.frame(query.ops()));
        }

        @Override
        public QueryFrame.Builder nodeDump(Query.NodeDump query) {
          NodeDumpQueryFrame.Builder dump = NodeDumpQueryFrame.newBuilder();
          if (query.node() != null) {
            dump.setNode(query.node());
          }
          return QueryFrame.newBuilder().setNodeDump(dump);
        }

        @Override
        public QueryFrame.Builder serviceDump(Query.ServiceDump query) {
          return QueryFrame.newBuilder().setServiceDump(NothingFrame.getDefaultInstance());
        }

        @Override
        public QueryFrame.Builder preparedQueryGet(Query.PreparedQueryGet query) {
          return QueryFrame.newBuilder().setPreparedQueryGet(query.id());
        }

        @Override
        public QueryFrame.Builder preparedQueries(Query.PreparedQueries query) {
          return QueryFrame.newBuilder().setPreparedQueries(NothingFrame.getDefaultInstance());
        }

        @Override
        public QueryFrame.Builder preparedQueryExecute(Query.PreparedQueryExecute query) {
          return QueryFrame.newBuilder()
              .setPreparedQueryExecute(query.nameOrId())
              .setExplain(query.explain());
        }

        @Override
        public QueryFrame.Builder coordinates(Query.Coordinates query) {
          return QueryFrame.newBuilder().setCoordinates(NothingFrame.getDefaultInstance());
        }

        @Override
        public QueryFrame.Builder nodeCoordinates(Query.NodeCoordinates query) {
          return QueryFrame.newBuilder().setNodeCoordinates(query.node());
        }

        @Override
        public QueryFrame.Builder accessGet(Query.AccessGet query) {
          return QueryFrame.newBuilder()
              .setAccessGet(AccessFrames.frame(query.kind(), query.idOrName()));
        }

        @Override
        public QueryFrame.Builder accessList(Query.AccessList query) {
          return QueryFrame.newBuilder().setAccessList(AccessFrames.frame(query));
        }

        @Override
        public QueryFrame.Builder tokenBySecret(Query.TokenBySecret query) {
          return QueryFrame.newBuilder().setTokenBySecret(query.secret());
        }
      };

  private static InstancesQueryFrame instances(
      String service, List<String> tags, Map<String, String> nodeMeta) {
    return InstancesQueryFrame.newBuilder()
        .setService(service)
        .addAllTags(tags)
        .putAllNodeMeta(nodeMeta)
        .build();
  }

  static Query<?> query(QueryFrame frame) throws MalformedFrameException {
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

  private static Query<?> others(QueryFrame frame) throws MalformedFrameException {
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
        return new Query.PreparedQueryExecute(frame.getPreparedQueryExecute(), frame.getExplain());
      case COORDINATES:
        return new Query.Coordinates();
      case NODE_COORDINATES:
        return new Query.NodeCoordinates(frame.getNodeCoordinates());
      case ACCESS_GET:
        return AccessFrames.get(frame.getAccessGet());
      case ACCESS_LIST:
        return AccessFrames.list(frame.getAccessList());
      case TOKEN_BY_SECRET:
        return new Query.TokenBySecret(frame.getTokenBySecret());
      default:
        throw new MalformedFrameException("a query that this version does not know");
    }
  }

  private static Query<?> txnRead(QueryFrame frame) throws MalformedFrameException {
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
