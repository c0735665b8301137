package org.comitia.transport;

import java.io.IOException;

/** The other side did not prove the key that this agent has, or the other way round. */
final class OtherKeyException extends IOException {
  private static final long serialVersionUID = 1L;

  OtherKeyException(String how) {
    super("another encrypt key, or none: " + how);
  }
}
