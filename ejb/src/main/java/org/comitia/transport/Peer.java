package org.comitia.transport;

import org.comitia.raft.ServerId;

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
  private ServerId proved;

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

  /**
   * The link came up: the next failure starts with a short pause again.
   *
   * @param server who it says it is, after its proof to be a server; null when it does not
   */
  synchronized void opened(Link opened, ServerId server) {
    if (link == opened) {
      backoffNanos = 0;
      proved = server;
    }
  }

  /** Whether it was this server that proved to be one here last. */
  synchronized boolean hasProved(ServerId server) {
    return server.equals(proved);
  }

  synchronized void closed(Link closed, boolean wasOpen, String reason, long now, long maxBackoff) {
    if (link != closed) {
      return;
    }
    link = null;
    lastFailure = reason;
    if (closed.otherKey()) {
      proved = null;
    }
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
