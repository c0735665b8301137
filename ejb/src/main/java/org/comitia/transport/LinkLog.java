package org.comitia.transport;

import java.util.logging.Logger;
import org.comitia.log.OneLineAMinute;

/**
 * What is told of connections that are refused or do not open: one line a minute, so that strangers
 * do not fill the log, and of those made from here another one, so that strangers do not hide
 * peers. Safe for any thread.
 */
final class LinkLog {
  private static final Logger LOG = Logger.getLogger("transport");

  private final OneLineAMinute foreign = lines();
  private final OneLineAMinute foreignPeers = lines();
  private final OneLineAMinute otherKeys = lines();
  private final OneLineAMinute otherKeysOfPeers = lines();

  private final OneLineAMinute noServers = lines();

  private static OneLineAMinute lines() {
    return new OneLineAMinute(System::nanoTime, LOG::warning);
  }

  /** Something that no link stands for. */
  void foreign(String what) {
    say(foreign, what);
  }

  void foreign(Link link, String reason) {
    say(link.outgoing ? foreignPeers : foreign, closed(link, reason));
  }

  /** Of a peer that cannot be reached, nothing: the layers above tell of it. */
  void unopened(Link link, String reason) {
    if (link.otherKey()) {
      (link.outgoing ? otherKeysOfPeers : otherKeys)
          .say(() -> "COM3111: transport: " + closed(link, reason));
    } else if (!link.outgoing) {
      foreign(link, reason);
    }
  }

  /** A frame of servers came from who has not proved to be one. */
  void noServer(Link link) {
    noServers.say(
        () ->
            "COM3112: transport: dropped what only servers send, from "
                + link.acceptedFrom.getHostAddress()
                + ", which says it is "
                + link.remote()
                + ": it has shown no certificate with the name of a server");
  }

  private static void say(OneLineAMinute lines, String what) {
    lines.say(() -> "COM3103: transport: " + what);
  }

  private static String closed(Link link, String reason) {
    return "closed a connection "
        + (link.outgoing ? "to " : "from ")
        + link.remote()
        + ": "
        + reason;
  }
}
