package org.comitia.web.http;

import java.util.List;
import org.comitia.access.Access;
import org.comitia.access.Authorizer;
import org.comitia.access.Authorizers;
import org.comitia.access.Token;
import org.comitia.access.Unrestricted;
import org.comitia.cluster.Caller;

/**
 * Who asks.
 *
 * @param caller on whose behalf the cluster is asked
 * @param secret that the request itself shows; empty for none
 * @param authorizer what it may do with what belongs to this agent; where the servers decide,
 *     nothing
 */
public record Visitor(Caller caller, String secret, Authorizer authorizer) {
  /** Where nobody keeps access. */
  public static final Visitor ANYBODY = new Visitor(Caller.ANONYMOUS, "", Unrestricted.INSTANCE);

  private static final Authorizer NOTHING =
      Authorizers.of(List.of(), Access.DENY, false, Token.ANONYMOUS);

  /** One that may do nothing here. */
  static Visitor of(Caller caller, String secret) {
    return new Visitor(caller, secret, NOTHING);
  }

  /** The same with what it may do. */
  Visitor with(Authorizer given) {
    return new Visitor(caller, secret, given);
  }

  /** Without the secret, since it may end in a log. */
  @Override
  public String toString() {
    return "Visitor[" + authorizer.accessor() + "]";
  }
}
