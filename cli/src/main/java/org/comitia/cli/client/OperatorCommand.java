package org.comitia.cli.client;

import org.comitia.cli.HelpOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code comitia operator}: the group of the operators' tools. */
@Command(
    name = "operator",
    description = "Tools for operators.",
    subcommands = OperatorCommand.Raft.class)
public final class OperatorCommand implements Runnable {
  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  /** {@code comitia operator raft}: the group of the tools for Raft. */
  @Command(name = "raft", description = "Tools for Raft.", subcommands = ListPeersCommand.class)
  static final class Raft implements Runnable {
    @Mixin private HelpOption help;
    @Spec private CommandSpec spec;

    @Override
    public void run() {
      throw new ParameterException(spec.commandLine(), "a command is missing");
    }
  }
}
