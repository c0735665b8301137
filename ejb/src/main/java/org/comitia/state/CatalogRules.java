package org.comitia.state;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How commands change nodes, services and checks. A row that does not change keeps its ModifyIndex,
 * and nothing wakes. Follows the pages {@code api/catalog} and what Consul was seen to do.
 */
final class CatalogRules {
  /** The check that says whether a node's agent is a live member. */
  static final String SERF_HEALTH = "serfHealth";

  static final String CRITICAL = "critical";

  private CatalogRules() {}

  /**
   * @throws Refused with Consul's text, which names the part that could not be inserted
   */
  static boolean register(Draft draft, Command.Register register) {
    String node = register.node().name();
    if (draft.node(node) == null || !register.skipNodeUpdate()) {
      inserting("node", "", () -> ensureNode(draft, register.node()));
    }
    if (register.service() != null) {
      ensureService(draft, node, register.service());
    }
    for (Check check : register.checks()) {
      inserting("check", " on node " + Names.quote(node), () -> ensureCheck(draft, node, check));
    }
    return true;
  }

  private static void inserting(String what, String where, Runnable insert) {
    try {
      insert.run();
    } catch (Refused refused) {
      throw new Refused("failed inserting " + what + ": " + refused.getMessage() + where);
    }
  }

  static boolean deregister(Draft draft, Command.Deregister deregister) {
    if (isGiven(deregister.serviceId())) {
      removeService(draft, deregister.node(), deregister.serviceId());
    } else if (isGiven(deregister.checkId())) {
      removeCheck(draft, draft.check(deregister.node(), deregister.checkId()));
    } else {
      removeNode(draft, draft.node(deregister.node()));
    }
    return true;
  }

  private static boolean isGiven(String id) {
    return id != null && !id.isEmpty();
  }

  // ---- nodes

  /**
   * @throws Refused when the name belongs to another node
   */
  static void ensureNode(Draft draft, Node wanted) {
    Node known = wanted.id().isEmpty() ? null : claimName(draft, wanted);
    if (known == null) {
      known = draft.node(wanted.name());
    }
    if (known != null && sameNode(known, wanted)) {
      return;
    }
    draft.putNode(
        new Node(
            wanted.id(),
            wanted.name(),
            wanted.address(),
            wanted.datacenter(),
            sorted(wanted.taggedAddresses()),
            sorted(wanted.meta()),
            known == null ? draft.index : known.createIndex(),
            draft.index));
    draft.servicesOf(wanted.name()).forEach(s -> draft.moveServiceIndex(s.name()));
  }

  /**
   * Looks at who has the id and who has the name. A node that comes under another name is renamed:
   * what was registered under the old name goes. A name belongs to its node as long as the node's
   * serfHealth is known and not critical.
   *
   * @return the node that has this id, null for none
   */
  private static Node claimName(Draft draft, Node wanted) {
    Node sameId = draft.nodeById(wanted.id());
    Node sameName = draft.node(wanted.name());
    if (sameId != null && Names.same(sameId.name(), wanted.name())) {
      return sameId;
    }
    boolean stealable = sameId == null && sameName != null && sameName.id().isEmpty();
    if (sameName != null && !stealable && isAlive(draft, sameName)) {
      String address = sameId == null ? "" : " (" + wanted.address() + ")";
      throw new Refused(
          "Error while renaming Node ID: %s%s: Node name %s is reserved by node %s with name %s (%s)"
              .formatted(
                  Names.quote(wanted.id()),
                  address,
                  wanted.name(),
                  sameName.id(),
                  sameName.name(),
                  sameName.address()));
    }
    if (sameId != null) {
      removeNode(draft, sameId);
    }
    return sameId;
  }

  private static boolean isAlive(Draft draft, Node node) {
    Check health = draft.check(node.name(), SERF_HEALTH);
    return health != null && !CRITICAL.equals(health.status());
  }

  private static boolean sameNode(Node a, Node b) {
    return a.id().equals(b.id())
        && Names.same(a.name(), b.name())
        && a.address().equals(b.address())
        && a.datacenter().equals(b.datacenter())
        && a.taggedAddresses().equals(b.taggedAddresses())
        && a.meta().equals(b.meta());
  }

  static void removeNode(Draft draft, Node node) {
    if (node == null) {
      return;
    }
    for (Service service : draft.servicesOf(node.name())) {
      removeService(draft, node.name(), service.id());
    }
    draft.checksOf(node.name()).forEach(check -> removeCheck(draft, check));
    draft.coordinatesOf(node.name()).forEach(draft::removeCoordinate);
    draft.removeNode(node);
    SessionRules.nodeGone(draft, node.name());
  }

  // ---- services

  static void ensureService(Draft draft, String node, Service given) {
    String id = given.id().isEmpty() ? given.name() : given.id();
    Service existing = draft.service(node, id);
    Service wanted =
        existing == null
            ? service(node, id, given).at(draft.index, draft.index)
            : service(node, id, given).at(existing.createIndex(), existing.modifyIndex());
    if (existing != null) {
      if (service(existing.node(), id, wanted)
          .at(existing.createIndex(), existing.modifyIndex())
          .equals(existing)) {
        return;
      }
      wanted = wanted.at(existing.createIndex(), draft.index);
    }
    draft.putService(wanted);
    draft.moveServiceIndex(wanted.name());
    if (existing != null && !Names.same(existing.name(), wanted.name())) {
      draft.moveServiceIndex(existing.name());
    }
  }

  private static Service service(String node, String id, Service given) {
    return new Service(
        node,
        id,
        given.name(),
        given.kind(),
        List.copyOf(given.tags()),
        given.address(),
        sorted(given.taggedAddresses()),
        sorted(given.meta()),
        given.port(),
        given.socketPath(),
        given.weightPassing(),
        given.weightWarning(),
        given.enableTagOverride(),
        given.proxy(),
        given.connect(),
        0,
        0);
  }

  static void removeService(Draft draft, String node, String id) {
    Service service = draft.service(node, id);
    if (service == null) {
      return;
    }
    for (Check check : draft.checksOf(node)) {
      if (Names.same(check.serviceId(), id)) {
        removeCheck(draft, check);
      }
    }
    draft.removeService(service);
    draft.moveServiceIndex(service.name());
  }

  // ---- checks

  /**
   * @throws Refused when its service is not on the node
   */
  static void ensureCheck(Draft draft, String node, Check given) {
    String id = given.id().isEmpty() ? given.name() : given.id();
    Check existing = draft.check(node, id);
    String serviceName = given.serviceName();
    List<String> serviceTags = given.serviceTags();
    if (!given.serviceId().isEmpty()) {
      Service service = draft.service(node, given.serviceId());
      if (service == null) {
        throw new Refused("Missing service registration");
      }
      serviceName = service.name();
      serviceTags = service.tags();
    }
    Check wanted =
        new Check(
            existing == null ? node : existing.node(),
            id,
            given.name(),
            given.status().isEmpty() ? CRITICAL : given.status(),
            given.notes(),
            given.output(),
            given.serviceId(),
            serviceName,
            List.copyOf(serviceTags),
            given.type(),
            given.interval(),
            given.timeout(),
            given.exposedPort(),
            given.definition(),
            existing == null ? draft.index : existing.createIndex(),
            existing == null ? draft.index : existing.modifyIndex());
    if (wanted.equals(existing)) {
      return;
    }
    if (CRITICAL.equals(wanted.status())) {
      SessionRules.checkFailed(draft, wanted);
    }
    draft.putCheck(wanted.at(wanted.createIndex(), draft.index));
    moveIndexesFor(draft, wanted);
    if (existing != null && !Names.same(existing.serviceId(), wanted.serviceId())) {
      moveIndexesFor(draft, existing);
    }
  }

  static void removeCheck(Draft draft, Check check) {
    if (check != null) {
      SessionRules.checkFailed(draft, check);
      draft.removeCheck(check);
      moveIndexesFor(draft, check);
    }
  }

  /** A check of a node matters to every service on it. */
  private static void moveIndexesFor(Draft draft, Check check) {
    if (check.serviceId().isEmpty()) {
      draft.servicesOf(check.node()).forEach(s -> draft.moveServiceIndex(s.name()));
    } else {
      Service service = draft.service(check.node(), check.serviceId());
      if (service != null) {
        draft.moveServiceIndex(service.name());
      }
    }
  }

  /** The order of a map must not depend on the server: listings and digests show it. */
  static <V> Map<String, V> sorted(Map<String, V> map) {
    return Collections.unmodifiableMap(new TreeMap<>(map));
  }
}
