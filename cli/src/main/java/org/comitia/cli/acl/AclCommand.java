package org.comitia.cli.acl;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia acl}: the group of what is about access control. */
@Command(
    name = "acl",
    description = "Shows and changes who may do what.",
    footer = "comitia acl bootstrap")
public final class AclCommand extends CommandGroup {}
