package org.comitia.membership;

import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.comitia.config.HostPort;

/**
 * Hosts that were dialled and with which no encrypt key or certificate was proved; the last {@link
 * #MAX}. Safe for any thread.
 */
final class KeyDoubts {
  static final int MAX = 128;

  /** What is known of the other side. */
  enum Reason {
    ANOTHER("it has another encrypt key"),
    NONE_THERE("it has no encrypt key and this agent has one"),
    NONE_HERE(
        "it has an encrypt key and this agent has none (it speaks TLS, maybe by certificates)"),
    CERTIFICATE_HERE("this agent refuses its certificate"),
    CERTIFICATE_THERE("it refuses this agent's certificate, its log says why"),
    NO_CERTIFICATE("it has no certificate and this agent has one (it speaks no TLS)");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    /** For people. */
    String text() {
      return text;
    }

    private boolean isOfCertificates() {
      return compareTo(CERTIFICATE_HERE) >= 0;
    }
  }

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

  /**
   * No key in common, or a certificate is refused, and that is certain.
   *
   * @param detail see {@link #text}
   */
  Doubt noCommonKey(InetSocketAddress host, Reason reason, String detail) {
    return note(host, new Doubt(true, text(HostPort.of(host).toString(), reason, detail)));
  }

  /** The host hung up in the handshake. */
  void hungUp(InetSocketAddress host) {
    String text =
        "COM2006: dial tcp "
            + HostPort.of(host)
            + ": it hung up while the key was being proved: it may be full or stopping, or have"
            + " another encrypt key or none, or refuse this agent's certificate";
    note(host, new Doubt(false, text));
  }

  /** The key was proved. */
  synchronized void forget(InetSocketAddress host) {
    noted.remove(host);
  }

  /**
   * @param who the other side
   * @param detail what there is to say beside the reason; ""
   */
  static String text(String who, Reason reason, String detail) {
    if (reason.isOfCertificates()) {
      return "COM2039: no proof by certificates with "
          + who
          + ": "
          + reason.text
          + (detail.isEmpty() ? "" : ": " + detail)
          + "; give all agents certificates of the same CA";
    }
    return "COM2029: no encrypt key in common with "
        + who
        + ": "
        + reason.text
        + "; give all agents the same encrypt key";
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
