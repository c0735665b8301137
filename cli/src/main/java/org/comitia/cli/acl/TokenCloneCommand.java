package org.comitia.cli.acl;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code comitia acl token clone}. */
@Command(
    name = "clone",
    description = "Makes a token that may do what another one may.",
    footer = "comitia acl token clone -accessor-id=4be56c77 -description=\"for the new host\"")
public final class TokenCloneCommand extends FormattedCommand {
  @Mixin private AccessorOption which = new AccessorOption();

  @Option(
      names = {"-description", "--description"},
      paramLabel = "TEXT",
      description = "What it is for. Default: what the other one is for.")
  private String description = "";

  @Override
  int run(AclStore acl) throws AgentException {
    if (!which.isGiven()) {
      return fail("Cannot clone a token without specifying the -accessor-id parameter");
    }
    JsonObject body = Json.createObjectBuilder().add("Description", description).build();
    JsonObject made = acl.put("token/" + AgentClient.segment(which.id(acl)) + "/clone", body);
    print("Token cloned successfully.");
    return show(made, AclText::token);
  }

  @Override
  String failing() {
    return "Error cloning token";
  }
}
