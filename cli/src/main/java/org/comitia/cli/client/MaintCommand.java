package org.comitia.cli.client;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code comitia maint}: maintenance of the node or of one of its services. */
@Command(
    name = "maint",
    description = {
      "Puts the node or a service into maintenance, or shows what is.",
      "Maintenance is a critical check: clients that ask for healthy instances do not find it. It outlives a restart of the"
          + " agent. Without options, prints what is under maintenance and why."
    },
    footer = {
      "comitia maint -enable -reason='new disk'",
      "comitia maint -disable",
      "comitia maint -enable -service=web-1"
    })
public final class MaintCommand extends ClientCommand {
  private static final String NODE_CHECK = "_node_maintenance";
  private static final String SERVICE_CHECK = "_service_maintenance:";

  @Option(
      names = {"-enable", "--enable"},
      description = "Begin maintenance.")
  private boolean enable;

  @Option(
      names = {"-disable", "--disable"},
      description = "End maintenance.")
  private boolean disable;

  @Option(
      names = {"-reason", "--reason"},
      paramLabel = "TEXT",
      description = "Why; shown as the check's notes.")
  private String reason = "";

  @Option(
      names = {"-service", "--service"},
      paramLabel = "ID",
      description = "One service of the agent, by its id, in place of the whole node.")
  private String service = "";

  @Override
  public Integer call() {
    if (enable && disable) {
      return fail("Only one of -enable or -disable may be provided");
    }
    if (!enable && !reason.isEmpty()) {
      return fail("Reason may only be provided with -enable");
    }
    if (!enable && !disable && !service.isEmpty()) {
      return fail("Service requires either -enable or -disable");
    }
    AgentClient agent;
    String node;
    try {
      agent = agent();
      node =
          ((JsonObject) agent.getValue("/v1/agent/self", AgentClient.SOON))
              .getJsonObject("Config")
              .getString("NodeName");
    } catch (AgentException | ClassCastException | NullPointerException e) {
      return fail("Error querying Consul agent: " + e.getMessage());
    }
    return enable || disable ? change(agent) : list(agent, node);
  }

  private int change(AgentClient agent) {
    String what = service.isEmpty() ? "node" : "service";
    try {
      agent.put(
          (service.isEmpty()
                  ? "/v1/agent/maintenance"
                  : "/v1/agent/service/maintenance/" + AgentClient.path(service))
              + new QueryParameters().add("enable", String.valueOf(enable)).add("reason", reason),
          AgentClient.SOON);
    } catch (AgentException e) {
      return fail(
          "Error "
              + (enable ? "enabling " : "disabling ")
              + what
              + " maintenance: "
              + e.getMessage());
    }
    String now = " maintenance is now " + (enable ? "enabled" : "disabled");
    print(service.isEmpty() ? "Node" + now : "Service" + now + " for " + Arguments.quoted(service));
    return 0;
  }

  private int list(AgentClient agent, String node) {
    try {
      JsonObject checks = (JsonObject) agent.getValue("/v1/agent/checks", AgentClient.SOON);
      for (JsonValue value : checks.values()) {
        JsonObject check = value.asJsonObject();
        String id = check.getString("CheckID", "");
        if (id.equals(NODE_CHECK)) {
          print("Node:\n  Name:   " + node);
        } else if (id.startsWith(SERVICE_CHECK)) {
          print("Service:\n  ID:     " + check.getString("ServiceID", ""));
        } else {
          continue;
        }
        print("  Reason: " + check.getString("Notes", "") + "\n");
      }
      return 0;
    } catch (AgentException | ClassCastException e) {
      return fail("Error getting checks: " + e.getMessage());
    }
  }
}
