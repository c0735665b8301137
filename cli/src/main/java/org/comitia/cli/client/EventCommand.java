package org.comitia.cli.client;

import jakarta.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code comitia event}: tells all agents of an event. */
@Command(
    name = "event",
    description = {
      "Fires a user event at all agents of the datacenter.",
      "The payload is optional and short. Filters are regular expressions that each agent looks at for itself. Who missed"
          + " an event is not told again."
    },
    footer = {"comitia event -name=deploy v1.2.3", "comitia watch -type=event -name=deploy"})
public final class EventCommand extends ScopedCommand {
  @Option(
      names = {"-name", "--name"},
      paramLabel = "NAME",
      description = "The event's name; required.")
  private String name = "";

  @Option(
      names = {"-node", "--node"},
      paramLabel = "REGEXP",
      description = "Only nodes with such a name.")
  private String node = "";

  @Option(
      names = {"-service", "--service"},
      paramLabel = "REGEXP",
      description = "Only nodes with such a service.")
  private String service = "";

  @Option(
      names = {"-tag", "--tag"},
      paramLabel = "REGEXP",
      description = "Only nodes whose service has such a tag; needs -service.")
  private String tag = "";

  @Parameters(paramLabel = "[PAYLOAD]", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    if (name.isEmpty()) {
      return failWithUsage("Event name must be specified");
    }
    String problem = badFilter();
    if (problem != null) {
      return fail(problem);
    }
    if (arguments.size() > 1) {
      return failWithUsage("Too many command line arguments.");
    }
    AgentClient agent;
    try {
      agent = agent();
      agent.getValue("/v1/agent/self", AgentClient.SOON);
    } catch (AgentException e) {
      return fail("Error querying Consul agent: " + e.getMessage());
    }
    try {
      byte[] payload = String.join("", arguments).getBytes(StandardCharsets.UTF_8);
      QueryParameters filters = writing().add("node", node).add("service", service).add("tag", tag);
      AgentClient.Answer answer =
          agent.put(
              "/v1/event/fire/" + AgentClient.path(name) + filters, payload, AgentClient.SOON);
      print("Event ID: " + ((JsonObject) answer.json()).getString("ID"));
      return 0;
    } catch (AgentException | ClassCastException | NullPointerException e) {
      return fail("Error firing event: " + e.getMessage());
    }
  }

  private String badFilter() {
    String[][] filters = {{"node", node}, {"service", service}, {"tag", tag}};
    for (String[] filter : filters) {
      try {
        Pattern.compile(filter[1]);
      } catch (PatternSyntaxException e) {
        return "Failed to compile " + filter[0] + " filter regexp: " + e.getMessage();
      }
    }
    return !tag.isEmpty() && service.isEmpty()
        ? "Cannot provide tag filter without service filter."
        : null;
  }
}
