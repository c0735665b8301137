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
    /** What no token's secret is. */
    private static final String UNKNOWN = "\0";

    /** Without the secret, since it may end in a log. */
    @Override
    public String toString() {
      return "Bearer[]";
    }
  }

  /** No secret is longer, in characters; what is stays unknown. */
  int MAX_SECRET = 256;

  /** Whoever shows this. */
  static Caller of(String secret) {
    if (secret.isEmpty()) {
      return ANONYMOUS;
    }
    return new Bearer(secret.length() > MAX_SECRET ? Bearer.UNKNOWN : secret);
  }

  /** See {@link #SYSTEM}. */
  record Itself() implements Caller {}
}
