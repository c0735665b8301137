package org.comitia.membership;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.comitia.wire.proto.Leaving;
import org.comitia.wire.proto.MembershipFrame;
import org.jgroups.Address;
import org.jgroups.View;

/** The announcement that this member leaves for good. */
final class LeaveAnnouncement {
  private static final long LEAVE_MILLIS = 1_000;

  private final Set<Address> farewells = ConcurrentHashMap.newKeySet();

  /** The member has heard it. */
  void heardBy(Address member) {
    farewells.add(member);
  }

  /**
   * Tells the others until each has answered: the announcement must precede the view without us.
   */
  void say(SerfChannel open, UUID nodeId, long epoch) {
    Leaving leaving = Leaving.newBuilder().setNodeId(Ids.of(nodeId)).setEpoch(epoch).build();
    MembershipFrame frame = MembershipFrame.newBuilder().setLeaving(leaving).build();
    long end = System.nanoTime() + LEAVE_MILLIS * 1_000_000;
    long again = System.nanoTime();
    farewells.clear();
    while (System.nanoTime() < end) {
      View view = open.view();
      List<Address> silent =
          view == null
              ? List.of()
              : view.getMembers().stream()
                  .filter(a -> !a.equals(open.address()) && !farewells.contains(a))
                  .toList();
      if (silent.isEmpty()) {
        return;
      }
      if (System.nanoTime() >= again) {
        again = System.nanoTime() + 150_000_000;
        silent.forEach(member -> open.send(member, frame));
      }
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
