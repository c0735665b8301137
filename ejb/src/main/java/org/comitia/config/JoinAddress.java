package org.comitia.config;

/**
 * An address to join, as a person gives it.
 *
 * @param host a host name or an IP literal, without brackets; not resolved yet
 * @param port the serf LAN port there, 1 to 65,535
 */
public record JoinAddress(String host, int port) {
  /**
   * Reads {@code host}, {@code host:port}, {@code ::1} or {@code [::1]:port}.
   *
   * @param text what the person wrote
   * @param defaultPort the port when none is given
   * @throws IllegalArgumentException when it is none of these
   */
  public static JoinAddress parse(String text, int defaultPort) {
    String trimmed = text.trim();
    if (trimmed.contains("provider=")) {
      throw new IllegalArgumentException(
          "COM1119: discover: cloud providers are not supported: \"" + trimmed + "\"");
    }
    if (trimmed.startsWith("[")) {
      int close = trimmed.indexOf(']');
      if (close < 2 || (close + 1 < trimmed.length() && trimmed.charAt(close + 1) != ':')) {
        throw malformed(trimmed);
      }
      String host = trimmed.substring(1, close);
      return new JoinAddress(
          host,
          close + 1 == trimmed.length()
              ? defaultPort
              : port(trimmed, trimmed.substring(close + 2)));
    }
    int colon = trimmed.indexOf(':');
    boolean bareIpv6 = colon >= 0 && trimmed.indexOf(':', colon + 1) >= 0;
    String host = colon < 0 || bareIpv6 ? trimmed : trimmed.substring(0, colon);
    if (host.isEmpty()
        || host.length() > 253
        || host.chars().anyMatch(c -> c <= ' ' || c == '/' || c == ',')) {
      throw malformed(trimmed);
    }
    return new JoinAddress(
        host, colon < 0 || bareIpv6 ? defaultPort : port(trimmed, trimmed.substring(colon + 1)));
  }

  private static int port(String whole, String digits) {
    try {
      int port = Integer.parseInt(digits);
      if (port >= 1 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // told below, with the whole text
    }
    throw malformed(whole);
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException("\"" + text + "\" is no address: write host or host:port");
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
