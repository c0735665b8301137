package org.comitia.agent.local;

import java.util.List;
import org.comitia.state.Check;
import org.comitia.state.Service;

/** The checks that are a maintenance mode: critical until it ends. Pure functions. */
final class Maintenance {
  private static final String NODE_CHECK = "_node_maintenance";
  private static final String SERVICE_CHECK = "_service_maintenance:";
  private static final String DEFAULT_REASON =
      "Maintenance mode is enabled for this %s, but no reason was provided. This is a default"
          + " message.";

  private Maintenance() {}

  static Check ofNode(String node, String reason) {
    return check(node, NODE_CHECK, "Node", reason, "", "", List.of());
  }

  static Check of(Service service, String reason) {
    return check(
        service.node(),
        SERVICE_CHECK + service.id(),
        "Service",
        reason,
        service.id(),
        service.name(),
        service.tags());
  }

  private static Check check(
      String node,
      String id,
      String what,
      String reason,
      String serviceId,
      String service,
      List<String> tags) {
    String notes =
        reason.isEmpty()
            ? DEFAULT_REASON.formatted(what.toLowerCase(java.util.Locale.ROOT))
            : reason;
    return new Check(
        node,
        id,
        what + " Maintenance Mode",
        "critical",
        notes,
        "",
        serviceId,
        service,
        tags,
        "maintenance",
        0,
        0);
  }
}
