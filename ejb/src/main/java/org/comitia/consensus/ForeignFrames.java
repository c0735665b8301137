package org.comitia.consensus;

import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.logging.Logger;
import org.comitia.raft.ServerId;

/**
 * Tells people of frames that the core dropped since they are of another cluster or for another
 * server: the first, and one a minute with the number of all. Used in the core's turn.
 */
final class ForeignFrames {
  private static final Logger LOG = Logger.getLogger("raft");
  private static final long PAUSE_NANOS = 60_000_000_000L;

  private final LongSupplier clock;
  private long saidNanos;
  private long count;

  /**
   * @param clock nanoseconds
   */
  ForeignFrames(LongSupplier clock) {
    this.clock = clock;
  }

  /**
   * @param cluster what the frame names; null when it is one of a bootstrap, which names none
   */
  void dropped(ServerId from, ServerId to, UUID cluster) {
    long now = clock.getAsLong();
    count++;
    if (count > 1 && now - saidNanos < PAUSE_NANOS) {
      return;
    }
    saidNanos = now;
    LOG.warning(
        "COM3104: dropped a frame of server "
            + from
            + (cluster == null ? "" : " of cluster " + cluster)
            + " to server "
            + to
            + ": this server is another one or of another cluster. After a wipe that is the old"
            + " incarnation, and ends soon; else look at who has this address in its configuration ("
            + count
            + " such since the start)");
  }
}
