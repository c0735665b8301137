package org.comitia.cli.agent;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.logging.Handler;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.comitia.config.Setting;
import org.comitia.config.Settings;

/**
 * The Open Liberty server of this process, through Liberty's embedding SPI ({@code
 * com.ibm.wsspi.kernel.embeddable}); by reflection, because that SPI is in the runtime only and not
 * in a public repository. Its user and output folders lie in the agent's data directory: the
 * distribution is only read.
 */
final class LibertyServer {
  private static final String NAME = "comitia";
  private static final String APPLICATION =
      "WebSphere:service=com.ibm.websphere.application.ApplicationMBean,name=comitia";

  private final Path home;
  private final Path folder;
  private final HttpsKeys keys;
  private volatile Settings settings;
  private Object server;

  /**
   * A server that is not started yet.
   *
   * @param home the distribution
   * @param folder where its files go; made when missing
   */
  LibertyServer(Path home, Path folder) {
    this.home = home;
    this.folder = folder;
    this.keys = new HttpsKeys(folder.resolve("tls"));
  }

  /** Where Liberty's own log is. */
  Path log() {
    return folder.resolve("logs").resolve("messages.log");
  }

  /**
   * Writes the server's files and starts it; returns when Liberty has started, with its
   * applications or without.
   *
   * @throws AgentException when it did not start
   */
  void start(AgentConfiguration configuration) throws AgentException {
    settings = configuration.settings();
    if (settings.httpsPort() > 0) {
      keys.write(keys.read(settings.httpsTls()));
    }
    try {
      Path serverFolder = Files.createDirectories(folder.resolve("usr/servers").resolve(NAME));
      Path output = Files.createDirectories(folder.resolve("output"));
      new UnpackedApplication(home.resolve("apps/comitia.ear"), output).dropOther();
      new PreparedWorkarea(home).copyTo(output.resolve(NAME));
      Files.writeString(
          serverFolder.resolve("server.xml"),
          new ServerXml(home, keys).of(settings),
          StandardCharsets.UTF_8);
      if (settings.server()) {
        Files.createDirectories(settings.dataDir().orElseThrow().resolve("raft"));
      }
    } catch (IOException e) {
      throw new AgentException(
          "COM1105: cannot write the server's files in " + folder + ": " + e.getMessage());
    }
    silenceConsole();
    Map<String, String> properties = new HashMap<>();
    properties.put("comitia.home", home.toString());
    properties.put(
        Setting.DATA_DIR.property(), configuration.properties().get(Setting.DATA_DIR.property()));
    properties.put(HttpsKeys.PASSWORD, keys.password());
    properties.put("command.port", "-1");
    properties.put("com.ibm.ws.logging.console.log.level", "OFF");
    // Liberty's threads inherit it; the command's own libraries are none of their business
    Thread.currentThread().setContextClassLoader(ClassLoader.getSystemClassLoader());
    try {
      server = build();
      Object result =
          await(
              server
                  .getClass()
                  .getMethod("start", Map.class, String[].class)
                  .invoke(server, properties, new String[0]));
      if (!succeeded(result)) {
        throw new AgentException(
            "COM1106: the server did not start (" + failure(result) + "). See " + log());
      }
    } catch (ReflectiveOperationException e) {
      throw new AgentException(
          "COM1106: the server did not start (" + cause(e) + "). See " + log());
    }
  }

  /**
   * Liberty takes java.util.logging over, unless something of ours has touched it before, as the
   * reading of JSON does: then Java's own handler would go on printing every record to standard
   * error.
   */
  private static void silenceConsole() {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
  }

  /**
   * Whether Liberty, once started, has given the application up. False while it is still starting,
   * which Liberty waits for as well, but not for ever.
   */
  boolean applicationFailed() {
    try {
      Object state =
          ManagementFactory.getPlatformMBeanServer()
              .getAttribute(new ObjectName(APPLICATION), "State");
      return !"STARTING".equals(state) && !"STARTED".equals(state);
    } catch (JMException e) {
      return true;
    }
  }

  /** Why the application is not there, as far as Liberty's log tells, and where to read on. */
  String applicationProblem() {
    String reason = "";
    try (Stream<String> lines = Files.lines(log())) {
      reason =
          lines
              .filter(line -> line.contains("CWWKZ0002E") || line.contains("CWWKZ0012E"))
              .map(line -> line.replaceFirst("^.* E (?=CWWKZ)", ""))
              .reduce((first, last) -> last)
              .orElse("");
    } catch (IOException | UncheckedIOException e) {
      // the reason stays in the log
    }
    String shown = reason.length() > 600 ? reason.substring(0, 600) + "..." : reason;
    return "COM1107: the application did not start"
        + (shown.isEmpty() ? "" : " (" + shown + ")")
        + ". See "
        + log();
  }

  /**
   * Stops the server; returns when the applications have been told and have ended. Not started:
   * does nothing.
   */
  void stop() throws AgentException {
    if (server == null) {
      return;
    }
    try {
      await(
          server
              .getClass()
              .getMethod("stop", String[].class)
              .invoke(server, (Object) new String[0]));
    } catch (ReflectiveOperationException e) {
      throw new AgentException("COM1108: the server did not stop (" + cause(e) + "). See " + log());
    }
  }

  /**
   * Takes the certificates of HTTPS into use as their files are now; without HTTPS does nothing.
   * Blocks.
   *
   * @throws AgentException when they cannot be used: the old ones stay in use
   */
  void reloadCertificates() throws AgentException {
    if (settings.httpsPort() > 0) {
      keys.write(keys.read(settings.httpsTls()));
      keys.tellServer();
    }
  }

  private Object build() throws ReflectiveOperationException {
    Class<?> builderType = Class.forName("com.ibm.wsspi.kernel.embeddable.ServerBuilder");
    Object builder = builderType.getConstructor().newInstance();
    builderType.getMethod("setName", String.class).invoke(builder, NAME);
    Map<String, File> folders =
        Map.of(
            "setInstallDir", home.resolve("wlp").toFile(),
            "setUserDir", folder.resolve("usr").toFile(),
            "setOutputDir", folder.resolve("output").toFile(),
            "setLogDir", folder.resolve("logs").toFile());
    for (Map.Entry<String, File> one : folders.entrySet()) {
      builderType.getMethod(one.getKey(), File.class).invoke(builder, one.getValue());
    }
    return builderType.getMethod("build").invoke(builder);
  }

  private static Object await(Object future) throws AgentException {
    try {
      return ((Future<?>) future).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AgentException("interrupted");
    } catch (ExecutionException e) {
      throw new AgentException("Liberty failed: " + e.getCause());
    }
  }

  private static boolean succeeded(Object result) throws ReflectiveOperationException {
    return (Boolean) method(result, "successful");
  }

  private static String failure(Object result) throws ReflectiveOperationException {
    return "code " + method(result, "getReturnCode") + ", " + method(result, "getException");
  }

  private static Object method(Object result, String name) throws ReflectiveOperationException {
    return Class.forName("com.ibm.wsspi.kernel.embeddable.Server$Result")
        .getMethod(name)
        .invoke(result);
  }

  private static Throwable cause(ReflectiveOperationException failure) {
    return failure instanceof InvocationTargetException wrapped ? wrapped.getCause() : failure;
  }
}
