package org.comitia.encryption;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;

/**
 * The TLS that each connection of a port begins with, made or accepted: both sides prove something
 * in its handshake, before anything else of theirs is read. Safe for any thread.
 */
public interface PortTls {
  /** For one connection without blocking; its handshake has not begun. */
  SSLEngine engine(boolean client);

  /** On which connections the proof is demanded. */
  default KeyedTls.Demand demand() {
    return KeyedTls.Demand.ALWAYS;
  }

  /**
   * Whether a connection is to end, since what one of its sides proved counts no more.
   *
   * @param engine its handshake is through
   */
  default boolean isOutdated(SSLEngine engine) {
    return false;
  }

  /**
   * Whether chains of certificates are shown, which take several KiB; else one of some hundred
   * bytes that stands for a key.
   */
  default boolean byCertificates() {
    return false;
  }

  /** Whether not everybody who gets through the handshake is a server: {@link #isServer}. */
  default boolean provesServers() {
    return false;
  }

  /**
   * Whether the other side of an accepted connection has proved to be a server; where {@link
   * #provesServers} is not so, whether it has proved to be an agent.
   *
   * @param session its handshake is through
   */
  default boolean isServer(SSLSession session) {
    return true;
  }
}
