package org.comitia.transport;

import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What becomes of a link whose key was taken out of the cluster's: who made it makes another one,
 * over which all goes that comes from now on, and ends it when it has no more to do. What takes
 * longer is cut off. Event loop's thread.
 */
final class Renewal {
  /** How long it may go on with what it has begun; the other side cuts it off after 10 s. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** Whoever was just given the link has queued its frame by then. */
  private static final long LAST_OFFERS_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private Renewal() {}

  /**
   * One look at a link that is open, to be repeated as long as it is.
   *
   * @param peers by address, those that links were made to
   */
  static void look(Link link, Map<String, Peer> peers, OpenRequests open, long now) {
    if (now - link.lookedNanos < PAUSE_NANOS) {
      return;
    }
    link.lookedNanos = now;
    if (link.retiredNanos == 0 && !link.channel.isOutdated()) { // what is retired stays so
      return;
    }
    Peer peer = link.outgoing ? peers.get(link.remote()) : null;
    if (peer != null && link.retiredNanos == 0) {
      peer.retire(link);
      link.retiredNanos = now | 1;
      return;
    }
    long retired = now - link.retiredNanos;
    boolean idle = retired > LAST_OFFERS_NANOS && link.isDone() && !open.isAnyOf(link);
    if (peer == null || idle || retired > PATIENCE_NANOS) {
      link.fail("its encrypt key was removed");
    }
  }
}
