package org.comitia.cli.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.comitia.cli.command.HelpOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code comitia validate}: reads configuration files as the agent would, and starts nothing. */
@Command(
    name = "validate",
    description = {
      "Checks configuration files without starting an agent.",
      "Reads files and directories as `comitia agent -config-file -config-dir` does. Exit code 0 when an agent would start with"
          + " them alone, 1 when not; every mistake is named."
    },
    footer = "comitia validate /etc/comitia")
public final class ValidateCommand implements Callable<Integer> {
  @Option(
      names = {"-quiet", "--quiet"},
      description = "Print nothing unless something is wrong.")
  private boolean quiet;

  @Option(
      names = {"-config-format", "--config-format"},
      paramLabel = "FORMAT",
      description = "With json, all files of a directory are read, whatever their names.")
  private String format = "";

  @Parameters(paramLabel = "FILE_OR_DIRECTORY...", arity = "0..*")
  private List<String> paths = new ArrayList<>();

  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (paths.isEmpty()) {
      return fail("Must specify at least one config file or directory");
    }
    AgentFlags flags = new AgentFlags();
    flags.setFormat(format);
    paths.forEach(flags::addSource);
    try {
      AgentConfiguration configuration = AgentConfiguration.resolve(flags, System.getenv());
      if (!quiet) {
        configuration.warnings().forEach(this::fail);
        spec.commandLine().getOut().println("Configuration is valid!");
      }
      return 0;
    } catch (AgentException e) {
      e.notes().forEach(this::fail);
      e.lines().forEach(line -> fail("Config validation failed: " + line));
      return 1;
    }
  }

  private int fail(String line) {
    spec.commandLine().getErr().println(line);
    return 1;
  }
}
