package org.comitia.cli.tls;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia tls ca}: the group of one. */
@Command(
    name = "ca",
    description = "Makes a certificate authority.",
    footer = "comitia tls ca create")
public final class CaCommand extends CommandGroup {}
