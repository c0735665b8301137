package org.comitia.cli.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.comitia.config.Settings;

/**
 * Where the agent will listen. Looked at before the server starts, so that a taken port is told at
 * once and by its name.
 */
final class Listeners {
  private record Listener(String what, String flag, InetAddress address, int port) {}

  private Listeners() {}

  /** Refuses when any of the addresses cannot be listened on, naming each. */
  static void check(Settings settings) throws AgentException {
    List<String> problems = new ArrayList<>();
    Map<String, Listener> taken = new HashMap<>();
    for (Listener one : of(settings)) {
      Listener other = taken.put(one.address() + ":" + one.port(), one);
      if (other != null) {
        problems.add(one.what() + " and " + other.what() + " cannot share port " + one.port());
        continue;
      }
      try (ServerSocket socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(one.address(), one.port()), 1);
      } catch (IOException e) {
        problems.add(explain(one, e));
      }
    }
    if (!problems.isEmpty()) {
      throw new AgentException(problems);
    }
  }

  private static List<Listener> of(Settings settings) {
    List<Listener> all = new ArrayList<>();
    List<InetAddress> addresses = settings.httpPort() < 0 ? List.of() : settings.clientAddresses();
    for (InetAddress address : addresses) {
      all.add(new Listener("the HTTP API", "-http-port or -client", address, settings.httpPort()));
    }
    all.add(
        new Listener(
            "the membership channel",
            "-serf-lan-port or -bind",
            settings.bindAddress(),
            settings.serfLanPort()));
    if (settings.server()) {
      all.add(
          new Listener(
              "the server port",
              "-server-port or -bind",
              settings.bindAddress(),
              settings.serverPort()));
    }
    return all;
  }

  private static String explain(Listener one, IOException failure) {
    String text = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    String why =
        text.contains("in use")
            ? "bind: address already in use"
            : text.contains("assign") ? "bind: cannot assign requested address" : "bind: " + text;
    return "COM1117: failed to start "
        + one.what()
        + ": listen tcp "
        + one.address().getHostAddress()
        + ":"
        + one.port()
        + ": "
        + why
        + ". Choose another with "
        + one.flag();
  }
}
