package org.comitia.cli.client;

/**
 * The agent did not answer, or answered with an error; the message is for the person who typed the
 * command.
 */
public final class AgentException extends Exception {
  private static final long serialVersionUID = 1L;
  private final boolean passing;
  private final int status;
  private final String answer;

  /** An error that stays. */
  public AgentException(String message) {
    this(message, false);
  }

  AgentException(String message, boolean passing) {
    this(message, passing, 0, "");
  }

  AgentException(String message, boolean passing, int status, String answer) {
    super(message);
    this.passing = passing;
    this.status = status;
    this.answer = answer;
  }

  /** What the agent answered; empty when it did not. */
  String answer() {
    return answer;
  }

  /** Whether the same request may succeed a moment later: no connection, no answer, or a 5xx. */
  public boolean passing() {
    return passing;
  }

  /** Whether what the request supposed is not so: a 409. */
  public boolean conflict() {
    return status == 409;
  }
}
