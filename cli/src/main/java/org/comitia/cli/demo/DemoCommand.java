package org.comitia.cli.demo;

import jakarta.json.JsonString;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.command.HelpOption;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code comitia demo}: starts three servers on free ports of 127.0.0.1, joins them, shows their
 * log lines, {@code members} and {@code info}, and stays until Ctrl-C. Then it stops them, without
 * making them leave, and deletes their data.
 */
@Command(
    name = "demo",
    description = "Starts three servers on this machine and shows them become a cluster.")
public final class DemoCommand implements Callable<Integer> {
  private static final Duration START_LIMIT = Duration.ofSeconds(180);
  private static final Duration LEADER_LIMIT = Duration.ofSeconds(60);
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);
  private static final int STOP_SECONDS = 20;

  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  private final List<DemoAgent> agents = new ArrayList<>();
  private volatile boolean stopping;
  private PrintWriter out;

  @Override
  public Integer call() throws IOException, InterruptedException {
    out = spec.commandLine().getOut();
    Path home = Path.of(System.getProperty("comitia.home"));
    Path directory = Files.createTempDirectory("comitia-demo-");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> cleanUp(directory), "demo-end"));
    List<DemoAgent.Ports> ports = freePorts();
    for (int i = 0; i < ports.size(); i++) {
      String name = "n" + (i + 1);
      DemoAgent agent = DemoAgent.start(home, name, ports.get(i), directory.resolve(name), out);
      agents.add(agent);
      say(
          name
              + ": http://"
              + agent.http()
              + ", server port "
              + ports.get(i).server()
              + ", serf LAN port "
              + ports.get(i).serfLan());
    }
    if (!await("is running", START_LIMIT, DemoAgent::running)) {
      return 1;
    }
    List<String> join = new ArrayList<>(List.of("join", "-http-addr", agents.get(0).http()));
    agents.forEach(agent -> join.add(agent.serfLan()));
    int joined = run(join);
    if (joined != 0 || !await("knows a leader", LEADER_LIMIT, agent -> !leader(agent).isEmpty())) {
      return 1;
    }
    show();
    while (agents.stream().allMatch(DemoAgent::alive)) {
      Thread.sleep(500);
    }
    if (!stopping) {
      say("an agent has ended by itself");
    }
    return 1;
  }

  private void show() {
    String address = agents.get(0).http();
    run(List.of("members", "-http-addr", address));
    run(List.of("operator", "raft", "list-peers", "-http-addr", address));
    run(List.of("info", "-http-addr", address));
    say("Three servers, one leader. Write on one, read on another:");
    out.println("    curl -X PUT -d world http://" + address + "/v1/kv/hello");
    out.println("    curl http://" + agents.get(2).http() + "/v1/kv/hello?raw");
    say("Ctrl-C stops them and deletes their data.");
  }

  private int run(List<String> command) {
    say("comitia " + String.join(" ", command));
    CommandLine root = spec.parent().commandLine();
    return root.execute(command.toArray(String[]::new));
  }

  private interface Condition {
    boolean holds(DemoAgent agent) throws AgentException;
  }

  /**
   * Waits until it holds for each agent; says which one it did not hold for when the time is over
   * or the agent is gone.
   */
  private boolean await(String what, Duration limit, Condition condition)
      throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    for (DemoAgent agent : agents) {
      String problem = "not yet";
      while (problem != null) {
        try {
          problem = condition.holds(agent) ? null : "not yet";
        } catch (AgentException e) {
          problem = e.getMessage();
        }
        if (problem != null) {
          if (!agent.alive() || System.nanoTime() - deadline > 0) {
            say(
                "waited until "
                    + agent.name()
                    + " "
                    + what
                    + ": "
                    + (agent.alive() ? problem : "it has ended"));
            return false;
          }
          Thread.sleep(100);
        }
      }
    }
    return true;
  }

  /** The leader's address as the agent sees it, empty when there is none. */
  private static String leader(DemoAgent agent) throws AgentException {
    return ((JsonString)
            new AgentClient(agent.http(), null).getValue("/v1/status/leader", REQUEST_LIMIT))
        .getString();
  }

  private void say(String text) {
    out.println("==> " + text);
    out.flush();
  }

  /** Nine free ports, held all together while they are looked for, so that they differ. */
  private static List<DemoAgent.Ports> freePorts() throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < 9; i++) {
        ServerSocket socket = new ServerSocket();
        held.add(socket);
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
      }
      List<DemoAgent.Ports> ports = new ArrayList<>();
      for (int i = 0; i < 9; i += 3) {
        ports.add(
            new DemoAgent.Ports(
                held.get(i).getLocalPort(),
                held.get(i + 1).getLocalPort(),
                held.get(i + 2).getLocalPort()));
      }
      return ports;
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  private void cleanUp(Path directory) {
    stopping = true;
    say("stopping");
    agents.forEach(DemoAgent::stop);
    try {
      for (DemoAgent agent : agents) {
        agent.awaitEnd(STOP_SECONDS);
      }
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
      say("stopped, nothing is left behind");
    } catch (IOException e) {
      say("could not delete " + directory + ": " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
