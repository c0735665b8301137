package org.comitia.cli.acl;

import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code comitia acl token read}. */
@Command(
    name = "read",
    description = "Shows a token.",
    footer = {"comitia acl token read -accessor-id=4be56c77", "comitia acl token read -self"})
public final class TokenReadCommand extends FormattedCommand {
  @Mixin private AccessorOption which = new AccessorOption();

  @Option(
      names = {"-self", "--self"},
      description = "The token that the command itself shows the agent.")
  private boolean self;

  @Override
  int run(AclStore acl) throws AgentException {
    if (self == which.isGiven()) {
      return fail("Must specify either -accessor-id or -self");
    }
    return show(
        self ? acl.get("token/self") : acl.byId(AclStore.Kind.TOKEN, which.id(acl)),
        AclText::token);
  }

  @Override
  String failing() {
    return "Error reading token";
  }
}
