package org.comitia.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.regex.Pattern;

/** {@code ip:port} and {@code [ip6]:port}, never host names: nothing here may ask a name server. */
final class Addresses {
  private static final Pattern LITERAL =
      Pattern.compile(
          "((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}|[0-9a-fA-F:.]*:[0-9a-zA-Z:.%]*");

  private Addresses() {}

  /**
   * @throws IOException when it is not an IP address with a port
   */
  static InetSocketAddress parse(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    if (colon <= 0) {
      throw new IOException("'" + address + "' is not ip:port");
    }
    String host = address.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    if (!LITERAL.matcher(host).matches()) {
      throw new IOException("'" + host + "' is not an IP address");
    }
    try {
      int port = Integer.parseInt(address.substring(colon + 1));
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (IllegalArgumentException e) {
      throw new IOException("'" + address + "' is not ip:port", e);
    }
  }

  static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
