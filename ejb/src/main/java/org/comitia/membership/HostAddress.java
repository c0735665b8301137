package org.comitia.membership;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Locale;
import org.comitia.cluster.Membership.JoinOutcome;
import org.comitia.config.HostPort;

/**
 * An address as people write it: {@code host}, {@code host:port}, {@code [ip6]:port}, {@code ip6}.
 */
record HostAddress(String host, int port) {
  /**
   * @throws IOException when it is none, with Consul's kind of text
   */
  static HostAddress parse(String text, int defaultPort) throws IOException {
    String host = text.trim();
    String port = null;
    int colon = host.lastIndexOf(':');
    if (host.startsWith("[")) {
      int end = host.indexOf(']');
      if (end < 0) {
        throw new IOException("address " + text + ": missing ']' in address");
      }
      port =
          host.length() > end + 2 && host.charAt(end + 1) == ':' ? host.substring(end + 2) : null;
      host = host.substring(1, end);
    } else if (colon >= 0 && host.indexOf(':') == colon) {
      port = host.substring(colon + 1);
      host = host.substring(0, colon);
    }
    if (host.isEmpty()) {
      throw new IOException("address '" + text + "': missing host");
    }
    return new HostAddress(host, port == null ? defaultPort : number(text, port));
  }

  private static int number(String text, String port) throws IOException {
    try {
      int number = Integer.parseInt(port);
      if (number > 0 && number < 65536) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new IOException("address " + text + ": invalid port '" + port + "'");
  }

  /** May ask a name server, and block. @throws IOException when there is no such host */
  InetSocketAddress resolve() throws IOException {
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException e) {
      throw new IOException("lookup " + host + ": no such host", e);
    }
  }

  /**
   * Connects and hangs up: tells a host that refuses or does not answer from one that may speak.
   *
   * @throws IOException with the text of Consul's dial error
   */
  static void probe(InetAddress from, InetSocketAddress to, int millis) throws IOException {
    String where = "dial tcp " + HostPort.of(to) + ": ";
    try (Socket socket = new Socket()) {
      if (!from.isAnyLocalAddress()) {
        socket.bind(new InetSocketAddress(from, 0));
      }
      socket.connect(to, millis);
    } catch (SocketTimeoutException e) {
      throw new IOException(where + "i/o timeout", e);
    } catch (NoRouteToHostException e) {
      throw new IOException(where + "connect: no route to host", e);
    } catch (ConnectException e) {
      String reason = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
      throw new IOException(
          where + (reason.contains("refused") ? JoinOutcome.REFUSED : "connect: " + reason), e);
    } catch (IOException e) {
      throw new IOException(where + "connect: " + e.getMessage(), e);
    }
  }
}
