package org.comitia.cli.acl;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code comitia acl policy create}. */
@Command(
    name = "create",
    description = "Makes a policy.",
    footer = {
      "comitia acl policy create -name=kv-read -rules='key_prefix \"\" { policy = \"read\" }'",
      "comitia acl policy create -name=kv-read -rules=@kv-read.hcl"
    })
public final class PolicyCreateCommand extends FormattedCommand {
  @Mixin private RulesOptions content = new RulesOptions();

  @Option(
      names = {"-name", "--name"},
      paramLabel = "NAME",
      description = "Its name: letters, digits, - and _.")
  private String name = "";

  @Override
  int run(AclStore acl) throws AgentException {
    if (name.isEmpty()) {
      return failWithUsage("Missing require '-name' flag");
    }
    String rules = content.rules(terminal().in());
    JsonObjectBuilder policy =
        Json.createObjectBuilder()
            .add("Name", name)
            .add("Description", content.description())
            .add("Rules", rules == null ? "" : rules);
    if (content.datacenters() != null) {
      policy.add("Datacenters", content.datacenters());
    }
    return show(acl.create(AclStore.Kind.POLICY, policy.build()), AclText::policy);
  }

  @Override
  String failing() {
    return "Failed to create new policy";
  }
}
