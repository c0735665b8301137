package org.comitia.cli.acl;

import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;

/** {@code comitia acl role list}. */
@Command(name = "list", description = "Shows all roles.")
public final class RoleListCommand extends FormattedCommand {
  @Override
  int run(AclStore acl) throws AgentException {
    return show(acl.list(AclStore.Kind.ROLE), "", AclText::roleEntry);
  }

  @Override
  String failing() {
    return "Failed to retrieve the role list";
  }
}
