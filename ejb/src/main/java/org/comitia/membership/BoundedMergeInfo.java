package org.comitia.membership;

import java.util.function.BiConsumer;
import org.jgroups.Address;
import org.jgroups.PhysicalAddress;
import org.jgroups.ViewId;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.MERGE3;

/**
 * MERGE3, which keeps what each sender says of its view until it has compared them, some 24 s, and
 * how the sender calls itself until the process ends. Here it keeps what {@link #MAX} senders say,
 * and no names: JGroups has them for its log only. Safe for any thread.
 */
final class BoundedMergeInfo extends MERGE3 {
  static final int MAX = Ids.MAX_MEMBERS;

  private final BiConsumer<Address, ViewId> holds;

  /**
   * @param holds told of each sender, a stranger too, which view it says that it holds; on a
   *     channel thread
   */
  BoundedMergeInfo(BiConsumer<Address, ViewId> holds) {
    this.holds = holds;
    // The number stands in the header of each message.
    setId(ClassConfigurator.getProtocolId(MERGE3.class));
  }

  @Override
  protected void addInfo(Address sender, ViewId seen, String name, PhysicalAddress place) {
    holds.accept(sender, seen);
    synchronized (views) {
      if (views.size() >= MAX && !views.containsKey(sender)) {
        return;
      }
    }
    super.addInfo(sender, seen, null, place);
  }
}
