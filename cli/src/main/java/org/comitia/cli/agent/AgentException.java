package org.comitia.cli.agent;

import java.util.List;

/** The agent cannot start. Each line says why, and what to do about it. */
final class AgentException extends Exception {
  private static final long serialVersionUID = 1L;
  private final transient List<String> lines;

  AgentException(String line) {
    this(List.of(line));
  }

  AgentException(List<String> lines) {
    super(String.join("; ", lines));
    this.lines = List.copyOf(lines);
  }

  List<String> lines() {
    return lines;
  }
}
