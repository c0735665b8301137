package org.comitia.cli.client;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.comitia.cli.HelpOption;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What the client commands share: whom they talk to and where they print. */
abstract class ClientCommand implements Callable<Integer> {
  @Mixin private HttpOptions http = new HttpOptions();
  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  final AgentClient agent() {
    return http.client();
  }

  final void print(String line) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }

  /** Prints to standard error; the value is the exit code 1, to be returned. */
  final int fail(String line) {
    spec.commandLine().getErr().println(line);
    return 1;
  }

  final String usage() {
    return spec.commandLine().getUsageMessage().stripTrailing();
  }
}
