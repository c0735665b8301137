package org.comitia.cli.agent;

import java.io.PrintWriter;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.comitia.cli.command.HelpOption;
import org.comitia.cli.watch.AgentWatches;
import org.comitia.config.Setting;
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

  private final AgentFlags flags = new AgentFlags();

  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  @Spec
  void addFlags(CommandSpec command) {
    flags.addTo(command);
  }

  @Override
  public Integer call() throws InterruptedException {
    DataDirectory directory = null;
    Settings settings = null;
    try {
      AgentConfiguration configuration = AgentConfiguration.resolve(flags, System.getenv());
      settings = configuration.settings();
      directory = DataDirectory.open(settings.dataDir().orElseThrow());
      PrintWriter err = spec.commandLine().getErr();
      Listeners.check(settings, Listeners.PATIENCE, line -> err.println("==> " + line));
      return run(configuration, directory, flags);
    } catch (AgentException e) {
      PrintWriter err = spec.commandLine().getErr();
      e.notes().forEach(line -> err.println("==> " + line));
      e.lines().forEach(line -> err.println("==> " + line));
      if (directory != null && settings.dev()) {
        directory.delete();
      }
      return 1;
    }
  }

  private static int run(
      AgentConfiguration configuration, DataDirectory directory, AgentFlags flags)
      throws AgentException, InterruptedException {
    Settings settings = configuration.settings();
    AgentLog log = new AgentLog(settings.logLevel(), settings.logJson(), LogFile.open(settings));
    // At once: Liberty needs seconds, and nobody should wonder meanwhile.
    log.start(StartText.lines(settings), StartText.line(settings));
    configuration.warnings().forEach(log::warn);
    if (!directory.warning().isEmpty()) {
      log.warn(directory.warning());
    }
    for (Map.Entry<String, String> property : configuration.properties().entrySet()) {
      System.setProperty(property.getKey(), property.getValue());
    }
    String home = System.getProperty("comitia.home");
    if (home == null) {
      throw new AgentException(
          "COM1101: comitia.home is not set: start the agent by the comitia script");
    }
    LibertyServer server = new LibertyServer(Path.of(home), directory.path().resolve("liberty"));
    AgentWatches watches = new AgentWatches(ownApi(settings), log::write);
    AgentProcess process =
        new AgentProcess(
            settings, server, directory, log, () -> configureAgain(flags, log, watches, server));
    process.install();
    try (PidFile file = PidFile.write(settings.pidFile())) {
      if (process.start(() -> server.start(configuration))) {
        awaitApplication(server, process);
        if (!process.ending()) {
          process.serves();
          watches.set(configuration.watches());
        }
        return process.awaitEnd();
      }
    }
    process.halt();
    return 0;
  }

  /**
   * Puts into the system properties what flags and files say now, as far as a reload changes it.
   *
   * @return "" when that was done, else what is wrong with them
   */
  private static String configureAgain(
      AgentFlags flags, AgentLog log, AgentWatches watches, LibertyServer server) {
    // The application calls, on a thread of its own: JSON's provider is looked for by the thread.
    Thread caller = Thread.currentThread();
    ClassLoader others = caller.getContextClassLoader();
    caller.setContextClassLoader(AgentCommand.class.getClassLoader());
    try {
      AgentConfiguration configuration = AgentConfiguration.resolve(flags, System.getenv());
      configuration.warnings().forEach(log::warn);
      server.reloadCertificates();
      for (Setting setting : Setting.RELOADED) {
        String text = configuration.properties().get(setting.property());
        if (text == null) {
          System.clearProperty(setting.property());
        } else {
          System.setProperty(setting.property(), text);
        }
      }
      watches.set(configuration.watches());
      return "";
    } catch (AgentException e) {
      return String.join("; ", e.lines());
    } finally {
      caller.setContextClassLoader(others);
    }
  }

  /** Where this process asks its own HTTP API. */
  private static String ownApi(Settings settings) {
    InetAddress address = settings.clientAddresses().get(0);
    boolean four = address instanceof Inet4Address;
    if (address.isAnyLocalAddress()) {
      return (four ? "127.0.0.1:" : "[::1]:") + settings.httpPort();
    }
    String host = address.getHostAddress();
    return (four ? host : "[" + host + "]") + ":" + settings.httpPort();
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
