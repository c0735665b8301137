package org.comitia.cli.acl;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code comitia acl role create}. */
@Command(
    name = "create",
    description = "Makes a role.",
    footer = {
      "comitia acl role create -name=operators -policy-name=kv-read",
      "comitia acl role create -name=web -service-identity=web"
    })
public final class RoleCreateCommand extends FormattedCommand {
  @Mixin private LinkOptions links = new LinkOptions();

  @Option(
      names = {"-name", "--name"},
      paramLabel = "NAME",
      description = "Its name: letters, digits, - and _.")
  private String name = "";

  @Option(
      names = {"-description", "--description"},
      paramLabel = "TEXT",
      description = "What it is for.")
  private String description = "";

  @Override
  int run(AclStore acl) throws AgentException {
    if (name.isEmpty()) {
      return failWithUsage("Missing require '-name' flag");
    } else if (links.isEmpty()) {
      return fail(
          "Cannot create a role without specifying -policy-name, -policy-id, -service-identity, or"
              + " -node-identity at least once");
    }
    JsonObject role =
        Json.createObjectBuilder()
            .add("Name", name)
            .add("Description", description)
            .add("Policies", LinkOptions.array(links.policies(acl)))
            .add("ServiceIdentities", LinkOptions.array(links.services()))
            .add("NodeIdentities", LinkOptions.array(links.nodes()))
            .build();
    return show(acl.create(AclStore.Kind.ROLE, role), AclText::role);
  }

  @Override
  String failing() {
    return "Failed to create new role";
  }
}
