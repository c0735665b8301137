package org.comitia.cli.client;

/**
 * The agent did not answer, or answered with an error; the message is for the person who typed the
 * command.
 */
public final class AgentException extends Exception {
  private static final long serialVersionUID = 1L;

  AgentException(String message) {
    super(message);
  }
}
