package org.comitia.agent.check;

import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.net.InetAddressUtils;
import org.apache.hc.core5.net.NamedEndpoint;
import org.comitia.config.HostPort;

/**
 * Where a check connects to.
 *
 * @param host a name or an address, without brackets
 * @param tls null for plain text
 */
record Endpoint(String host, int port, Tls tls) {
  /**
   * Reads {@code host:port}.
   *
   * @throws IllegalArgumentException in Go's words
   */
  static Endpoint parse(String text, Tls tls) {
    int colon = text.lastIndexOf(':');
    if (colon < 0 || colon < text.lastIndexOf(']')) {
      throw new IllegalArgumentException("dial tcp: address " + text + ": missing port in address");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.contains(":")) {
      throw new IllegalArgumentException(
          "dial tcp: address " + text + ": too many colons in address");
    }
    return new Endpoint(host, port(text.substring(colon + 1)), tls);
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65_535) {
        return port;
      }
      throw new IllegalArgumentException("dial tcp: address " + text + ": invalid port");
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("dial tcp: lookup tcp/" + text + ": unknown port", e);
    }
  }

  /** Whether nobody need be asked for its address. */
  boolean isLiteral() {
    return host.isEmpty() || InetAddressUtils.isIPv4(host) || InetAddressUtils.isIPv6(host);
  }

  String authority() {
    return HostPort.text(host, port);
  }

  /** As the TLS layer knows it: the certificate must name this one. */
  NamedEndpoint named() {
    String name = tls == null || tls.serverName().isEmpty() ? host : tls.serverName();
    return new HttpHost(tls == null ? "http" : "https", name.isEmpty() ? "localhost" : name, port);
  }
}
