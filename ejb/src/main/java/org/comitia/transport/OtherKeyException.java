package org.comitia.transport;

import java.io.IOException;

/** The other side did not prove the key that this agent has, or the other way round. */
final class OtherKeyException extends IOException {
  private static final long serialVersionUID = 1L;

  private OtherKeyException(String what) {
    super(what + "; give all agents the same encrypt key");
  }

  static OtherKeyException onlyThere() {
    return new OtherKeyException("it has an encrypt key and this agent has none (it speaks TLS)");
  }

  static OtherKeyException onlyHere() {
    return new OtherKeyException("it has no encrypt key and this agent has one (it speaks no TLS)");
  }

  static OtherKeyException refusedHere() {
    return new OtherKeyException("another encrypt key: this agent refuses the other one's");
  }

  static OtherKeyException refusedThere() {
    return new OtherKeyException("another encrypt key: the other one refuses this agent's");
  }

  /** Before the other one's first word, which says that it took this agent's key. */
  static OtherKeyException ended() {
    return new OtherKeyException(
        "another encrypt key, or none, or it takes no more connections: it closed the connection");
  }

  static OtherKeyException unclear(String how) {
    return new OtherKeyException("another encrypt key, or none: " + how);
  }
}
