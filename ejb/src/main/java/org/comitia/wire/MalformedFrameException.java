package org.comitia.wire;

import java.io.IOException;

/** Bytes from the wire that are not a valid frame. Nothing of them was used. */
public class MalformedFrameException extends IOException {
  private static final long serialVersionUID = 1L;

  public MalformedFrameException(String message) {
    super(message);
  }

  public MalformedFrameException(String message, Throwable cause) {
    super(message, cause);
  }
}
