package org.comitia.simulation;

/** An invariant does not hold. The message names the rule and who broke it. */
final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;

  Violation(String rule, String detail) {
    super(rule + ": " + detail);
  }
}
