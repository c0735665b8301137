package org.comitia.config;

import java.net.InetAddress;
import java.util.List;

/**
 * The addresses that begin with the same bits, for example {@code 10.0.0.0/8}.
 *
 * @param bits how many count; 0 for every address of this family
 */
public record Network(InetAddress address, int bits) {
  /** Whether an address is one of them; an address of another family never is. */
  public boolean contains(InetAddress other) {
    byte[] ours = address.getAddress();
    byte[] theirs = other.getAddress();
    if (ours.length != theirs.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> bit % 8;
      if (((ours[bit / 8] ^ theirs[bit / 8]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether an address may come in.
   *
   * @param networks empty: every address may
   */
  public static boolean allows(List<Network> networks, InetAddress address) {
    return networks.isEmpty() || networks.stream().anyMatch(network -> network.contains(address));
  }

  @Override
  public String toString() {
    return address.getHostAddress() + "/" + bits;
  }
}
