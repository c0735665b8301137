package org.comitia.cli.acl;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code comitia acl token update}. */
@Command(
    name = "update",
    description = {
      "Changes a token.",
      "Policies, roles and identities that are given replace those that are there; what is not given stays."
    },
    footer = {
      "comitia acl token update -accessor-id=4be56c77 -description=\"reads keys\"",
      "comitia acl token update -accessor-id=4be56c77 -append-policy-name=kv-read"
    })
public final class TokenUpdateCommand extends FormattedCommand {
  @Mixin private AccessorOption which = new AccessorOption();
  @Mixin private LinkOptions links = new LinkOptions();
  @Mixin private RoleLinkOptions roles = new RoleLinkOptions();
  @Mixin private AppendOptions appended = new AppendOptions();

  @Option(
      names = {"-description", "--description"},
      paramLabel = "TEXT",
      description = "What it is for.")
  private String description = "";

  @Option(
      names = {"-merge-policies", "--merge-policies"},
      description = "The policies that are given come to those that are there.")
  private boolean mergePolicies;

  @Option(
      names = {"-merge-roles", "--merge-roles"},
      description = "The same for roles.")
  private boolean mergeRoles;

  @Option(
      names = {"-merge-service-identities", "--merge-service-identities"},
      description = "The same for service identities.")
  private boolean mergeServices;

  @Option(
      names = {"-merge-node-identities", "--merge-node-identities"},
      description = "The same for node identities.")
  private boolean mergeNodes;

  @Override
  int run(AclStore acl) throws AgentException {
    if (!which.isGiven()) {
      return fail("Cannot update a token without specifying the -accessor-id parameter");
    }
    String id = which.id(acl);
    JsonObject token = acl.byId(AclStore.Kind.TOKEN, id);
    JsonObjectBuilder wanted = Json.createObjectBuilder(token);
    if (!description.isEmpty()) {
      wanted.add("Description", description);
    }
    change(wanted, token, "Policies", links.policies(acl), appended.policies(acl), mergePolicies);
    change(wanted, token, "Roles", roles.roles(acl), appended.roles(acl), mergeRoles);
    change(
        wanted, token, "ServiceIdentities", links.services(), appended.services(), mergeServices);
    change(wanted, token, "NodeIdentities", links.nodes(), appended.nodes(), mergeNodes);
    return show(acl.update(AclStore.Kind.TOKEN, id, wanted.build()), AclText::token);
  }

  private static void change(
      JsonObjectBuilder wanted,
      JsonObject token,
      String field,
      List<JsonObject> given,
      List<JsonObject> appended,
      boolean merge)
      throws AgentException {
    if (!given.isEmpty() && !appended.isEmpty()) {
      throw new AgentException(
          "Cannot combine flags that set "
              + field
              + " with their -append- variants: the first replace those that are there, the others"
              + " keep them");
    }
    List<JsonObject> there = AclText.array(token, field).getValuesAs(JsonObject.class);
    if (!appended.isEmpty() || merge) {
      List<JsonObject> added = appended.isEmpty() ? given : appended;
      wanted.add(field, LinkOptions.array(LinkOptions.added(there, added, field)));
    } else if (!given.isEmpty()) {
      wanted.add(field, LinkOptions.array(given));
    }
  }

  @Override
  String failing() {
    return "Failed to update token";
  }
}
