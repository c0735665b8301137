package org.comitia.cli.acl;

import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code comitia acl role read}. */
@Command(name = "read", description = "Shows a role.", footer = "comitia acl role read -name=web")
public final class RoleReadCommand extends FormattedCommand {
  @Mixin private NamedOption which = new NamedOption();

  @Override
  int run(AclStore acl) throws AgentException {
    if (!which.isGiven()) {
      return fail("Must specify either the -id or -name parameters");
    }
    return show(which.read(acl, AclStore.Kind.ROLE), AclText::role);
  }

  @Override
  String failing() {
    return "Error reading role";
  }
}
