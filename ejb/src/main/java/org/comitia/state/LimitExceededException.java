package org.comitia.state;

/**
 * Something is larger, longer, deeper or more than is allowed; the message says what, and the
 * bound. Nothing was done.
 */
public final class LimitExceededException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LimitExceededException(String message) {
    super(message, null, false, false);
  }
}
