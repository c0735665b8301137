package org.comitia.cli.catalog;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code comitia rtt}: the estimated round-trip time between two nodes. */
@Command(
    name = "rtt",
    description = {
      "Estimates the round-trip time between two nodes.",
      "From the network coordinates that the agents keep; nothing is sent between the two. Without a second node, to the"
          + " agent's own."
    },
    footer = {"comitia rtt n1 n2", "comitia rtt n1"})
public final class RttCommand extends ScopedCommand {
  @Option(
      names = {"-wan", "--wan"},
      description = "Use the coordinates between datacenters; nodes are then NAME.DATACENTER.")
  private boolean wan;

  @Parameters(paramLabel = "NODE [NODE]", arity = "0..*")
  private List<String> nodes = new ArrayList<>();

  @Override
  public Integer call() {
    if (nodes.isEmpty() || nodes.size() > 2) {
      return failWithUsage("One or two node names must be specified");
    }
    AgentClient agent;
    try {
      agent = agent();
      if (nodes.size() < 2) {
        JsonObject config = self(agent);
        String own = config.getString("NodeName");
        nodes.add(wan ? own + "." + config.getString("Datacenter") : own);
      }
    } catch (AgentException | ClassCastException | NullPointerException e) {
      return fail("Unable to look up agent info: " + e.getMessage());
    }
    if (wan && !nodes.stream().allMatch(node -> node.matches("[^.]*\\.[^.]*"))) {
      return fail("Node names must be specified as <node name>.<datacenter> with -wan");
    }
    List<Coordinate> found = new ArrayList<>();
    try {
      for (String node : nodes) {
        found.add(wan ? betweenDatacenters(agent, node) : inDatacenter(agent, node));
      }
    } catch (AgentException | ClassCastException | NullPointerException e) {
      return fail("Error getting coordinates: " + e.getMessage());
    }
    for (int i = 0; i < 2; i++) {
      if (found.get(i) == null) {
        return fail("Could not find a coordinate for node " + Arguments.quoted(nodes.get(i)));
      }
    }
    double millis;
    try {
      millis = found.get(0).distanceTo(found.get(1)) * 1000;
    } catch (IllegalArgumentException e) {
      return fail("Error comparing coordinates: " + e.getMessage());
    }
    print(
        String.format(
            Locale.ROOT,
            "Estimated %s <-> %s rtt: %.3f ms (using %s coordinates)",
            nodes.get(0),
            nodes.get(1),
            millis,
            wan ? "WAN" : "LAN"));
    return 0;
  }

  private static JsonObject self(AgentClient agent) throws AgentException {
    return ((JsonObject) agent.getValue("/v1/agent/self", AgentClient.SOON))
        .getJsonObject("Config");
  }

  private Coordinate inDatacenter(AgentClient agent, String node) throws AgentException {
    return find(
        (JsonArray) agent.getValue("/v1/coordinate/nodes" + reading(), AgentClient.SOON), node);
  }

  private static Coordinate betweenDatacenters(AgentClient agent, String node)
      throws AgentException {
    int dot = node.indexOf('.');
    JsonArray all = (JsonArray) agent.getValue("/v1/coordinate/datacenters", AgentClient.SOON);
    for (JsonObject datacenter : all.getValuesAs(JsonObject.class)) {
      if (datacenter.getString("Datacenter", "").equals(node.substring(dot + 1))) {
        return find(datacenter.getJsonArray("Coordinates"), node.substring(0, dot));
      }
    }
    return null;
  }

  private static Coordinate find(JsonArray entries, String node) {
    for (JsonObject entry : entries.getValuesAs(JsonObject.class)) {
      if (entry.getString("Node", "").equalsIgnoreCase(node)) {
        return Coordinate.of(entry.getJsonObject("Coord"));
      }
    }
    return null;
  }
}
