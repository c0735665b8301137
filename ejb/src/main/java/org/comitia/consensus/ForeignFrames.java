package org.comitia.consensus;

import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.logging.Logger;
import org.comitia.log.OneLineAMinute;
import org.comitia.raft.ServerId;

/**
 * Tells people of frames that the core dropped since they are of another cluster or for another
 * server, at most once a minute, and remembers a leader's for another store of this node. Frames
 * are told in the core's turn.
 */
final class ForeignFrames {
  private static final Logger LOG = Logger.getLogger("raft");

  /**
   * Many heartbeats long: a leader that knows another store of this node sends there all the time.
   */
  private static final long LATELY_NANOS = 10_000_000_000L;

  private final ServerId self;
  private final LongSupplier clock;
  private final OneLineAMinute lines;
  private volatile Long forAnotherStoreAt;

  ForeignFrames(ServerId self, LongSupplier clock) {
    this.self = self;
    this.clock = clock;
    this.lines = new OneLineAMinute(clock, LOG::warning);
  }

  /**
   * @param cluster what the frame names; null when it is one of a bootstrap, which names none
   * @param leads whether it is a leader's: anybody else may know less than this server does
   */
  void dropped(ServerId from, ServerId to, UUID cluster, boolean leads) {
    if (leads && to.node().equals(self.node()) && !to.equals(self)) {
      forAnotherStoreAt = clock.getAsLong();
    }
    lines.say(
        () ->
            "COM3104: dropped a frame of server "
                + from
                + (cluster == null ? "" : " of cluster " + cluster)
                + " to server "
                + to
                + ": this server is another one or of another cluster. After a wipe that is the old"
                + " incarnation, and ends soon; or this server's raft/ is an old copy: give it an"
                + " empty one; else look at who has this address in its configuration");
  }

  /** A leader's frame was for this server. */
  void fitted() {
    forAnotherStoreAt = null;
  }

  /** Whether, in the last 10 s, a leader's was for another store of this node. On any thread. */
  boolean forAnotherStoreLately() {
    Long at = forAnotherStoreAt;
    return at != null && clock.getAsLong() - at < LATELY_NANOS;
  }
}
