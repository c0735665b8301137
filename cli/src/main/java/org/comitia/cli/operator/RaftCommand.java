package org.comitia.cli.operator;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia operator raft}: the group of the tools for Raft. */
@Command(name = "raft", description = "Shows and changes who takes part in Raft.")
public final class RaftCommand extends CommandGroup {}
