package org.comitia.state;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A fingerprint of all that a version holds: equal on all servers that applied the same log,
 * however they came by it (replayed, or loaded from tables and replayed from there). Covers the
 * applied index, all rows, tombstones and indexes. Costs a walk over everything.
 */
public final class StateDigest {
  private final MessageDigest sha;

  private StateDigest(MessageDigest sha) {
    this.sha = sha;
  }

  /** SHA-256 in hex. */
  public static String of(StateVersion version) {
    try {
      StateDigest digest = new StateDigest(MessageDigest.getInstance("SHA-256"));
      digest.add(version);
      return HexFormat.of().formatHex(digest.sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private void add(StateVersion version) {
    number(version.appliedIndex());
    number(version.nodes().size());
    version.nodes().values().forEach(this::node);
    number(version.services().size());
    version.services().values().forEach(this::service);
    number(version.checks().size());
    version.checks().values().forEach(this::check);
    number(version.kv().size());
    version.kv().values().forEach(this::entry);
    numbers(version.tombstones());
    numbers(version.indexes());
    number(version.sessions().size());
    version.sessions().values().forEach(this::session);
    number(version.lockDelays().size());
    version
        .lockDelays()
        .forEach(
            (key, delay) -> {
              bytes(Keys.toBytes(key));
              number(delay.delayNanos());
              number(delay.since());
            });
    number(version.preparedQueries().size());
    version.preparedQueries().values().forEach(this::preparedQuery);
    number(version.coordinates().size());
    version.coordinates().values().forEach(this::coordinate);
    // Nothing while nobody has set it: builds from before know no such table.
    version.tables().autopilot().values().forEach(this::autopilot);
  }

  private void session(Session session) {
    texts(List.of(session.id(), session.name(), session.node(), session.ttl()));
    number(session.lockDelayNanos());
    text(session.behavior().name());
    texts(session.nodeChecks());
    texts(session.serviceChecks());
    number(session.createIndex());
    number(session.modifyIndex());
  }

  private void preparedQuery(PreparedQuery query) {
    PreparedQuery.ServiceQuery service = query.service();
    texts(List.of(query.id(), query.name(), query.session(), query.token(), query.dnsTtl()));
    texts(List.of(query.template().type(), query.template().regexp()));
    texts(List.of(service.service(), service.near()));
    flags(query.template().removeEmptyTags(), service.onlyPassing(), service.connect());
    number(service.failover().nearestN());
    texts(service.failover().datacenters());
    texts(service.ignoreCheckIds());
    texts(service.tags());
    map(service.nodeMeta());
    map(service.serviceMeta());
    number(query.createIndex());
    number(query.modifyIndex());
  }

  private void coordinate(Coordinate coordinate) {
    texts(List.of(coordinate.node(), coordinate.segment()));
    number(coordinate.vec().size());
    coordinate.vec().forEach(this::real);
    real(coordinate.error());
    real(coordinate.adjustment());
    real(coordinate.height());
  }

  private void autopilot(AutopilotConfig config) {
    flags(config.cleanupDeadServers(), config.disableUpgradeMigration());
    number(config.lastContactNanos());
    number(config.maxTrailingLogs());
    number(config.minQuorum());
    number(config.stabilizationNanos());
    texts(List.of(config.redundancyZoneTag(), config.upgradeVersionTag()));
    number(config.createIndex());
    number(config.modifyIndex());
  }

  private void real(double number) {
    number(Double.doubleToLongBits(number));
  }

  private void node(Node node) {
    texts(List.of(node.id(), node.name(), node.address(), node.datacenter()));
    map(node.taggedAddresses());
    map(node.meta());
    number(node.createIndex());
    number(node.modifyIndex());
  }

  private void service(Service service) {
    texts(List.of(service.node(), service.id(), service.name(), service.kind()));
    texts(List.of(service.address(), service.socketPath()));
    texts(service.tags());
    number(service.taggedAddresses().size());
    new TreeMap<>(service.taggedAddresses())
        .forEach(
            (tag, address) -> {
              text(tag);
              text(address.address());
              number(address.port());
            });
    map(service.meta());
    number(service.port());
    number(service.weightPassing());
    number(service.weightWarning());
    number(service.enableTagOverride() ? 1 : 0);
    texts(List.of(service.proxy(), service.connect()));
    number(service.createIndex());
    number(service.modifyIndex());
  }

  private void check(Check check) {
    texts(List.of(check.node(), check.id(), check.name(), check.status(), check.notes()));
    texts(List.of(check.output(), check.serviceId(), check.serviceName(), check.type()));
    texts(check.serviceTags());
    texts(List.of(check.interval(), check.timeout()));
    number(check.exposedPort());
    definition(check.definition());
    number(check.createIndex());
    number(check.modifyIndex());
  }

  private void definition(CheckDefinition d) {
    texts(List.of(d.http(), d.method(), d.body(), d.tlsServerName(), d.tcp(), d.udp(), d.grpc()));
    texts(List.of(d.h2ping(), d.dockerContainerId(), d.shell(), d.aliasNode(), d.aliasService()));
    texts(d.scriptArgs());
    number(d.header().size());
    new TreeMap<>(d.header())
        .forEach(
            (name, values) -> {
              text(name);
              texts(values);
            });
    flags(d.disableRedirects(), d.tlsSkipVerify(), d.grpcUseTls(), d.h2pingUseTls());
    number(d.intervalNanos());
    number(d.timeoutNanos());
    number(d.ttlNanos());
    number(d.deregisterCriticalServiceAfterNanos());
    number(d.outputMaxSize());
  }

  private void entry(KvEntry entry) {
    bytes(Keys.toBytes(entry.key()));
    bytes(entry.value());
    number(entry.flags());
    number(entry.lockIndex());
    text(entry.session() == null ? "" : entry.session());
    number(entry.createIndex());
    number(entry.modifyIndex());
  }

  private void numbers(Map<String, Long> map) {
    number(map.size());
    map.forEach(
        (name, value) -> {
          bytes(Keys.toBytes(name));
          number(value);
        });
  }

  private void map(Map<String, String> map) {
    number(map.size());
    new TreeMap<>(map)
        .forEach(
            (key, value) -> {
              text(key);
              text(value);
            });
  }

  private void flags(boolean... flags) {
    for (boolean flag : flags) {
      number(flag ? 1 : 0);
    }
  }

  private void texts(List<String> texts) {
    number(texts.size());
    texts.forEach(this::text);
  }

  private void text(String text) {
    bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The length first, so that neighbours cannot run into each other. */
  private void bytes(byte[] bytes) {
    number(bytes.length);
    sha.update(bytes);
  }

  private void number(long number) {
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
  }
}
