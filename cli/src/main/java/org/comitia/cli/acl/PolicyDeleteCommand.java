package org.comitia.cli.acl;

import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code comitia acl policy delete}. */
@Command(
    name = "delete",
    description = "Deletes a policy: who is linked with it loses what it allows.",
    footer = "comitia acl policy delete -name=kv-read")
public final class PolicyDeleteCommand extends FormattedCommand {
  @Mixin private NamedOption which = new NamedOption();

  @Override
  int run(AclStore acl) throws AgentException {
    if (!which.isGiven()) {
      return fail("Must specify either the -id or -name parameters");
    }
    String id = which.id(acl, AclStore.Kind.POLICY);
    acl.delete(AclStore.Kind.POLICY, id);
    print("Policy \"" + id + "\" deleted successfully");
    return 0;
  }

  @Override
  String failing() {
    return "Error deleting policy";
  }
}
