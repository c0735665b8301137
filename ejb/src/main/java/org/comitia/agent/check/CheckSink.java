package org.comitia.agent.check;

import org.comitia.state.CheckStatus;

/** Where the results of checks go. Safe for any thread; returns at once. */
@FunctionalInterface
public interface CheckSink {
  /**
   * A result that counts: thresholds of {@link CheckSpec} are applied already. The same status may
   * come again, with the same output or another.
   *
   * @param output what the check printed or answered, cut to its limit
   */
  void update(String checkId, CheckStatus status, String output);
}
