package org.comitia.web.filter;

/** An expression that cannot be read, or that does not fit what it is to filter. */
public final class InvalidFilterException extends Exception {
  private static final long serialVersionUID = 1L;

  InvalidFilterException(String problem) {
    super("Failed to create boolean expression evaluator: " + problem, null, false, false);
  }
}
