package org.comitia.config;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The addresses of this host, and which one to use when nobody says. */
final class HostAddresses {
  private HostAddresses() {}

  /** The private IPv4 addresses (RFC 1918) of the interfaces that are up, in the system's order. */
  static List<InetAddress> privateIpv4() throws SocketException {
    List<InetAddress> found = new ArrayList<>();
    for (NetworkInterface nic : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      if (!nic.isUp()) {
        continue;
      }
      for (InetAddress address : Collections.list(nic.getInetAddresses())) {
        if (address instanceof Inet4Address && address.isSiteLocalAddress()) {
          found.add(address);
        }
      }
    }
    return found;
  }

  /**
   * The only private IPv4 address, else loopback.
   *
   * @throws IllegalArgumentException when there are several: the message lists them
   */
  static InetAddress choose(List<InetAddress> privateAddresses) {
    if (privateAddresses.isEmpty()) {
      return InetAddress.getLoopbackAddress();
    }
    if (privateAddresses.size() > 1) {
      List<String> names = privateAddresses.stream().map(InetAddress::getHostAddress).toList();
      throw new IllegalArgumentException(
          "Multiple private IPv4 addresses found ("
              + String.join(", ", names)
              + "). Please configure one with 'bind' and/or 'advertise'.");
    }
    return privateAddresses.get(0);
  }
}
