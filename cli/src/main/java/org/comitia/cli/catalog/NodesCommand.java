package org.comitia.cli.catalog;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
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

/** {@code comitia catalog nodes}: the nodes, or those that provide a service. */
@Command(
    name = "nodes",
    description = "Lists the nodes of the catalog, or those that provide a service.",
    footer = {
      "comitia catalog nodes -detailed",
      "comitia catalog nodes -service=web -near=_agent",
      "comitia catalog nodes -node-meta=rack=a1",
      "comitia catalog nodes -filter='Meta.rack == a1'"
    })
public final class NodesCommand extends ScopedCommand {
  @Option(
      names = {"-detailed", "--detailed"},
      description = "Print whole ids, tagged addresses and metadata.")
  private boolean detailed;

  @Option(
      names = {"-filter", "--filter"},
      paramLabel = "EXPRESSION",
      description = "Only what the expression is true for; @FILE or - reads it from there.")
  private String filter = "";

  @Option(
      names = {"-near", "--near"},
      paramLabel = "NODE",
      description = "Sort by the estimated round-trip time from this node; _agent: from the agent.")
  private String near = "";

  @Option(
      names = {"-service", "--service"},
      paramLabel = "NAME",
      description = "Only nodes that provide this service.")
  private String service = "";

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
    String expression;
    try {
      expression =
          new String(Arguments.data(filter, terminal().in()), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return fail("Could not process filter argument: " + e.getMessage());
    }
    List<JsonObject> nodes;
    try {
      nodes = nodes(expression);
    } catch (AgentException | ClassCastException e) {
      return fail(
          (service.isEmpty() ? "Error listing nodes: " : "Error listing nodes for service: ")
              + e.getMessage());
    }
    if (nodes.isEmpty()) {
      fail("No nodes match the given query - try expanding your search.");
      return 0;
    }
    table(nodes).lines().forEach(this::print);
    return 0;
  }

  private List<JsonObject> nodes(String expression) throws AgentException {
    QueryParameters parameters = reading().add("near", near).add("filter", expression);
    metadata.addTo(parameters);
    String path =
        service.isEmpty()
            ? "/v1/catalog/nodes"
            : "/v1/catalog/service/" + AgentClient.path(service);
    JsonArray answer = (JsonArray) agent().getValue(path + parameters, AgentClient.SOON);
    return answer.getValuesAs(JsonObject.class);
  }

  private Columns table(List<JsonObject> nodes) {
    Columns table =
        detailed
            ? new Columns().row("Node", "ID", "Address", "DC", "TaggedAddresses", "Meta")
            : new Columns().row("Node", "ID", "Address", "DC");
    for (JsonObject node : nodes) {
      String name = node.getString("Node", "");
      String id = node.getString("ID", "");
      String address = node.getString("Address", "");
      String datacenter = node.getString("Datacenter", "");
      if (detailed) {
        String metadataOf = service.isEmpty() ? "Meta" : "NodeMeta";
        table.row(
            name,
            id,
            address,
            datacenter,
            pairs(node.get("TaggedAddresses")),
            pairs(node.get(metadataOf)));
      } else {
        table.row(name, id.replaceFirst("-.*", ""), address, datacenter);
      }
    }
    return table;
  }

  private static String pairs(JsonValue map) {
    if (!(map instanceof JsonObject object)) {
      return "";
    }
    return new TreeMap<>(object)
        .entrySet().stream()
            .map(pair -> pair.getKey() + "=" + ((JsonString) pair.getValue()).getString())
            .collect(Collectors.joining(", "));
  }
}
