package org.comitia.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One agent of the demonstration: a process of its own, whose output is printed with its name in
 * front.
 */
final class DemoAgent {
  /** The ports an agent listens on. */
  record Ports(int http, int server, int serfLan) {}

  private static final String ADDRESS = "127.0.0.1";
  private static final String RUNNING = "agent: Comitia agent running!";

  private final String name;
  private final Ports ports;
  private final Process process;
  private volatile boolean running;

  private DemoAgent(String name, Ports ports, Process process) {
    this.name = name;
    this.ports = ports;
    this.process = process;
  }

  /**
   * Starts an agent that expects three servers and knows nobody.
   *
   * @param home the distribution
   * @param directory where its data go
   */
  static DemoAgent start(Path home, String name, Ports ports, Path directory, PrintWriter out)
      throws IOException {
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      // a session of its own: Ctrl-C is for the demonstration, which then stops its agents in order
      command.add("/usr/bin/setsid");
    }
    command.addAll(List.of(home.resolve("bin/comitia").toString(), "agent", "-server"));
    command.addAll(
        List.of("-bootstrap-expect", "3", "-node", name, "-data-dir", directory.toString()));
    command.addAll(List.of("-bind", ADDRESS, "-client", ADDRESS));
    command.addAll(List.of("-http-port", String.valueOf(ports.http())));
    command.addAll(List.of("-server-port", String.valueOf(ports.server())));
    command.addAll(List.of("-serf-lan-port", String.valueOf(ports.serfLan())));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(variable -> variable.startsWith("COMITIA_"));
    builder.environment().put("COMITIA_PROFILE", "fast");
    builder.environment().put("COMITIA_SKIP_LEAVE_ON_INTERRUPT", "true");
    DemoAgent agent = new DemoAgent(name, ports, builder.start());
    Thread reader = new Thread(() -> agent.copyTo(out), "demo-" + name);
    reader.setDaemon(true);
    reader.start();
    return agent;
  }

  String name() {
    return name;
  }

  /** Its HTTP API, as {@code host:port}. */
  String http() {
    return ADDRESS + ":" + ports.http();
  }

  /** What the others join, as {@code host:port}. */
  String serfLan() {
    return ADDRESS + ":" + ports.serfLan();
  }

  /** Whether it has said that it is up. */
  boolean running() {
    return running;
  }

  boolean alive() {
    return process.isAlive();
  }

  /** Asks it to stop without leaving; returns at once. */
  void stop() {
    process.destroy();
  }

  /** Waits until it has ended, and kills it when that takes longer than the limit. */
  void awaitEnd(long seconds) throws InterruptedException {
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  private void copyTo(PrintWriter out) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        running |= line.endsWith(RUNNING);
        out.println(name + " | " + line);
        out.flush();
      }
    } catch (IOException e) {
      // the process has ended
    }
  }
}
