package org.comitia.cli.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.comitia.config.HostPort;
import org.comitia.config.Settings;

/**
 * Where the agent will listen. Looked at before the server starts, so that a taken port is told at
 * once and by its name.
 */
final class Listeners {
  /**
   * How long connections of a process that was killed hold a port, and a little. Liberty opens a
   * port without {@code SO_REUSEADDR} and sets it a moment later; a connection that was made in
   * between has it not, and while the system remembers it (TIME_WAIT, 60 s) nobody may listen
   * there.
   */
  static final Duration PATIENCE = Duration.ofSeconds(65);

  private static final int ANSWER_MILLIS = 1_000;
  private static final int AGAIN_MILLIS = 200;

  private record Listener(String what, String flag, InetAddress address, int port) {
    InetSocketAddress socketAddress() {
      return new InetSocketAddress(address, port);
    }
  }

  private Listeners() {}

  /**
   * Refuses when any of the addresses cannot be listened on, naming each. Waits for one that is in
   * use though nobody answers there.
   *
   * @param patience how long for all of them
   * @param notice told what is waited for
   */
  static void check(Settings settings, Duration patience, Consumer<String> notice)
      throws AgentException, InterruptedException {
    List<String> problems = new ArrayList<>();
    Map<String, Listener> taken = new HashMap<>();
    long until = System.nanoTime() + patience.toNanos();
    for (Listener one : of(settings)) {
      Listener other = taken.put(one.address() + ":" + one.port(), one);
      if (other != null) {
        problems.add(one.what() + " and " + other.what() + " cannot share port " + one.port());
        continue;
      }
      try {
        await(one, until, notice);
      } catch (IOException e) {
        problems.add(explain(one, e));
      }
    }
    if (!problems.isEmpty()) {
      throw new AgentException(problems);
    }
  }

  private static void await(Listener one, long untilNanos, Consumer<String> notice)
      throws IOException, InterruptedException {
    boolean told = false;
    while (true) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(one.socketAddress(), 1);
        return;
      } catch (IOException e) {
        if (System.nanoTime() - untilNanos > 0 || !isInUse(e) || isListenedOn(one)) {
          throw e;
        }
      }
      if (!told) {
        notice.accept(
            "COM1123: "
                + HostPort.of(one.address(), one.port())
                + " is in use, though nobody answers there: waiting a minute at most for connections of a process that"
                + " was killed");
        told = true;
      }
      Thread.sleep(AGAIN_MILLIS);
    }
  }

  /** Whether somebody listens there, be it that he has no time. */
  private static boolean isListenedOn(Listener one) throws SocketException {
    if (!one.address().isAnyLocalAddress()) {
      return isListenedOn(one.socketAddress());
    }
    // Connecting to the wildcard asks for this host's name, which may be anybody's.
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .anyMatch(address -> isListenedOn(new InetSocketAddress(address, one.port())));
  }

  private static boolean isListenedOn(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address, ANSWER_MILLIS);
      return true;
    } catch (SocketTimeoutException silent) {
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  private static boolean isInUse(IOException failure) {
    return failure.getMessage() != null && failure.getMessage().contains("in use");
  }

  private static List<Listener> of(Settings settings) {
    List<Listener> all = new ArrayList<>();
    List<InetAddress> addresses = settings.httpPort() < 0 ? List.of() : settings.clientAddresses();
    for (InetAddress address : addresses) {
      all.add(new Listener("the HTTP API", "-http-port or -client", address, settings.httpPort()));
    }
    if (settings.httpsPort() > 0) {
      for (InetAddress address : settings.httpsAddresses()) {
        all.add(
            new Listener(
                "the HTTPS API", "-https-port or addresses.https", address, settings.httpsPort()));
      }
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
        isInUse(failure)
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
