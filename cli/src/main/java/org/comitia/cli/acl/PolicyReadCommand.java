package org.comitia.cli.acl;

import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code comitia acl policy read}. */
@Command(
    name = "read",
    description = "Shows a policy.",
    footer = "comitia acl policy read -name=kv-read")
public final class PolicyReadCommand extends FormattedCommand {
  @Mixin private NamedOption which = new NamedOption();

  @Override
  int run(AclStore acl) throws AgentException {
    if (!which.isGiven()) {
      return fail("Must specify either the -id or -name parameters");
    }
    return show(which.read(acl, AclStore.Kind.POLICY), AclText::policy);
  }

  @Override
  String failing() {
    return "Error reading policy";
  }
}
