package org.comitia.cli.tls;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia tls cert}: the group of one. */
@Command(
    name = "cert",
    description = "Makes certificates for agents and for the command.",
    footer = {"comitia tls cert create -server", "comitia tls cert create -client"})
public final class CertCommand extends CommandGroup {}
