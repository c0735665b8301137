package org.comitia.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Three servers with one leader, for programs that were written for Consul. They know nothing else
 * than a host and a port, so that is what there is here. Safe for any thread.
 */
public final class ThreeServers implements AutoCloseable {
  /** Consul's HTTP port; each server has an address of its own. */
  public static final int PORT = 8500;

  private final Agents agents = new Agents("clients");
  private final List<AgentProcess> servers = new ArrayList<>();

  private ThreeServers() {
    for (int n = 1; n <= 3; n++) {
      servers.add(agents.create("n" + n));
    }
    List<String> flags = new ArrayList<>(List.of("-server", "-bootstrap-expect=3"));
    flags.addAll(List.of("-retry-interval", "1s"));
    for (AgentProcess server : servers) {
      flags.addAll(List.of("-retry-join", server.address()));
    }
    try {
      servers.forEach(server -> server.start(flags.toArray(String[]::new)));
      AgentProcess[] all = servers.toArray(AgentProcess[]::new);
      Agents.awaitLeader(all);
      Agents.awaitAllVoters(all);
      Await.until(
          "serfHealth passes on all",
          AgentProcess.SOON,
          agents::tails,
          () ->
              http(1).get("/v1/health/service/consul?passing").json().asJsonArray().size()
                  == all.length);
    } catch (RuntimeException | Error e) {
      agents.endAll();
      throw e;
    }
  }

  /**
   * @param n 1 to 3
   * @return the ip of that server
   */
  public String host(int n) {
    return servers.get(n - 1).address();
  }

  /**
   * @return {@code ip:port} of that server's API
   */
  public String address(int n) {
    return host(n) + ":" + PORT;
  }

  /** That server's API. */
  public Http http(int n) {
    return servers.get(n - 1).http();
  }

  /** The servers' node names, as the catalog shows them. */
  public List<String> names() {
    return servers.stream().map(server -> server.name).toList();
  }

  /** The number of the server that leads now. */
  public int leader() throws IOException {
    String leader = servers.get(0).leader();
    for (int n = 1; n <= servers.size(); n++) {
      if (servers.get(n - 1).serverAddress().equals(leader)) {
        return n;
      }
    }
    throw new IOException("no leader, says n1: " + leader);
  }

  /** The root of the source tree that these tests are in. */
  public static Path sourceTree() {
    return Distribution.root();
  }

  /** The ends of their logs, for an assertion's message. */
  public String tails() {
    return agents.tails();
  }

  @Override
  public void close() {
    agents.endAll();
  }

  /**
   * Starts the servers for the first test that is on them, ends them after the last test of all.
   */
  static final class Sharing implements BeforeAllCallback, AfterEachCallback, ParameterResolver {
    @Override
    public void beforeAll(ExtensionContext context) {
      shared(context);
    }

    @Override
    public void afterEach(ExtensionContext context) {
      context
          .getExecutionException()
          .ifPresent(
              e -> System.err.println(context.getDisplayName() + "\n" + shared(context).tails()));
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == ThreeServers.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return shared(context);
    }

    private static ThreeServers shared(ExtensionContext context) {
      return context
          .getRoot()
          .getStore(ExtensionContext.Namespace.GLOBAL)
          .getOrComputeIfAbsent(ThreeServers.class, key -> new ThreeServers(), ThreeServers.class);
    }
  }
}
