package org.comitia.membership;

import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.comitia.config.HostPort;
import org.comitia.log.LogLine;

/**
 * Hosts that were dialled and with which no encrypt key was proved; the last {@link #MAX}. Safe for
 * any thread.
 */
final class KeyDoubts {
  static final int MAX = 128;

  /** Characters of a reason that are told. */
  private static final int MAX_REASON = 128;

  /**
   * @param certain whether it was said, by a key or an alert, and not just hung up
   * @param text for people, with a code
   */
  record Doubt(boolean certain, String text) {}

  private record Noted(Doubt doubt, long nanos) {}

  private final LongSupplier clock;
  private final Map<InetSocketAddress, Noted> noted =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetSocketAddress, Noted> eldest) {
          return size() > MAX;
        }
      };

  /**
   * @param clock nanoseconds
   */
  KeyDoubts(LongSupplier clock) {
    this.clock = clock;
  }

  /** No key in common, and that is certain. */
  Doubt noCommonKey(InetSocketAddress host, String how) {
    return note(host, new Doubt(true, text(HostPort.of(host).toString(), how)));
  }

  /** The host hung up in the handshake. */
  void hungUp(InetSocketAddress host) {
    note(host, new Doubt(false, text(HostPort.of(host).toString(), "it seems: it hung up")));
  }

  /**
   * @param who the other side
   * @param how that was seen
   */
  static String text(String who, String how) {
    return "COM2029: no encrypt key in common with "
        + who
        + ": the agent there has another one, or only one of both has one ("
        + LogLine.excerpt(String.valueOf(how), MAX_REASON)
        + ")";
  }

  private synchronized Doubt note(InetSocketAddress host, Doubt doubt) {
    noted.remove(host); // the newest comes last
    noted.put(host, new Noted(doubt, clock.getAsLong()));
    return doubt;
  }

  /** Null for none since then. */
  synchronized Doubt since(InetSocketAddress host, long nanos) {
    Noted last = noted.get(host);
    return last == null || last.nanos() - nanos < 0 ? null : last.doubt();
  }
}
