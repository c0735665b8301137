package org.comitia.cli.acl;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia acl policy}: the group of what is about policies. */
@Command(
    name = "policy",
    description = "Shows and changes policies: rules under a name.",
    footer = "comitia acl policy create -name=kv-read -rules=@kv-read.hcl")
public final class PolicyCommand extends CommandGroup {}
