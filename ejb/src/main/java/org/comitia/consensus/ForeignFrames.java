package org.comitia.consensus;

import java.util.UUID;
import java.util.logging.Logger;
import org.comitia.log.OneLineAMinute;
import org.comitia.raft.ServerId;

/**
 * Tells people of frames that the core dropped since they are of another cluster or for another
 * server, at most once a minute. Used in the core's turn.
 */
final class ForeignFrames {
  private static final Logger LOG = Logger.getLogger("raft");

  private final OneLineAMinute lines = new OneLineAMinute(System::nanoTime, LOG::warning);

  /**
   * @param cluster what the frame names; null when it is one of a bootstrap, which names none
   */
  void dropped(ServerId from, ServerId to, UUID cluster) {
    lines.say(
        () ->
            "COM3104: dropped a frame of server "
                + from
                + (cluster == null ? "" : " of cluster " + cluster)
                + " to server "
                + to
                + ": this server is another one or of another cluster. After a wipe that is the old"
                + " incarnation, and ends soon; else look at who has this address in its"
                + " configuration");
  }
}
