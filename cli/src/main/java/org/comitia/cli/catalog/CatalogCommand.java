package org.comitia.cli.catalog;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia catalog}: the group of the catalog's commands. */
@Command(
    name = "catalog",
    description = "Lists datacenters, nodes and services.",
    footer = {"comitia catalog nodes -service=web", "comitia catalog services -tags"})
public final class CatalogCommand extends CommandGroup {}
