package org.comitia.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.state.KvEntry;
import org.comitia.state.Node;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.wire.proto.ChecksFrame;
import org.comitia.wire.proto.InstanceFrame;
import org.comitia.wire.proto.InstancesFrame;
import org.comitia.wire.proto.InstancesQueryFrame;
import org.comitia.wire.proto.KvEntriesFrame;
import org.comitia.wire.proto.KvEntryFrame;
import org.comitia.wire.proto.KvKeyListFrame;
import org.comitia.wire.proto.KvKeysQueryFrame;
import org.comitia.wire.proto.MetaFrame;
import org.comitia.wire.proto.NodeFrame;
import org.comitia.wire.proto.NodeListFrame;
import org.comitia.wire.proto.NodeWithServicesFrame;
import org.comitia.wire.proto.QueryFrame;
import org.comitia.wire.proto.QueryResultFrame;
import org.comitia.wire.proto.ServiceNamesFrame;
import org.comitia.wire.proto.TextsFrame;

/** Queries, their results, and their frames. */
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
      throw new IllegalArgumentException("no encoding for " + query.getClass().getName());
    }
    return frame.build();
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
        throw new MalformedFrameException("a query that this version does not know");
    }
  }

  static QueryResultFrame frame(QueryResult result) {
    QueryResultFrame.Builder frame = QueryResultFrame.newBuilder().setIndex(result.index());
    if (result instanceof QueryResult.KvEntryResult kv) {
      frame.setKvEntry(entries(kv.entry() == null ? List.of() : List.of(kv.entry())));
    } else if (result instanceof QueryResult.KvEntries kv) {
      frame.setKvEntries(entries(kv.entries()));
    } else if (result instanceof QueryResult.KvKeyList list) {
      KvKeyListFrame.Builder keys = KvKeyListFrame.newBuilder();
      list.keys().forEach(key -> keys.addKeys(Rows.key(key)));
      frame.setKvKeys(keys);
    } else if (result instanceof QueryResult.NodeList list) {
      NodeListFrame.Builder nodes = NodeListFrame.newBuilder();
      list.nodes().forEach(node -> nodes.addNodes(Rows.frame(node)));
      frame.setNodes(nodes);
    } else if (result instanceof QueryResult.NodeWithServices node) {
      frame.setNodeServices(nodeWithServices(node));
    } else if (result instanceof QueryResult.ServiceNames names) {
      ServiceNamesFrame.Builder tags = ServiceNamesFrame.newBuilder();
      names
          .tagsByName()
          .forEach(
              (name, all) ->
                  tags.putTagsByName(name, TextsFrame.newBuilder().addAllTexts(all).build()));
      frame.setServices(tags);
    } else if (result instanceof QueryResult.Instances list) {
      InstancesFrame.Builder instances = InstancesFrame.newBuilder();
      for (QueryResult.Instance instance : list.instances()) {
        instances.addInstances(
            InstanceFrame.newBuilder()
                .setNode(Rows.frame(instance.node()))
                .setService(Rows.frame(instance.service())));
      }
      frame.setInstances(instances);
    } else if (result instanceof QueryResult.Checks list) {
      ChecksFrame.Builder checks = ChecksFrame.newBuilder();
      list.checks().forEach(check -> checks.addChecks(Rows.frame(check)));
      frame.setChecks(checks);
    } else {
      throw new IllegalArgumentException("no encoding for " + result.getClass().getName());
    }
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
        throw new MalformedFrameException("a result that this version does not know");
    }
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
