package org.comitia.cli.acl;

import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code comitia acl role delete}. */
@Command(
    name = "delete",
    description = "Deletes a role: who is linked with it loses what it allows.",
    footer = "comitia acl role delete -name=web")
public final class RoleDeleteCommand extends FormattedCommand {
  @Mixin private NamedOption which = new NamedOption();

  @Override
  int run(AclStore acl) throws AgentException {
    if (!which.isGiven()) {
      return fail("Must specify either the -id or -name parameters");
    }
    String id = which.id(acl, AclStore.Kind.ROLE);
    acl.delete(AclStore.Kind.ROLE, id);
    print("Role \"" + id + "\" deleted successfully");
    return 0;
  }

  @Override
  String failing() {
    return "Error deleting role";
  }
}
