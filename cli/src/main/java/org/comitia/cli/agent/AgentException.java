package org.comitia.cli.agent;

import java.util.List;

/** The agent cannot start. Each line says why, and what to do about it. */
final class AgentException extends Exception {
  private static final long serialVersionUID = 1L;
  private final transient List<String> notes;
  private final transient List<String> lines;

  AgentException(String line) {
    this(List.of(line));
  }

  AgentException(List<String> lines) {
    this(List.of(), lines);
  }

  /**
   * @param notes what a person should know before they read why: what was skipped
   */
  AgentException(List<String> notes, List<String> lines) {
    super(String.join("; ", lines));
    this.notes = List.copyOf(notes);
    this.lines = List.copyOf(lines);
  }

  List<String> notes() {
    return notes;
  }

  List<String> lines() {
    return lines;
  }
}
