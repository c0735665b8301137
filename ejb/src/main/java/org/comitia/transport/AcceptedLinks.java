package org.comitia.transport;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.comitia.config.Network;

/** How many connections were accepted and are open, in all and by address. Event loop's thread. */
final class AcceptedLinks {
  private final TransportOptions.Limits limits;
  private final Map<InetAddress, Integer> byAddress = new HashMap<>();
  private int all;

  AcceptedLinks(TransportOptions.Limits limits) {
    this.limits = limits;
  }

  /** Counts one more of this address; null, or why it may not be. */
  String enter(InetAddress address) {
    if (!Network.allows(limits.allowed, address)) {
      return "its address is in none of the networks of serf_lan_allowed_cidrs";
    }
    if (all >= limits.connections) {
      return limits.connections + " connections are open already";
    }
    int own = byAddress.getOrDefault(address, 0);
    if (limits.connectionsOfAnAddress > 0 && own >= limits.connectionsOfAnAddress) {
      return own + " connections of this address are open already";
    }
    byAddress.put(address, own + 1);
    all++;
    return null;
  }

  void leave(InetAddress address) {
    all--;
    byAddress.computeIfPresent(address, (key, own) -> own == 1 ? null : own - 1);
  }
}
