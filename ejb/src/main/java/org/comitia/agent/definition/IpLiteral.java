package org.comitia.agent.definition;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Whether a text is an IP address itself; no name server is asked. Pure function. */
final class IpLiteral {
  private static final Pattern FOUR =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");
  private static final Pattern SIX = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

  private IpLiteral() {}

  /**
   * @param family {@code ipv4} or {@code ipv6}
   */
  static boolean isOf(String family, String text) {
    boolean four = FOUR.matcher(text).matches();
    if (!four && !SIX.matcher(text).matches()) {
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
