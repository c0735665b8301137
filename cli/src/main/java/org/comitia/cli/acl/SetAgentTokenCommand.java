package org.comitia.cli.acl;

import jakarta.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.ClientCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code comitia acl set-agent-token}: gives the agent a token for its own requests. */
@Command(
    name = "set-agent-token",
    description = {
      "Gives the agent a token for what it asks for itself.",
      "TYPE is default, agent, recovery, replication or config_file_service_registration.",
      "TOKEN is the secret itself, which others on this machine may see meanwhile; @FILE or - for standard input hide it."
    },
    footer = "comitia acl set-agent-token agent @agent-token")
public final class SetAgentTokenCommand extends ClientCommand {
  /** What the API calls a type. */
  private static final Map<String, String> TYPES =
      Map.of(
          "default", "default",
          "agent", "agent",
          "recovery", "agent_recovery",
          "master", "agent_recovery",
          "replication", "replication",
          "config_file_service_registration", "config_file_service_registration");

  @Parameters(paramLabel = "TYPE TOKEN", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    if (arguments.size() != 2) {
      return failWithUsage(
          arguments.size() < 2 ? "Error! Not enough arguments" : "Error! Too many arguments");
    }
    String type = arguments.get(0);
    if (!TYPES.containsKey(type)) {
      return fail("Unknown token type");
    }
    try {
      byte[] data = Arguments.data(arguments.get(1), terminal().in());
      String secret = new String(data, StandardCharsets.UTF_8).strip();
      byte[] body =
          Json.createObjectBuilder()
              .add("Token", secret)
              .build()
              .toString()
              .getBytes(StandardCharsets.UTF_8);
      agent().put("/v1/agent/token/" + TYPES.get(type), body, AgentClient.SOON);
    } catch (AgentException | IOException e) {
      return fail("Failed to set ACL token \"" + type + "\": " + e.getMessage());
    }
    print("ACL token \"" + type + "\" set successfully");
    return 0;
  }
}
