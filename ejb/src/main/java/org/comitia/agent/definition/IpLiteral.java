package org.comitia.agent.definition;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.comitia.config.HostPort;

/** Whether a text is an IP address itself; no name server is asked. Pure function. */
final class IpLiteral {
  private IpLiteral() {}

  /**
   * @param family {@code ipv4} or {@code ipv6}
   */
  static boolean isOf(String family, String text) {
    if (!HostPort.isLiteral(text) || text.indexOf('%') >= 0) {
      return false;
    }
    try {
      InetAddress address = InetAddress.getByName(text); // a literal: nothing is looked up
      return family.equals("ipv4")
          ? address instanceof Inet4Address
          : address instanceof Inet6Address;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
