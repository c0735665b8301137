package org.comitia.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * A host and a port, written {@code host:port}; an IPv6 address in brackets, {@code [::1]:8300}.
 *
 * @param host a name or an IP address, without brackets
 * @param port 0 to 65535
 */
public record HostPort(String host, int port) {
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");

  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F]*:[0-9a-fA-F:.]*(%[\\w.-]+)?");

  /** The longest address has 45 characters; a zone is the name of a network interface. */
  private static final int MAX_LITERAL = 64;

  public HostPort {
    if (host.startsWith("[") || port < 0 || port > 65_535) {
      throw new IllegalArgumentException("'" + host + "' and " + port + " are no host and port");
    }
  }

  public static HostPort of(InetAddress address, int port) {
    return new HostPort(address.getHostAddress(), port);
  }

  public static HostPort of(InetSocketAddress address) {
    return of(address.getAddress(), address.getPort());
  }

  /**
   * Reads {@code host:port} and {@code [ip6]:port}.
   *
   * @throws IOException when it is neither
   */
  public static HostPort parse(String text) throws IOException {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      throw new IOException("'" + text + "' is not ip:port");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    try {
      return new HostPort(host, Integer.parseInt(text.substring(colon + 1)));
    } catch (IllegalArgumentException e) {
      throw new IOException("'" + text + "' is not ip:port", e);
    }
  }

  /** Whether this is an IP address, so that no name server need be asked for it. */
  public static boolean isLiteral(String host) {
    return host.length() <= MAX_LITERAL
        && (IPV4.matcher(host).matches() || IPV6.matcher(host).matches());
  }

  /**
   * Where it is. Asks no name server.
   *
   * @throws IOException when the host is no IP address
   */
  public InetSocketAddress literal() throws IOException {
    if (!isLiteral(host)) {
      throw new IOException("'" + host + "' is not an IP address");
    }
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException e) {
      throw new IOException("'" + host + "' is not an IP address", e);
    }
  }

  @Override
  public String toString() {
    return text(host, port);
  }

  /** The same for a port that is text already. */
  public static String text(String host, Object port) {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
