package org.comitia.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Check;
import org.comitia.state.CheckDefinition;
import org.comitia.state.Coordinate;
import org.comitia.state.Keys;
import org.comitia.state.KvEntry;
import org.comitia.state.LockDelay;
import org.comitia.state.Node;
import org.comitia.state.PreparedQuery;
import org.comitia.state.Service;
import org.comitia.state.Session;
import org.comitia.wire.proto.AutopilotFrame;
import org.comitia.wire.proto.CheckDefinitionFrame;
import org.comitia.wire.proto.CheckFrame;
import org.comitia.wire.proto.CoordinateFrame;
import org.comitia.wire.proto.CoordinatesFrame;
import org.comitia.wire.proto.KvEntryFrame;
import org.comitia.wire.proto.LockDelayRowFrame;
import org.comitia.wire.proto.MarkedKeyFrame;
import org.comitia.wire.proto.NamedIndexFrame;
import org.comitia.wire.proto.NodeFrame;
import org.comitia.wire.proto.PreparedQueryFrame;
import org.comitia.wire.proto.ServiceAddressFrame;
import org.comitia.wire.proto.ServiceFrame;
import org.comitia.wire.proto.SessionFrame;
import org.comitia.wire.proto.TextsFrame;

/** The state's rows and their frames. */
final class Rows {
  private Rows() {}

  /** Not copied: neither side changes it. */
  static ByteString bytes(byte[] bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  static ByteString key(String key) {
    return bytes(Keys.toBytes(key));
  }

  static String key(ByteString key) {
    return Keys.fromBytes(key.toByteArray());
  }

  /** An index, or a length of time: never negative. */
  static long positive(long number, String what) throws MalformedFrameException {
    if (number < 0) {
      throw new MalformedFrameException(what + " is negative");
    }
    return number;
  }

  /** A forwarded answer lists in the same order as a local one. */
  private static Map<String, String> sorted(Map<String, String> map) {
    return new TreeMap<>(map);
  }

  static NodeFrame frame(Node node) {
    return NodeFrame.newBuilder()
        .setId(node.id())
        .setName(node.name())
        .setAddress(node.address())
        .setDatacenter(node.datacenter())
        .putAllTaggedAddresses(node.taggedAddresses())
        .putAllMeta(node.meta())
        .setCreateIndex(node.createIndex())
        .setModifyIndex(node.modifyIndex())
        .build();
  }

  static Node node(NodeFrame frame) throws MalformedFrameException {
    return new Node(
        frame.getId(),
        frame.getName(),
        frame.getAddress(),
        frame.getDatacenter(),
        sorted(frame.getTaggedAddressesMap()),
        sorted(frame.getMetaMap()),
        positive(frame.getCreateIndex(), "a node's create index"),
        positive(frame.getModifyIndex(), "a node's modify index"));
  }

  static ServiceFrame frame(Service service) {
    ServiceFrame.Builder frame =
        ServiceFrame.newBuilder()
            .setNode(service.node())
            .setId(service.id())
            .setName(service.name())
            .addAllTags(service.tags())
            .setAddress(service.address())
            .putAllMeta(service.meta())
            .setPort(service.port())
            .setWeightPassing(service.weightPassing())
            .setWeightWarning(service.weightWarning())
            .setEnableTagOverride(service.enableTagOverride())
            .setKind(service.kind())
            .setSocketPath(service.socketPath())
            .setProxy(service.proxy())
            .setConnect(service.connect())
            .setCreateIndex(service.createIndex())
            .setModifyIndex(service.modifyIndex());
    service
        .taggedAddresses()
        .forEach(
            (tag, address) ->
                frame.putTaggedAddresses(
                    tag,
                    ServiceAddressFrame.newBuilder()
                        .setAddress(address.address())
                        .setPort(address.port())
                        .build()));
    return frame.build();
  }

  static Service service(ServiceFrame frame) throws MalformedFrameException {
    Map<String, Service.ServiceAddress> tagged = new TreeMap<>();
    frame
        .getTaggedAddressesMap()
        .forEach(
            (tag, address) ->
                tagged.put(
                    tag, new Service.ServiceAddress(address.getAddress(), address.getPort())));
    return new Service(
        frame.getNode(),
        frame.getId(),
        frame.getName(),
        frame.getKind(),
        List.copyOf(frame.getTagsList()),
        frame.getAddress(),
        tagged,
        sorted(frame.getMetaMap()),
        frame.getPort(),
        frame.getSocketPath(),
        frame.getWeightPassing(),
        frame.getWeightWarning(),
        frame.getEnableTagOverride(),
        frame.getProxy(),
        frame.getConnect(),
        positive(frame.getCreateIndex(), "a service's create index"),
        positive(frame.getModifyIndex(), "a service's modify index"));
  }

  static List<Service> services(List<ServiceFrame> frames) throws MalformedFrameException {
    List<Service> services = new ArrayList<>();
    for (ServiceFrame frame : frames) {
      services.add(service(frame));
    }
    return services;
  }

  static CheckFrame frame(Check check) {
    CheckFrame.Builder frame =
        CheckFrame.newBuilder()
            .setNode(check.node())
            .setId(check.id())
            .setName(check.name())
            .setStatus(check.status())
            .setNotes(check.notes())
            .setOutput(check.output())
            .setServiceId(check.serviceId())
            .setServiceName(check.serviceName())
            .addAllServiceTags(check.serviceTags())
            .setType(check.type())
            .setInterval(check.interval())
            .setTimeout(check.timeout())
            .setExposedPort(check.exposedPort())
            .setCreateIndex(check.createIndex())
            .setModifyIndex(check.modifyIndex());
    if (!check.definition().equals(CheckDefinition.NONE)) {
      frame.setDefinition(frame(check.definition()));
    }
    return frame.build();
  }

  private static CheckDefinitionFrame frame(CheckDefinition d) {
    CheckDefinitionFrame.Builder frame =
        CheckDefinitionFrame.newBuilder()
            .setHttp(d.http())
            .setMethod(d.method())
            .setBody(d.body())
            .setDisableRedirects(d.disableRedirects())
            .setTlsServerName(d.tlsServerName())
            .setTlsSkipVerify(d.tlsSkipVerify())
            .setTcp(d.tcp())
            .setUdp(d.udp())
            .setGrpc(d.grpc())
            .setGrpcUseTls(d.grpcUseTls())
            .setH2Ping(d.h2ping())
            .setH2PingUseTls(d.h2pingUseTls())
            .addAllScriptArgs(d.scriptArgs())
            .setDockerContainerId(d.dockerContainerId())
            .setShell(d.shell())
            .setAliasNode(d.aliasNode())
            .setAliasService(d.aliasService())
            .setInterval(d.intervalNanos())
            .setTimeout(d.timeoutNanos())
            .setTtl(d.ttlNanos())
            .setDeregisterCriticalServiceAfter(d.deregisterCriticalServiceAfterNanos())
            .setOutputMaxSize(d.outputMaxSize());
    d.header()
        .forEach(
            (name, values) ->
                frame.putHeader(name, TextsFrame.newBuilder().addAllTexts(values).build()));
    return frame.build();
  }

  private static CheckDefinition definition(CheckDefinitionFrame frame) {
    Map<String, List<String>> header = new TreeMap<>();
    frame
        .getHeaderMap()
        .forEach((name, values) -> header.put(name, List.copyOf(values.getTextsList())));
    return new CheckDefinition(
        frame.getHttp(),
        header,
        frame.getMethod(),
        frame.getBody(),
        frame.getDisableRedirects(),
        frame.getTlsServerName(),
        frame.getTlsSkipVerify(),
        frame.getTcp(),
        frame.getUdp(),
        frame.getGrpc(),
        frame.getGrpcUseTls(),
        frame.getH2Ping(),
        frame.getH2PingUseTls(),
        List.copyOf(frame.getScriptArgsList()),
        frame.getDockerContainerId(),
        frame.getShell(),
        frame.getAliasNode(),
        frame.getAliasService(),
        frame.getInterval(),
        frame.getTimeout(),
        frame.getTtl(),
        frame.getDeregisterCriticalServiceAfter(),
        frame.getOutputMaxSize());
  }

  static Check check(CheckFrame frame) throws MalformedFrameException {
    return new Check(
        frame.getNode(),
        frame.getId(),
        frame.getName(),
        frame.getStatus(),
        frame.getNotes(),
        frame.getOutput(),
        frame.getServiceId(),
        frame.getServiceName(),
        List.copyOf(frame.getServiceTagsList()),
        frame.getType(),
        frame.getInterval(),
        frame.getTimeout(),
        frame.getExposedPort(),
        frame.hasDefinition() ? definition(frame.getDefinition()) : CheckDefinition.NONE,
        positive(frame.getCreateIndex(), "a check's create index"),
        positive(frame.getModifyIndex(), "a check's modify index"));
  }

  static List<Check> checks(List<CheckFrame> frames) throws MalformedFrameException {
    List<Check> checks = new ArrayList<>();
    for (CheckFrame frame : frames) {
      checks.add(check(frame));
    }
    return checks;
  }

  static KvEntryFrame frame(KvEntry entry) {
    KvEntryFrame.Builder frame =
        KvEntryFrame.newBuilder()
            .setKey(key(entry.key()))
            .setValue(bytes(entry.value()))
            .setFlags(entry.flags())
            .setLockIndex(entry.lockIndex())
            .setCreateIndex(entry.createIndex())
            .setModifyIndex(entry.modifyIndex());
    if (entry.session() != null) {
      frame.setSession(entry.session());
    }
    return frame.build();
  }

  static KvEntry entry(KvEntryFrame frame) throws MalformedFrameException {
    return new KvEntry(
        key(frame.getKey()),
        frame.getValue().toByteArray(),
        frame.getFlags(),
        positive(frame.getLockIndex(), "a key's lock index"),
        frame.hasSession() ? frame.getSession() : null,
        positive(frame.getCreateIndex(), "a key's create index"),
        positive(frame.getModifyIndex(), "a key's modify index"));
  }

  static SessionFrame frame(Session session) {
    return SessionFrame.newBuilder()
        .setId(session.id())
        .setName(session.name())
        .setNode(session.node())
        .setLockDelay(session.lockDelayNanos())
        .setBehavior(
            session.behavior() == Session.Behavior.DELETE
                ? SessionFrame.Behavior.DELETE
                : SessionFrame.Behavior.RELEASE)
        .setTtl(session.ttl())
        .addAllNodeChecks(session.nodeChecks())
        .addAllServiceChecks(session.serviceChecks())
        .setCreateIndex(session.createIndex())
        .setModifyIndex(session.modifyIndex())
        .build();
  }

  static Session session(SessionFrame frame) throws MalformedFrameException {
    return new Session(
        frame.getId(),
        frame.getName(),
        frame.getNode(),
        frame.getLockDelay(),
        frame.getBehavior() == SessionFrame.Behavior.DELETE
            ? Session.Behavior.DELETE
            : Session.Behavior.RELEASE,
        frame.getTtl(),
        List.copyOf(frame.getNodeChecksList()),
        List.copyOf(frame.getServiceChecksList()),
        positive(frame.getCreateIndex(), "a session's create index"),
        positive(frame.getModifyIndex(), "a session's modify index"));
  }

  static PreparedQueryFrame frame(PreparedQuery query) {
    PreparedQuery.ServiceQuery service = query.service();
    return PreparedQueryFrame.newBuilder()
        .setId(query.id())
        .setName(query.name())
        .setSession(query.session())
        .setToken(query.token())
        .setTemplateType(query.template().type())
        .setTemplateRegexp(query.template().regexp())
        .setTemplateRemoveEmptyTags(query.template().removeEmptyTags())
        .setService(service.service())
        .setFailoverNearestN(service.failover().nearestN())
        .addAllFailoverDatacenters(service.failover().datacenters())
        .setOnlyPassing(service.onlyPassing())
        .addAllIgnoreCheckIds(service.ignoreCheckIds())
        .setNear(service.near())
        .addAllTags(service.tags())
        .putAllNodeMeta(service.nodeMeta())
        .putAllServiceMeta(service.serviceMeta())
        .setConnect(service.connect())
        .setDnsTtl(query.dnsTtl())
        .setCreateIndex(query.createIndex())
        .setModifyIndex(query.modifyIndex())
        .build();
  }

  static PreparedQuery preparedQuery(PreparedQueryFrame frame) throws MalformedFrameException {
    return new PreparedQuery(
        frame.getId(),
        frame.getName(),
        frame.getSession(),
        frame.getToken(),
        new PreparedQuery.Template(
            frame.getTemplateType(), frame.getTemplateRegexp(), frame.getTemplateRemoveEmptyTags()),
        new PreparedQuery.ServiceQuery(
            frame.getService(),
            new PreparedQuery.Failover(
                frame.getFailoverNearestN(), List.copyOf(frame.getFailoverDatacentersList())),
            frame.getOnlyPassing(),
            List.copyOf(frame.getIgnoreCheckIdsList()),
            frame.getNear(),
            List.copyOf(frame.getTagsList()),
            sorted(frame.getNodeMetaMap()),
            sorted(frame.getServiceMetaMap()),
            frame.getConnect()),
        frame.getDnsTtl(),
        positive(frame.getCreateIndex(), "a prepared query's create index"),
        positive(frame.getModifyIndex(), "a prepared query's modify index"));
  }

  static CoordinatesFrame frame(List<Coordinate> coordinates) {
    CoordinatesFrame.Builder frame = CoordinatesFrame.newBuilder();
    coordinates.forEach(coordinate -> frame.addCoordinates(frame(coordinate)));
    return frame.build();
  }

  static List<Coordinate> coordinates(CoordinatesFrame frame) {
    return frame.getCoordinatesList().stream().map(Rows::coordinate).toList();
  }

  static CoordinateFrame frame(Coordinate coordinate) {
    return CoordinateFrame.newBuilder()
        .setNode(coordinate.node())
        .setSegment(coordinate.segment())
        .addAllVec(coordinate.vec())
        .setError(coordinate.error())
        .setAdjustment(coordinate.adjustment())
        .setHeight(coordinate.height())
        .build();
  }

  static Coordinate coordinate(CoordinateFrame frame) {
    return new Coordinate(
        frame.getNode(),
        frame.getSegment(),
        List.copyOf(frame.getVecList()),
        frame.getError(),
        frame.getAdjustment(),
        frame.getHeight());
  }

  static AutopilotFrame frame(AutopilotConfig config) {
    return AutopilotFrame.newBuilder()
        .setCleanupDeadServers(config.cleanupDeadServers())
        .setLastContact(config.lastContactNanos())
        .setMaxTrailingLogs(config.maxTrailingLogs())
        .setMinQuorum(config.minQuorum())
        .setStabilization(config.stabilizationNanos())
        .setRedundancyZoneTag(config.redundancyZoneTag())
        .setDisableUpgradeMigration(config.disableUpgradeMigration())
        .setUpgradeVersionTag(config.upgradeVersionTag())
        .setCreateIndex(config.createIndex())
        .setModifyIndex(config.modifyIndex())
        .build();
  }

  static AutopilotConfig autopilot(AutopilotFrame frame) throws MalformedFrameException {
    return new AutopilotConfig(
        frame.getCleanupDeadServers(),
        frame.getLastContact(),
        frame.getMaxTrailingLogs(),
        frame.getMinQuorum(),
        frame.getStabilization(),
        frame.getRedundancyZoneTag(),
        frame.getDisableUpgradeMigration(),
        frame.getUpgradeVersionTag(),
        positive(frame.getCreateIndex(), "autopilot's create index"),
        positive(frame.getModifyIndex(), "autopilot's modify index"));
  }

  static MarkedKeyFrame tombstone(String key, long index) {
    return MarkedKeyFrame.newBuilder().setKey(key(key)).setIndex(index).build();
  }

  static NamedIndexFrame namedIndex(String name, long index) {
    return NamedIndexFrame.newBuilder().setName(name).setIndex(index).build();
  }

  static LockDelayRowFrame frame(String key, LockDelay delay) {
    return LockDelayRowFrame.newBuilder()
        .setKey(key(key))
        .setDelay(delay.delayNanos())
        .setSince(delay.since())
        .build();
  }

  static LockDelay lockDelay(LockDelayRowFrame frame) throws MalformedFrameException {
    return new LockDelay(
        positive(frame.getDelay(), "a lock-delay"),
        positive(frame.getSince(), "a lock-delay's index"));
  }
}
