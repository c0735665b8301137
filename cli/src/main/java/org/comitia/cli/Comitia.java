package org.comitia.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.comitia.cli.command.HelpOption;
import org.comitia.cli.command.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The {@code comitia} command. Options take one dash or two, and their value after a blank or an
 * equals sign.
 */
@Command(
    name = "comitia",
    description = "A Consul-compatible cluster on Open Liberty.",
    versionProvider = VersionCommand.class,
    footer = "`comitia COMMAND -help` tells more about a command.")
public final class Comitia implements Callable<Integer>, Terminal.Holder {
  /** What a shell says of a command that is not there; Consul's command says so of its own. */
  private static final int NO_SUCH_COMMAND = 127;

  private final Terminal terminal;

  @Option(
      names = {"-version", "--version", "-v"},
      versionHelp = true,
      description = "Print the version.")
  private boolean version;

  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  private Comitia(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * Runs the command and ends the process with its exit code; {@code agent} returns when its server
   * has ended.
   */
  public static void main(String[] args) {
    CommandLine commandLine = commandLine(Terminal.ofProcess());
    Commands.add(commandLine, args);
    System.exit(prepare(commandLine).execute(args));
  }

  /** The parser with all commands. */
  public static CommandLine commandLine() {
    return withAllCommands(Terminal.ofProcess());
  }

  /** The parser with all commands, for tests that look at what is printed. */
  public static CommandLine withAllCommands(Terminal terminal) {
    CommandLine commandLine = commandLine(terminal);
    Commands.addAll(commandLine);
    return prepare(commandLine);
  }

  private static CommandLine commandLine(Terminal terminal) {
    return new CommandLine(new Comitia(terminal));
  }

  /** Settings that reach the commands that are there already. */
  private static CommandLine prepare(CommandLine commandLine) {
    Terminal terminal = ((Comitia) commandLine.getCommand()).terminal;
    commandLine.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
    commandLine.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
    commandLine.setPosixClusteredShortOptionsAllowed(false);
    commandLine.setOverwrittenOptionsAllowed(true);
    commandLine.setExpandAtFiles(false); // to some commands @FILE means something else
    commandLine.setAbbreviatedOptionsAllowed(false);
    commandLine.setAbbreviatedSubcommandsAllowed(false);
    commandLine.setHelpFactory(HelpPage::new);
    commandLine.setParameterExceptionHandler(Comitia::refuse);
    commandLine.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          command.getErr().println("==> " + failure);
          return 1;
        });
    return commandLine;
  }

  /**
   * Malformed command lines end with exit code 1, in the words of Go's flag package, as in Consul;
   * a command that is not there with 127.
   */
  private static int refuse(ParameterException problem, String[] args) {
    CommandLine command = problem.getCommandLine();
    PrintWriter err = command.getErr();
    String what = GoFlags.explain(problem);
    err.println(
        command.getCommandName().equals("agent") ? "==> error parsing flags: " + what : what);
    err.println("See: " + command.getCommandSpec().qualifiedName() + " -help");
    return command.getParent() == null && GoFlags.namesNoFlag(problem) ? NO_SUCH_COMMAND : 1;
  }

  @Override
  public Terminal terminal() {
    return terminal;
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return NO_SUCH_COMMAND;
  }
}
