package org.comitia.web.http;

import java.util.HashMap;
import java.util.Map;

/**
 * The bodies of the requests under way: memory that clients hold, and therefore bounded. Safe for
 * any thread.
 */
final class Incoming {
  /** Of this process: an eighth of its heap, since a write is kept once or twice more, encoded. */
  static final Incoming ALL = new Incoming(Runtime.getRuntime().maxMemory() / 8);

  private final long most;

  /** No client takes all. */
  private final long mostOfClient;

  private final Map<String, Long> clients = new HashMap<>();
  private long bytes;

  /** A client has a quarter of it. */
  Incoming(long most) {
    this.most = most;
    this.mostOfClient = most / 4;
  }

  /**
   * Counts so many more; false, and nothing is counted, when there would be too many, or of this
   * client.
   *
   * @param client its address
   */
  synchronized boolean enter(String client, int more) {
    long ofClient = clients.getOrDefault(client, 0L) + more;
    if (ofClient > mostOfClient || bytes + more > most) {
      return false;
    }
    clients.put(client, ofClient);
    bytes += more;
    return true;
  }

  synchronized void leave(String client, long given) {
    clients.computeIfPresent(client, (c, now) -> now <= given ? null : now - given);
    bytes -= given;
  }
}
