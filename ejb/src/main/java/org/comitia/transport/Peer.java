package org.comitia.transport;

/**
 * What is known of one address that frames are sent to: its link, if any, and when the next attempt
 * may be made. Guarded by itself.
 */
final class Peer {
  private static final long FIRST_BACKOFF_NANOS = 25_000_000;

  private final String address;
  private Link link;
  private long backoffNanos;
  private long retryAtNanos;
  private String lastFailure = "";

  Peer(String address) {
    this.address = address;
  }

  /** Makes a link; called with the peer's lock held. */
  interface Connector {
    Link connect(String address);
  }

  /** The link to queue on, made when there is none; null while backing off. */
  synchronized Link link(long now, Connector connector) {
    if (link == null && (backoffNanos == 0 || now - retryAtNanos >= 0)) {
      link = connector.connect(address);
    }
    return link;
  }

  /** The next frame goes over a link of its own; this one is closed by and by. */
  synchronized void retire(Link retired) {
    if (link == retired) {
      link = null;
    }
  }

  /** The link came up: the next failure starts with a short pause again. */
  synchronized void opened(Link opened) {
    if (link == opened) {
      backoffNanos = 0;
    }
  }

  synchronized void closed(Link closed, boolean wasOpen, String reason, long now, long maxBackoff) {
    if (link != closed) {
      return;
    }
    link = null;
    lastFailure = reason;
    backoffNanos = Math.min(maxBackoff, Math.max(FIRST_BACKOFF_NANOS, backoffNanos * 2));
    retryAtNanos = now + backoffNanos;
  }

  /** Why there is no link, for people. */
  synchronized String failure() {
    return lastFailure;
  }

  synchronized boolean isIdle() {
    return link == null;
  }
}
