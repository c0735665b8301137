package org.comitia.cli.acl;

import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code comitia acl token delete}. */
@Command(
    name = "delete",
    description = "Deletes a token: who shows it may nothing any more.",
    footer = "comitia acl token delete -accessor-id=4be56c77")
public final class TokenDeleteCommand extends FormattedCommand {
  @Mixin private AccessorOption which = new AccessorOption();

  @Override
  int run(AclStore acl) throws AgentException {
    if (!which.isGiven()) {
      return fail("Must specify the -accessor-id parameter");
    }
    String id = which.id(acl);
    acl.delete(AclStore.Kind.TOKEN, id);
    print("Token \"" + id + "\" deleted successfully");
    return 0;
  }

  @Override
  String failing() {
    return "Error deleting token";
  }
}
