package org.comitia.cli.catalog;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.Columns;
import org.comitia.cli.client.QueryParameters;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code comitia catalog services}: the services' names, of all nodes or of one. */
@Command(
    name = "services",
    description = "Lists the services of the catalog, or those of one node.",
    footer = {"comitia catalog services -tags", "comitia catalog services -node=n1"})
public final class ServiceNamesCommand extends ScopedCommand {
  @Option(
      names = {"-node", "--node"},
      paramLabel = "NODE",
      description = "Only services of this node, by its name or id.")
  private String node = "";

  @Option(
      names = {"-tags", "--tags"},
      description = "Print each service's tags behind it.")
  private boolean tags;

  @Mixin private NodeMetadata metadata = new NodeMetadata();

  @Parameters(arity = "0..*", hidden = true)
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    String problem = Arguments.tooMany(arguments, 0);
    if (problem == null) {
      problem = metadata.problem();
    }
    if (problem != null) {
      return fail(problem);
    }
    Map<String, List<String>> services;
    try {
      QueryParameters parameters = reading();
      metadata.addTo(parameters);
      services = node.isEmpty() ? all(parameters) : ofNode(parameters);
    } catch (AgentException | ClassCastException e) {
      return fail(
          (node.isEmpty() ? "Error listing services: " : "Error listing services for node: ")
              + e.getMessage());
    }
    if (services.isEmpty()) {
      fail("No services match the given query - try expanding your search.");
      return 0;
    }
    if (tags) {
      Columns table = Columns.wide();
      services.forEach((name, all) -> table.row(name, String.join(",", all)));
      print(String.join("\n", table.lines()).strip());
    } else {
      services.keySet().forEach(this::print);
    }
    return 0;
  }

  private Map<String, List<String>> all(QueryParameters parameters) throws AgentException {
    Map<String, List<String>> services = new TreeMap<>();
    JsonObject answer =
        (JsonObject) agent().getValue("/v1/catalog/services" + parameters, AgentClient.SOON);
    answer.forEach((name, all) -> add(services, name, all));
    return services;
  }

  private Map<String, List<String>> ofNode(QueryParameters parameters) throws AgentException {
    Map<String, List<String>> services = new TreeMap<>();
    JsonValue answer =
        agent()
            .getValue("/v1/catalog/node/" + AgentClient.path(node) + parameters, AgentClient.SOON);
    if (answer instanceof JsonObject known && known.get("Services") instanceof JsonObject all) {
      for (JsonValue service : all.values()) {
        JsonObject instance = service.asJsonObject();
        add(services, instance.getString("Service", ""), instance.get("Tags"));
      }
    }
    return services;
  }

  private static void add(Map<String, List<String>> services, String name, JsonValue tags) {
    List<String> all = services.computeIfAbsent(name, any -> new ArrayList<>());
    if (tags instanceof JsonArray some) {
      some.getValuesAs(JsonString.class).forEach(tag -> all.add(tag.getString()));
      all.sort(null);
    }
  }
}
