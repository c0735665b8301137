package org.comitia.cli.acl;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia acl token}: the group of what is about tokens. */
@Command(
    name = "token",
    description = "Shows and changes tokens: what somebody shows who asks.",
    footer = "comitia acl token create -policy-name=kv-read")
public final class TokenCommand extends CommandGroup {}
