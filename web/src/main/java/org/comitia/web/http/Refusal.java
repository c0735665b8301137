package org.comitia.web.http;

/**
 * The request cannot be carried out as it stands; the message is the answer's body. Thrown while a
 * request is read, never across an EJB.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  public Refusal(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  /** A parameter or the body is wrong: 400. */
  public static Refusal badRequest(String message) {
    return new Refusal(400, message);
  }

  /** What Consul finds out behind its RPC, and therefore answers with 500. */
  public static Refusal error(String message) {
    return new Refusal(500, message);
  }

  public int status() {
    return status;
  }
}
