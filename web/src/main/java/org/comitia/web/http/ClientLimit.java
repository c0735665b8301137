package org.comitia.web.http;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Bounds what one client address has under way at once. Requests are counted, not connections: of
 * those the application sees nothing, and one carries one request at a time. Safe for any thread.
 */
final class ClientLimit {
  private final int max;
  private final ConcurrentHashMap<String, Integer> underWay = new ConcurrentHashMap<>();

  /**
   * @param max 0 for no limit
   */
  ClientLimit(int max) {
    this.max = max;
  }

  /**
   * Counts a request, unless its client has too many; each that was counted must be {@link
   * #leave}d.
   */
  boolean enter(String client) {
    if (max == 0) {
      return true;
    }
    boolean[] counted = {false};
    underWay.compute(
        client,
        (c, now) -> {
          int before = now == null ? 0 : now;
          counted[0] = before < max;
          return counted[0] ? before + 1 : now;
        });
    return counted[0];
  }

  void leave(String client) {
    if (max == 0) {
      return;
    }
    underWay.computeIfPresent(client, (c, now) -> now <= 1 ? null : now - 1);
  }
}
