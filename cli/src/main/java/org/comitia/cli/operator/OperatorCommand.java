package org.comitia.cli.operator;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia operator}: the group of the operators' tools. */
@Command(
    name = "operator",
    description = "Tools for operators.",
    footer = "comitia operator raft list-peers")
public final class OperatorCommand extends CommandGroup {}
