package org.comitia.cli.client;

import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.Callable;
import org.comitia.cli.command.HelpOption;
import org.comitia.cli.command.Terminal;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What the client commands share: whom they talk to and where they print. */
public abstract class ClientCommand implements Callable<Integer> {
  @Mixin private HttpOptions http = new HttpOptions();
  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  /**
   * @throws AgentException when the options cannot be understood; nothing is sent yet
   */
  protected final AgentClient agent() throws AgentException {
    return http.client();
  }

  /**
   * The same in another environment.
   *
   * @param environment what the variables say where no option is given
   */
  protected final AgentClient agent(Map<String, String> environment) throws AgentException {
    return http.client(environment);
  }

  protected final Terminal terminal() {
    return Terminal.of(spec);
  }

  protected final void print(String line) {
    PrintStream out = terminal().out();
    out.print(line);
    out.print('\n');
    out.flush();
  }

  /** A line of bytes as they are, text or not. */
  protected final void print(byte[] line) {
    PrintStream out = terminal().out();
    out.write(line, 0, line.length);
    out.write('\n');
    out.flush();
  }

  /** Prints to standard error; the value is the exit code 1, to be returned. */
  protected final int fail(String line) {
    PrintStream err = terminal().err();
    err.print(line);
    err.print('\n');
    err.flush();
    return 1;
  }

  /** Says what is wrong with the arguments and how they should be. @return 1 */
  protected final int failWithUsage(String line) {
    fail(line);
    fail("");
    return fail(usage());
  }

  protected final String usage() {
    return spec.commandLine().getUsageMessage().stripTrailing();
  }
}
