package org.comitia.cli.client;

import picocli.CommandLine.Option;

/** Where the asked agent looks for the answer. */
final class ScopeOptions {
  @Option(
      names = {"-datacenter", "--datacenter"},
      paramLabel = "NAME",
      description = "The datacenter to ask. Default: the agent's own.")
  String datacenter;

  @Option(
      names = {"-stale", "--stale"},
      description = "Any server may answer, from what it has, leader or not.")
  boolean stale;
}
