package org.comitia.web.agent;

import java.util.List;
import org.comitia.agent.local.LocalServices;
import org.comitia.state.Check;
import org.comitia.state.Names;
import org.comitia.state.Service;

/**
 * How one instance on this agent is, from its own checks and the node's.
 *
 * @param service null when there is no such instance
 * @param status {@code passing}, {@code warning}, {@code critical} or {@code maintenance}
 */
record InstanceHealth(Service service, String status, List<Check> checks) {
  private static final String SERVICE_MAINTENANCE = "_service_maintenance:";
  private static final String NODE_MAINTENANCE = "_node_maintenance";

  static final InstanceHealth UNKNOWN = new InstanceHealth(null, "critical", List.of());

  static InstanceHealth of(Service service, LocalServices.View view) {
    List<Check> checks =
        view.checks().values().stream()
            .filter(c -> c.serviceId().isEmpty() || Names.same(c.serviceId(), service.id()))
            .toList();
    return new InstanceHealth(service, status(checks), checks);
  }

  private static String status(List<Check> checks) {
    String worst = "passing";
    for (Check check : checks) {
      if (check.id().equals(NODE_MAINTENANCE) || check.id().startsWith(SERVICE_MAINTENANCE)) {
        return "maintenance";
      }
      if (check.status().equals("critical")
          || (check.status().equals("warning") && worst.equals("passing"))) {
        worst = check.status();
      }
    }
    return worst;
  }

  /** The status code that says the same. */
  int code() {
    return switch (status) {
      case "passing" -> 200;
      case "warning" -> 429;
      default -> 503;
    };
  }
}
