package org.comitia.state;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.access.AccessObject;
import org.comitia.access.NodeIdentity;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.ServiceIdentity;
import org.comitia.access.Token;

/**
 * Goes through all fields of a row, in an order of its own and the same on every version of Java,
 * for who makes one figure of them. {@code RowHashTest} finds a field that is forgotten.
 */
abstract class RowFields {
  abstract void number(long number);

  /** With its length, so that neighbours cannot run into each other. */
  abstract void bytes(byte[] bytes);

  /** The same. */
  abstract void text(String text);

  /** A text that stands for bytes ({@link Keys}); with its length. */
  abstract void key(String key);

  final void session(Session session) {
    texts(List.of(session.id(), session.name(), session.node(), session.ttl()));
    number(session.lockDelayNanos());
    text(session.behavior().name());
    texts(session.nodeChecks());
    texts(session.serviceChecks());
    number(session.createIndex());
    number(session.modifyIndex());
  }

  final void preparedQuery(PreparedQuery query) {
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

  final void autopilot(AutopilotConfig config) {
    flags(config.cleanupDeadServers(), config.disableUpgradeMigration());
    number(config.lastContactNanos());
    number(config.maxTrailingLogs());
    number(config.minQuorum());
    number(config.stabilizationNanos());
    texts(List.of(config.redundancyZoneTag(), config.upgradeVersionTag()));
    number(config.createIndex());
    number(config.modifyIndex());
  }

  final void access(AccessObject object) {
    text(object.kind().name());
    if (object instanceof Token token) {
      token(token);
    } else if (object instanceof Policy policy) {
      texts(List.of(policy.id(), policy.name(), policy.description(), policy.rules()));
      texts(policy.datacenters());
    } else if (object instanceof Role role) {
      texts(List.of(role.id(), role.name(), role.description()));
      texts(role.policies());
      identities(role.serviceIdentities(), role.nodeIdentities());
    }
    number(object.createIndex());
    number(object.modifyIndex());
  }

  private void token(Token token) {
    texts(List.of(token.id(), token.secret(), token.description(), token.authMethod()));
    texts(token.policies());
    texts(token.roles());
    identities(token.serviceIdentities(), token.nodeIdentities());
    flags(token.local());
    number(token.createMillis());
    number(token.expirationMillis());
  }

  private void identities(List<ServiceIdentity> services, List<NodeIdentity> nodes) {
    number(services.size());
    for (ServiceIdentity service : services) {
      text(service.service());
      texts(service.datacenters());
    }
    number(nodes.size());
    for (NodeIdentity node : nodes) {
      texts(List.of(node.node(), node.datacenter()));
    }
  }

  final void coordinate(Coordinate coordinate) {
    texts(List.of(coordinate.node(), coordinate.segment()));
    number(coordinate.vec().size());
    coordinate.vec().forEach(this::real);
    real(coordinate.error());
    real(coordinate.adjustment());
    real(coordinate.height());
  }

  private void real(double number) {
    number(Double.doubleToLongBits(number));
  }

  final void node(Node node) {
    texts(List.of(node.id(), node.name(), node.address(), node.datacenter()));
    map(node.taggedAddresses());
    map(node.meta());
    number(node.createIndex());
    number(node.modifyIndex());
  }

  final void service(Service service) {
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

  final void check(Check check) {
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

  final void entry(KvEntry entry) {
    key(entry.key());
    bytes(entry.value());
    number(entry.flags());
    number(entry.lockIndex());
    text(entry.session() == null ? "" : entry.session());
    number(entry.createIndex());
    number(entry.modifyIndex());
  }

  /** A lock-delay, of this key. */
  final void lockDelay(String key, LockDelay delay) {
    key(key);
    number(delay.delayNanos());
    number(delay.since());
  }

  /** A tombstone or a named index. */
  final void mark(String name, long value) {
    key(name);
    number(value);
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
}
