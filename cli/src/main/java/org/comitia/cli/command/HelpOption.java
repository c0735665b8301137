package org.comitia.cli.command;

import picocli.CommandLine.Option;

/** {@code -help}, for every command. */
public final class HelpOption {
  @Option(
      names = {"-help", "--help", "-h"},
      usageHelp = true,
      description = "Show this help.")
  private boolean asked;
}
