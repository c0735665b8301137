package org.comitia.cli.agent;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.comitia.cli.HelpOption;
import org.comitia.config.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code comitia agent}: one agent in the foreground, in this process. Exit code 0 after a leave or
 * a stop that was asked for, 1 when it could not start or could not leave.
 */
@Command(name = "agent", description = "Runs an agent in the foreground.")
public final class AgentCommand implements Callable<Integer> {
  private static final Duration APPLICATION_LIMIT = Duration.ofSeconds(90);

  @Mixin private AgentFlags flags = new AgentFlags();
  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    DataDirectory directory = null;
    Settings settings = null;
    try {
      AgentConfiguration configuration = AgentConfiguration.resolve(flags, System.getenv());
      settings = configuration.settings();
      directory = DataDirectory.open(settings.dataDir().orElseThrow());
      Listeners.check(settings);
      return run(configuration, directory);
    } catch (AgentException e) {
      PrintWriter err = spec.commandLine().getErr();
      e.lines().forEach(line -> err.println("==> " + line));
      if (directory != null && settings.dev()) {
        directory.delete();
      }
      return 1;
    }
  }

  private static int run(AgentConfiguration configuration, DataDirectory directory)
      throws AgentException, InterruptedException {
    AgentLog log = new AgentLog(configuration.settings().logLevel());
    configuration.warnings().forEach(log::warn);
    for (Map.Entry<String, String> property : configuration.properties().entrySet()) {
      System.setProperty(property.getKey(), property.getValue());
    }
    String home = System.getProperty("comitia.home");
    if (home == null) {
      throw new AgentException("comitia.home is not set: start the agent by the comitia script");
    }
    LibertyServer server = new LibertyServer(Path.of(home), directory.path().resolve("liberty"));
    AgentProcess process = new AgentProcess(configuration.settings(), server, directory, log);
    process.install();
    server.start(configuration);
    awaitApplication(server, process);
    return process.awaitEnd();
  }

  /**
   * Liberty starts without an application that failed: an agent that answers nothing would help
   * nobody.
   */
  private static void awaitApplication(LibertyServer server, AgentProcess process)
      throws AgentException, InterruptedException {
    long deadline = System.nanoTime() + APPLICATION_LIMIT.toNanos();
    while (!process.ending() && !AgentProcess.applicationReady()) {
      if (server.applicationFailed() || System.nanoTime() - deadline > 0) {
        server.stop();
        throw new AgentException(server.applicationProblem());
      }
      Thread.sleep(50);
    }
  }
}
