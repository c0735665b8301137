package org.comitia.membership;

import org.jgroups.Address;
import org.jgroups.PhysicalAddress;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.PingData;
import org.jgroups.protocols.TCPPING;
import org.jgroups.util.Responses;

/**
 * TCPPING, which keeps each answer for a minute, and how each agent calls itself until the process
 * ends. Here a round ends with {@link #MAX} answers, and no names are kept: JGroups has them for
 * its log only. Safe for any thread.
 */
final class BoundedDiscovery extends TCPPING {
  static final int MAX = Ids.MAX_MEMBERS;

  BoundedDiscovery() {
    // The number stands in the header of each message.
    setId(ClassConfigurator.getProtocolId(TCPPING.class));
  }

  @Override
  protected boolean addDiscoveryResponseToCaches(
      Address address, String name, PhysicalAddress place) {
    return super.addDiscoveryResponseToCaches(address, null, place);
  }

  @Override
  protected void addResponse(PingData answer, boolean overwrite) {
    synchronized (ping_responses) {
      ping_responses.values().removeIf(BoundedDiscovery::isFull);
    }
    super.addResponse(answer, overwrite);
  }

  /** Who waits for such a round waits no longer. */
  private static boolean isFull(Responses round) {
    if (round.size() < MAX) {
      return false;
    }
    round.done();
    return true;
  }
}
