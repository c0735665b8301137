package org.comitia.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.comitia.cli.command.HelpOption;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code comitia help}: the commands, or one command's own help. */
@Command(name = "help", description = "Shows the commands, or what one of them does.")
final class HelpCommand implements Callable<Integer> {
  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "[COMMAND...]", arity = "0..*", description = "for example: kv get")
  private List<String> path = new ArrayList<>();

  @Override
  public Integer call() {
    CommandLine command = spec.root().commandLine();
    for (String name : path) {
      CommandLine next = command.getSubcommands().get(name);
      if (next == null) {
        spec.commandLine().getErr().println("unknown command: " + String.join(" ", path));
        return 1;
      }
      command = next;
    }
    command.usage(spec.commandLine().getOut());
    return 0;
  }
}
