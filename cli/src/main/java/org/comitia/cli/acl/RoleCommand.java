package org.comitia.cli.acl;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia acl role}: the group of what is about roles. */
@Command(
    name = "role",
    description = "Shows and changes roles: policies and identities under a name.",
    footer = "comitia acl role create -name=web -service-identity=web")
public final class RoleCommand extends CommandGroup {}
