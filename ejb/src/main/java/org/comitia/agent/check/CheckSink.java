package org.comitia.agent.check;

/** Where the results of checks go. Safe for any thread; returns at once. */
@FunctionalInterface
public interface CheckSink {
  /**
   * @param output what the check printed or answered, cut to its limit
   */
  void update(String checkId, CheckStatus status, String output);
}
