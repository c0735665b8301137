package org.comitia.cli.acl;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code comitia acl policy update}. */
@Command(
    name = "update",
    description = "Changes a policy. What is not given stays, without -no-merge.",
    footer = {
      "comitia acl policy update -name=kv-read -rules=@kv-read.hcl",
      "comitia acl policy update -id=35b8ecb0 -name=new-name"
    })
public final class PolicyUpdateCommand extends FormattedCommand {
  @Mixin private NamedOption which = new NamedOption();
  @Mixin private RulesOptions content = new RulesOptions();

  @Option(
      names = {"-no-merge", "--no-merge"},
      description = "What is not given becomes empty; the name stays.")
  private boolean replace;

  @Override
  int run(AclStore acl) throws AgentException {
    if (!which.isGiven()) {
      return fail("Must specify either the -id or -name parameters");
    }
    String rules = content.rules(terminal().in());
    JsonObject before = which.read(acl, AclStore.Kind.POLICY);
    String id = before.getString("ID");
    JsonObjectBuilder policy =
        Json.createObjectBuilder()
            .add("ID", id)
            .add("Name", either(which.name(), before.getString("Name")))
            .add("Description", kept(content.description(), before, "Description"))
            .add("Rules", kept(rules, before, "Rules"));
    if (content.datacenters() != null) {
      policy.add("Datacenters", content.datacenters());
    } else if (!replace) {
      policy.add("Datacenters", AclText.array(before, "Datacenters"));
    }
    return show(acl.update(AclStore.Kind.POLICY, id, policy.build()), AclText::policy);
  }

  private String kept(String given, JsonObject before, String field) {
    return either(given, replace ? "" : before.getString(field, ""));
  }

  private static String either(String given, String otherwise) {
    return given == null || given.isEmpty() ? otherwise : given;
  }

  @Override
  String failing() {
    return "Error updating policy";
  }
}
