package org.comitia.cli.acl;

import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;

/** {@code comitia acl token list}. */
@Command(name = "list", description = "Shows all tokens.")
public final class TokenListCommand extends FormattedCommand {
  @Override
  int run(AclStore acl) throws AgentException {
    return show(acl.list(AclStore.Kind.TOKEN), "\n", AclText::token);
  }

  @Override
  String failing() {
    return "Failed to retrieve the token list";
  }
}
