package org.comitia.cli.operator;

import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.IndentedJson;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code comitia operator autopilot state}: how the servers are, as the leader sees them. */
@Command(
    name = "state",
    description = "Shows how the servers are, as the leader sees them.",
    footer = "comitia operator autopilot state -format=json")
public final class AutopilotStateCommand extends ScopedCommand {
  /** A label for people, and the field that it shows. */
  private record Line(String label, String field) {}

  private static final Line[] CLUSTER = {
    new Line("Healthy", "Healthy"),
    new Line("Failure Tolerance", "FailureTolerance"),
    new Line("Optimistic Failure Tolerance", "OptimisticFailureTolerance"),
    new Line("Leader", "Leader")
  };

  private static final Line[] SERVER = {
    new Line("Name", "Name"),
    new Line("Address", "Address"),
    new Line("Version", "Version"),
    new Line("Status", "Status"),
    new Line("Node Type", "NodeType"),
    new Line("Node Status", "NodeStatus"),
    new Line("Healthy", "Healthy"),
    new Line("Last Contact", "LastContact"),
    new Line("Last Term", "LastTerm"),
    new Line("Last Index", "LastIndex"),
    new Line("Stable Since", "StableSince")
  };

  @Option(
      names = {"-format", "--format"},
      paramLabel = "FORMAT",
      description = "pretty, or json.")
  private String format = "pretty";

  @Override
  public Integer call() {
    if (!format.equals("pretty") && !format.equals("json")) {
      return fail("Invalid format, valid formats are [json pretty]");
    }
    JsonObject state;
    try {
      state =
          (JsonObject)
              agent().getValue("/v1/operator/autopilot/state" + reading(), AgentClient.SOON);
    } catch (AgentException | ClassCastException e) {
      return fail("Error querying Autopilot state: " + e.getMessage());
    }
    if (format.equals("json")) {
      print(IndentedJson.of(state, "    "));
    } else {
      pretty(state);
    }
    return 0;
  }

  private void pretty(JsonObject state) {
    lines(CLUSTER, state, "", 30);
    print("Voters:");
    state.getJsonArray("Voters").forEach(id -> print("   " + text(id)));
    print("Servers:");
    Map<String, JsonValue> servers = new TreeMap<>(state.getJsonObject("Servers"));
    servers.forEach(
        (id, server) -> {
          print("   " + id);
          lines(SERVER, server.asJsonObject(), "      ", 17);
        });
  }

  private void lines(Line[] lines, JsonObject of, String indent, int width) {
    for (Line line : lines) {
      if (of.containsKey(line.field)) {
        String label = line.label + ":";
        print(indent + label + " ".repeat(width - label.length()) + text(of.get(line.field)));
      }
    }
  }

  private static String text(JsonValue value) {
    return value instanceof JsonString text ? text.getString() : value.toString();
  }
}
