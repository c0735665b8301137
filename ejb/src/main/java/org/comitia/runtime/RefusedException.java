package org.comitia.runtime;

/** This node must not run; the message says why and what to do, for a person. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  RefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
