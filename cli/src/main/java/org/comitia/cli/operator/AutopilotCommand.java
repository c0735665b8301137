package org.comitia.cli.operator;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia operator autopilot}: the group of the tools for autopilot. */
@Command(
    name = "autopilot",
    description = "Shows how the leader looks after the servers, and changes it.",
    footer = "comitia operator autopilot state")
public final class AutopilotCommand extends CommandGroup {}
