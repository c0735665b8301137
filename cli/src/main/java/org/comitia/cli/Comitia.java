package org.comitia.cli;

import java.io.PrintWriter;
import org.comitia.cli.agent.AgentCommand;
import org.comitia.cli.client.ForceLeaveCommand;
import org.comitia.cli.client.InfoCommand;
import org.comitia.cli.client.JoinCommand;
import org.comitia.cli.client.LeaveCommand;
import org.comitia.cli.client.MembersCommand;
import org.comitia.cli.client.OperatorCommand;
import org.comitia.cli.demo.DemoCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The {@code comitia} command. Options take one dash or two, and their value after a blank or an
 * equals sign.
 */
@Command(
    name = "comitia",
    description = "A Consul-compatible cluster on Open Liberty.",
    subcommands = {
      AgentCommand.class,
      DemoCommand.class,
      JoinCommand.class,
      InfoCommand.class,
      MembersCommand.class,
      LeaveCommand.class,
      ForceLeaveCommand.class,
      OperatorCommand.class,
      VersionCommand.class,
      CommandLine.HelpCommand.class
    })
public final class Comitia implements Runnable {
  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  /**
   * Runs the command and ends the process with its exit code; {@code agent} returns when its server
   * has ended.
   */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The parser with all commands, for the process and for tests. */
  public static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Comitia());
    commandLine.setPosixClusteredShortOptionsAllowed(false);
    commandLine.setOverwrittenOptionsAllowed(true);
    commandLine.setAbbreviatedOptionsAllowed(false);
    commandLine.setAbbreviatedSubcommandsAllowed(false);
    commandLine.setParameterExceptionHandler(Comitia::refuse);
    commandLine.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          command.getErr().println("==> " + failure);
          return 1;
        });
    return commandLine;
  }

  /**
   * Malformed command lines end with exit code 1, in the words of Go's flag package, as in Consul.
   */
  private static int refuse(ParameterException problem, String[] args) {
    CommandLine command = problem.getCommandLine();
    PrintWriter err = command.getErr();
    String what = GoFlags.explain(problem);
    err.println(
        command.getCommandName().equals("agent") ? "==> error parsing flags: " + what : what);
    err.println("See: " + command.getCommandSpec().qualifiedName() + " -help");
    return 1;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
