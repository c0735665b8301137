package org.comitia.cli.services;

import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code comitia services deregister}: takes services off the local agent. */
@Command(
    name = "deregister",
    description = {
      "Deregisters services from the agent.",
      "Those that definition files name, or one by its id. To be run against the agent that they were registered with."
    },
    footer = {"comitia services deregister web.json", "comitia services deregister -id=web"})
public final class DeregisterCommand extends ScopedCommand {
  @Option(
      names = {"-id", "--id"},
      paramLabel = "ID",
      description = "The id of one service, in place of files.")
  private String id = "";

  @Parameters(paramLabel = "[FILE...]", arity = "0..*")
  private List<String> files = new ArrayList<>();

  @Override
  public Integer call() {
    if (files.isEmpty() && id.isEmpty()) {
      return fail("Service deregistration requires at least one argument or -id.");
    }
    if (!files.isEmpty() && !id.isEmpty()) {
      return fail("Service deregistration requires arguments or -id, not both.");
    }
    List<String> ids = new ArrayList<>();
    try {
      for (JsonObject service : DefinitionFiles.services(files)) {
        ids.add(DefinitionFiles.id(service));
      }
    } catch (AgentException e) {
      return fail("Error: " + e.getMessage());
    }
    ids.add(id);
    ids.removeIf(String::isEmpty);
    if (ids.isEmpty()) {
      fail("No service is defined in " + String.join(", ", files) + ": nothing was deregistered");
    }
    for (String one : ids) {
      try {
        agent().put("/v1/agent/service/deregister/" + AgentClient.path(one), AgentClient.SOON);
      } catch (AgentException e) {
        return fail("Error registering service " + Arguments.quoted(one) + ": " + e.getMessage());
      }
      print("Deregistered service: " + one);
    }
    return 0;
  }
}
