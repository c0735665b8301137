package org.comitia.cli.acl;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code comitia acl role update}. */
@Command(
    name = "update",
    description = "Changes a role. What is given comes to what is there, without -no-merge.",
    footer = "comitia acl role update -name=operators -policy-name=kv-write")
public final class RoleUpdateCommand extends FormattedCommand {
  @Mixin private NamedOption which = new NamedOption();
  @Mixin private LinkOptions links = new LinkOptions();

  @Option(
      names = {"-description", "--description"},
      paramLabel = "TEXT",
      description = "What it is for.")
  private String description = "";

  @Option(
      names = {"-no-merge", "--no-merge"},
      description = "What is given replaces what is there, and what is not given becomes empty.")
  private boolean replace;

  @Override
  int run(AclStore acl) throws AgentException {
    if (!which.isGiven()) {
      return fail("Must specify either the -id or -name parameters");
    }
    JsonObject before = which.read(acl, AclStore.Kind.ROLE);
    String id = before.getString("ID");
    String name = which.name().isEmpty() ? before.getString("Name") : which.name();
    String kept = replace ? "" : before.getString("Description", "");
    JsonObjectBuilder role =
        Json.createObjectBuilder()
            .add("ID", id)
            .add("Name", name)
            .add("Description", description.isEmpty() ? kept : description)
            .add("Policies", of(before, links.policies(acl), "Policies"))
            .add("ServiceIdentities", of(before, links.services(), "ServiceIdentities"))
            .add("NodeIdentities", of(before, links.nodes(), "NodeIdentities"));
    return show(acl.update(AclStore.Kind.ROLE, id, role.build()), AclText::role);
  }

  private JsonArrayBuilder of(JsonObject before, List<JsonObject> given, String field) {
    JsonArray there = AclText.array(before, field);
    return LinkOptions.array(
        replace ? given : LinkOptions.added(there.getValuesAs(JsonObject.class), given, field));
  }

  @Override
  String failing() {
    return "Error updating role";
  }
}
