package org.comitia.state;

/** A refusal that depends on the state, with Consul's text. The draft is to be thrown away. */
final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Refused(String message) {
    super(message, null, false, false);
  }
}
