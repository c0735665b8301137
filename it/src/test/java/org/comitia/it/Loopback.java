package org.comitia.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Free loopback addresses, so that every agent has the standard ports: 127.0.50.1 to 127.0.50.250,
 * and 127.0.150.1 to 127.0.150.250 in the second of two forks; {@code -Dit.network=127.0.60} takes
 * other ranges.
 */
final class Loopback {
  /** How far the networks of two forks are apart. */
  private static final int FORK = 100;

  private static final String NETWORK = network();
  private static final int[] PORTS = {8300, 8301, 8500, 8501};
  private static final AtomicInteger LAST = new AtomicInteger();

  private Loopback() {}

  private static String network() {
    String first = System.getProperty("it.network", "127.0.50");
    int dot = first.lastIndexOf('.') + 1;
    int fork = Integer.parseInt(System.getProperty("it.fork", "1")) - 1;
    return first.substring(0, dot) + (Integer.parseInt(first.substring(dot)) + FORK * fork) % 256;
  }

  /** An address that nothing listens on and that no other test of this run was given. */
  static String next() {
    while (true) {
      int n = LAST.incrementAndGet();
      if (n > 250) {
        throw new IllegalStateException("no free address left in " + NETWORK + ".0/24");
      }
      String address = NETWORK + "." + n;
      if (free(address)) {
        return address;
      }
    }
  }

  private static boolean free(String address) {
    for (int port : PORTS) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getByName(address), port));
      } catch (IOException e) {
        return false;
      }
    }
    return true;
  }
}
