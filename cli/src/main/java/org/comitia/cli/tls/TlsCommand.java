package org.comitia.cli.tls;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia tls}: the group of the commands that make certificates. */
@Command(
    name = "tls",
    description = "Makes a certificate authority and certificates for TLS.",
    footer = {
      "comitia tls ca create",
      "comitia tls cert create -server",
      "comitia tls cert create -client",
      "comitia tls cert create -cli"
    })
public final class TlsCommand extends CommandGroup {}
