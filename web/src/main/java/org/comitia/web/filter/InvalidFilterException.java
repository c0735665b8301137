package org.comitia.web.filter;

/** An expression that cannot be read, or that does not fit what it is to filter. */
public final class InvalidFilterException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean overLimit;

  InvalidFilterException(String problem) {
    this(problem, false);
  }

  private InvalidFilterException(String problem, boolean overLimit) {
    super("Failed to create boolean expression evaluator: " + problem, null, false, false);
    this.overLimit = overLimit;
  }

  static InvalidFilterException overLimit(String problem) {
    return new InvalidFilterException(problem, true);
  }

  /** Whether it is too much for a bound of this project's, rather than wrong. */
  public boolean isOverLimit() {
    return overLimit;
  }
}
