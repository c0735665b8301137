package org.comitia.wire;

/**
 * A frame with an entry of the log that this version cannot read: of a kind that it does not know,
 * or a configuration in another format. A newer version may have written it, and then only an
 * upgrade of this server helps.
 */
public final class UnknownEntryException extends MalformedFrameException {
  private static final long serialVersionUID = 1L;

  UnknownEntryException(String message, Throwable cause) {
    super(message, cause);
  }
}
