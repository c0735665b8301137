package org.comitia.membership;

import java.util.function.Consumer;
import org.jgroups.Address;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.FD_ALL3;

/**
 * FD_ALL3, which until the next view keeps when it last heard of each sender. Here it heeds members
 * only: each of them has its entry from the view on. Safe for any thread.
 */
final class MembersHeartbeats extends FD_ALL3 {
  private final Consumer<Address> heard;

  /**
   * @param heard told of each heartbeat of a member, on a channel thread
   */
  MembersHeartbeats(Consumer<Address> heard) {
    this.heard = heard;
    // The number stands in the header of each message.
    setId(ClassConfigurator.getProtocolId(FD_ALL3.class));
  }

  /**
   * @param ofView whether a view makes the entry, not a message
   */
  @Override
  protected void update(Address sender, boolean heartbeat, boolean ofView) {
    if (ofView || (sender != null && timestamps.containsKey(sender))) {
      super.update(sender, heartbeat, ofView);
      if (!ofView) {
        heard.accept(sender);
      }
    }
  }
}
