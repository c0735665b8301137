package org.comitia.state;

import java.util.List;
import java.util.Map;
import org.comitia.access.AccessObject;
import org.comitia.access.NodeIdentity;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.ServiceIdentity;
import org.comitia.access.Token;

/**
 * How much memory rows take: an estimate that depends on the rows alone, so that it is the same on
 * every server. Counts what a row holds, the objects around it, and its places in the maps; errs on
 * the high side for texts that several rows share. Pure functions.
 */
final class StateSize {
  /** A place in a persistent map, with the entry that it holds. */
  private static final int PLACE = 72;

  /** A record with a dozen fields. */
  private static final int ROW = 80;

  /** An element of a compiled expression: a few instructions, and the places for a match. */
  private static final long ELEMENT = 128;

  /** A record of two fields and its place in a list. */
  private static final int IDENTITY = 28;

  private static final int TEXT = 48;
  private static final int ARRAY = 16;

  private StateSize() {}

  /** All rows, counted anew. */
  static long of(Tables tables) {
    long bytes = 0;
    for (Node node : tables.nodes().values()) {
      bytes += of(node);
    }
    for (Service service : tables.services().values()) {
      bytes += of(service);
    }
    for (Check check : tables.checks().values()) {
      bytes += of(check);
    }
    for (KvEntry entry : tables.kv().values()) {
      bytes += of(entry);
    }
    for (String key : tables.tombstones().keySet()) {
      bytes += ofMark(key);
    }
    for (String name : tables.indexes().keySet()) {
      bytes += ofMark(name);
    }
    for (Session session : tables.sessions().values()) {
      bytes += of(session);
    }
    for (String key : tables.lockDelays().keySet()) {
      bytes += ofMark(key);
    }
    for (PreparedQuery query : tables.preparedQueries().values()) {
      bytes += of(query);
    }
    for (Coordinate coordinate : tables.coordinates().values()) {
      bytes += of(coordinate);
    }
    for (AutopilotConfig config : tables.autopilot().values()) {
      bytes += of(config);
    }
    for (AccessObject object : tables.access().values()) {
      bytes += of(object);
    }
    return bytes;
  }

  /** A key, a value and, when it is held, its place among its session's. */
  static long of(KvEntry entry) {
    long held = entry.session() == null ? 0 : PLACE + text(entry.session());
    return PLACE + ROW + ARRAY + text(entry.key()) + entry.value().length + held;
  }

  /** A tombstone, an index or a lock-delay. */
  static long ofMark(String key) {
    return PLACE + ARRAY + text(key);
  }

  static long of(Node n) {
    return 2 * PLACE
        + ROW
        + 2 * text(n.name())
        + 2 * text(n.id())
        + text(n.address())
        + text(n.datacenter())
        + texts(n.taggedAddresses())
        + texts(n.meta());
  }

  static long of(Service s) {
    long addresses = 0;
    for (Map.Entry<String, Service.ServiceAddress> one : s.taggedAddresses().entrySet()) {
      addresses += PLACE + text(one.getKey()) + text(one.getValue().address());
    }
    return 3 * PLACE
        + ROW
        + 2 * text(s.node())
        + 2 * text(s.id())
        + text(s.name())
        + text(s.kind())
        + texts(s.tags())
        + text(s.address())
        + addresses
        + texts(s.meta())
        + text(s.socketPath())
        + text(s.proxy())
        + text(s.connect());
  }

  static long of(Check c) {
    return 3 * PLACE
        + ROW
        + 2 * text(c.node())
        + 2 * text(c.id())
        + text(c.name())
        + text(c.status())
        + text(c.notes())
        + text(c.output())
        + text(c.serviceId())
        + text(c.serviceName())
        + texts(c.serviceTags())
        + text(c.type())
        + text(c.interval())
        + text(c.timeout())
        + of(c.definition());
  }

  private static long of(CheckDefinition d) {
    if (d.equals(CheckDefinition.NONE)) {
      return 0;
    }
    long header = 0;
    for (Map.Entry<String, List<String>> one : d.header().entrySet()) {
      header += PLACE + text(one.getKey()) + texts(one.getValue());
    }
    return 2 * ROW
        + header
        + text(d.http())
        + text(d.method())
        + text(d.body())
        + text(d.tlsServerName())
        + text(d.tcp())
        + text(d.udp())
        + text(d.grpc())
        + text(d.h2ping())
        + texts(d.scriptArgs())
        + text(d.dockerContainerId())
        + text(d.shell())
        + text(d.aliasNode())
        + text(d.aliasService());
  }

  static long of(Session s) {
    return 2 * PLACE
        + ROW
        + 2 * text(s.id())
        + text(s.name())
        + text(s.node())
        + text(s.ttl())
        + texts(s.nodeChecks())
        + texts(s.serviceChecks());
  }

  static long of(PreparedQuery q) {
    PreparedQuery.ServiceQuery s = q.service();
    long template =
        q.isTemplate() ? PLACE + ELEMENT * RegexSize.of(q.template().regexp()).elements() : 0;
    return 2 * PLACE
        + 3 * ROW
        + template
        + 2 * text(q.id())
        + 2 * text(q.name())
        + text(q.session())
        + text(q.token())
        + text(q.template().type())
        + text(q.template().regexp())
        + text(s.service())
        + texts(s.failover().datacenters())
        + texts(s.ignoreCheckIds())
        + text(s.near())
        + texts(s.tags())
        + texts(s.nodeMeta())
        + texts(s.serviceMeta())
        + text(q.dnsTtl());
  }

  static long of(Coordinate c) {
    return PLACE + ROW + 2 * text(c.node()) + 2 * text(c.segment()) + ARRAY + 24L * c.vec().size();
  }

  static long of(AutopilotConfig c) {
    return PLACE + ROW + text(c.redundancyZoneTag()) + text(c.upgradeVersionTag());
  }

  /** In two maps by its key, and in one by its secret or its name. */
  static long of(AccessObject object) {
    long bytes = 3 * PLACE + ROW + 2 * text(object.id());
    if (object instanceof Token token) {
      return bytes
          + text(token.secret())
          + text(token.description())
          + texts(token.policies())
          + texts(token.roles())
          + identities(token.serviceIdentities(), token.nodeIdentities())
          + text(token.authMethod());
    } else if (object instanceof Policy policy) {
      return bytes
          + 2 * text(policy.name())
          + text(policy.description())
          + text(policy.rules())
          + texts(policy.datacenters());
    }
    Role role = (Role) object;
    return bytes
        + 2 * text(role.name())
        + text(role.description())
        + texts(role.policies())
        + identities(role.serviceIdentities(), role.nodeIdentities());
  }

  private static long identities(List<ServiceIdentity> services, List<NodeIdentity> nodes) {
    long bytes = 2 * ARRAY;
    for (ServiceIdentity service : services) {
      bytes += IDENTITY + text(service.service()) + texts(service.datacenters());
    }
    for (NodeIdentity node : nodes) {
      bytes += IDENTITY + text(node.node()) + text(node.datacenter());
    }
    return bytes;
  }

  private static long texts(List<String> texts) {
    long bytes = ARRAY;
    for (String text : texts) {
      bytes += 4 + text(text);
    }
    return bytes;
  }

  private static long texts(Map<String, String> texts) {
    long bytes = ARRAY;
    for (Map.Entry<String, String> one : texts.entrySet()) {
      bytes += PLACE + text(one.getKey()) + text(one.getValue());
    }
    return bytes;
  }

  /** A character of Latin-1 takes one byte as long as all are, else each takes two. */
  private static long text(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0xFF) {
        return TEXT + 2L * text.length();
      }
    }
    return TEXT + text.length();
  }
}
