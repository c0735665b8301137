package org.comitia.cli.acl;

import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;

/** {@code comitia acl policy list}. */
@Command(name = "list", description = "Shows all policies.")
public final class PolicyListCommand extends FormattedCommand {
  @Override
  int run(AclStore acl) throws AgentException {
    return show(acl.list(AclStore.Kind.POLICY), "", AclText::policyEntry);
  }

  @Override
  String failing() {
    return "Failed to retrieve the policy list";
  }
}
