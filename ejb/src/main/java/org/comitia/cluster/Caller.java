package org.comitia.cluster;

/**
 * On whose behalf something is asked. It goes with the request to the server that carries it out,
 * which looks up itself what the token may do: nobody's word for it is taken.
 */
public sealed interface Caller {
  /** This node's own duties; never comes from outside, and cannot be sent. */
  Caller SYSTEM = new Itself();

  /** Who shows no token. */
  Caller ANONYMOUS = new Bearer("");

  /**
   * @param secret the token's; empty for none
   */
  record Bearer(String secret) implements Caller {
    /** Without the secret, since it may end in a log. */
    @Override
    public String toString() {
      return "Bearer[]";
    }
  }

  /** See {@link #SYSTEM}. */
  record Itself() implements Caller {}
}
