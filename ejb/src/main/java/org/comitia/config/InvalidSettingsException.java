package org.comitia.config;

import java.util.List;

/**
 * The configuration cannot be used. {@link #problems()} names every cause, each a line for a person
 * to act on.
 */
public final class InvalidSettingsException extends Exception {
  private static final long serialVersionUID = 1L;
  private final transient List<String> problems;

  InvalidSettingsException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /** What is wrong, the first mistake first; never empty. */
  public List<String> problems() {
    return problems == null ? List.of(getMessage()) : problems;
  }
}
