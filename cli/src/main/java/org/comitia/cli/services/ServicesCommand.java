package org.comitia.cli.services;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia services}: the group of the commands for an agent's own services. */
@Command(
    name = "services",
    description = "Registers and deregisters services of the agent.",
    footer = {"comitia services register web.json", "comitia services deregister -id=web"})
public final class ServicesCommand extends CommandGroup {}
