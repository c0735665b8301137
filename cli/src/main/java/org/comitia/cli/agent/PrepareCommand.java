package org.comitia.cli.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.comitia.cli.command.HelpOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code comitia prepare}: lets an agent run once on a data directory of its own, by the script
 * {@code lib/boot/prepare}, and keeps what makes the starts of later ones short. For this JDK and
 * this place; the build does it for the distribution that it leaves.
 */
@Command(
    name = "prepare",
    description = {
      "Makes agents of this installation start in less time.",
      "Runs an agent for some seconds, on free ports of 127.0.0.1 and with data of its own, and keeps in lib/boot",
      "what later ones can take over. To be run once after the distribution was unpacked, moved or got another JDK."
    })
public final class PrepareCommand implements Callable<Integer> {
  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path home = Path.of(System.getProperty("comitia.home"));
    String script = home.resolve("lib/boot/prepare").toString();
    ProcessBuilder run =
        new ProcessBuilder(script, home.toString(), System.getProperty("java.home")).inheritIO();
    run.environment().keySet().removeIf(variable -> variable.startsWith("COMITIA_"));
    if (run.start().waitFor() != 0) {
      return 1; // the script has said why
    }
    spec.commandLine()
        .getOut()
        .println("==> Prepared: agents of " + home + " that run on this JDK start in less time");
    return 0;
  }
}
