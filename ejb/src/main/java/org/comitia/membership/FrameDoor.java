package org.comitia.membership;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.comitia.wire.proto.MembershipFrame;
import org.jgroups.Address;
import org.jgroups.View;

/**
 * Lets in the frames of members of the view. What a newcomer needs may be here before the view that
 * its sender is in: tables and requests for a record wait for the next {@link #MAX_VIEWS} views,
 * since one of somebody else's may come first, the newest {@link #MAX_EARLY} of them and {@link
 * #MAX_EARLY_BYTES}, as bytes. All else from outside the view is dropped. Safe for any thread.
 */
final class FrameDoor {
  static final int MAX_EARLY = 256;

  /** Sixteen of the longest that {@link BoundedStreams} takes from outside the view. */
  static final int MAX_EARLY_BYTES = 16 * BoundedStreams.MAX_HELD_BYTES;

  /** How many views a frame waits for. */
  static final int MAX_VIEWS = 3;

  /**
   * @param views that came without its sender
   */
  private record Early(Address from, Frames.Waiting frame, int views) {
    Early later() {
      return new Early(from, frame, views + 1);
    }
  }

  private final BiConsumer<Address, MembershipFrame> inside;
  private final Deque<Early> early = new ArrayDeque<>();
  private int earlyBytes;
  private Set<Address> members = Set.of();

  /**
   * @param inside takes what is let in; on the thread that brings it, or the view it waited for
   */
  FrameDoor(BiConsumer<Address, MembershipFrame> inside) {
    this.inside = inside;
  }

  /** The view that counts from now on. Whoever is told of views has been told of this one. */
  void view(View view) {
    Set<Address> now = Set.copyOf(view.getMembers());
    List<Early> come;
    synchronized (this) {
      members = now;
      List<Early> waited = List.copyOf(early);
      early.clear();
      earlyBytes = 0;
      come = waited.stream().filter(one -> now.contains(one.from())).toList();
      waited.stream()
          .filter(one -> !now.contains(one.from()) && one.views() + 1 < MAX_VIEWS)
          .forEach(one -> hold(one.later()));
    }
    come.forEach(one -> inside.accept(one.from(), one.frame().frame()));
  }

  void take(Address from, MembershipFrame frame) {
    synchronized (this) {
      if (!members.contains(from)) {
        if (frame.hasTable() || frame.hasRecordRequest()) {
          hold(new Early(from, new Frames.Waiting(frame), 0));
        }
        return;
      }
    }
    inside.accept(from, frame);
  }

  private void hold(Early newest) {
    early.add(newest);
    earlyBytes += newest.frame().bytes();
    while (early.size() > MAX_EARLY || earlyBytes > MAX_EARLY_BYTES) {
      earlyBytes -= early.remove().frame().bytes();
    }
  }
}
