package org.comitia.agent.check;

import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.util.Locale;
import org.comitia.config.HostPort;

/** Why no connection came about, in the words that a check's output has in Consul. */
final class DialText {
  private DialText() {}

  static String of(InetSocketAddress address, Exception problem) {
    return "dial tcp " + HostPort.of(address) + ": " + reason(problem);
  }

  static String timeout(Endpoint endpoint) {
    return "dial tcp " + endpoint.authority() + ": i/o timeout";
  }

  private static String reason(Exception problem) {
    String message = String.valueOf(problem.getMessage()).toLowerCase(Locale.ROOT);
    if (problem instanceof SocketTimeoutException || message.contains("timed out")) {
      return "i/o timeout";
    } else if (problem instanceof NoRouteToHostException) {
      return "connect: no route to host";
    } else if (message.contains("refused")) {
      return "connect: connection refused";
    } else if (problem instanceof ConnectException || message.contains("unreachable")) {
      return "connect: " + message;
    }
    return String.valueOf(problem.getMessage());
  }
}
