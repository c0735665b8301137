package org.comitia.agent.definition;

/** A definition that cannot be carried out; the message is Consul's text where it has one. */
public final class InvalidDefinitionException extends Exception {
  private static final long serialVersionUID = 1L;

  public InvalidDefinitionException(String message) {
    super(message);
  }
}
