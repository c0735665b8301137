package org.comitia.guard;

import org.comitia.access.Access;
import org.comitia.access.Authorizer;
import org.comitia.access.Resource;
import org.comitia.access.Token;
import org.comitia.state.Names;

/**
 * What somebody must be allowed for something.
 *
 * @param segment empty where {@link Resource#segmented()} is not so
 * @param or what does as well; null for nothing
 */
public record Demand(Resource resource, String segment, Access access, Extent extent, Demand or) {
  /** How much of the resource it is about. */
  public enum Extent {
    /** The segment. */
    EXACT,
    /** All that begins with the segment, whether it is there or not. */
    PREFIX,
    /** Any segment, for what is not there: who may nothing of the kind is told nothing of it. */
    ANY,
    /** Nobody but the cluster itself. */
    NOBODY
  }

  /** What agents ask of each other, and nobody else may. */
  public static final Demand NOBODY =
      new Demand(Resource.OPERATOR, "", Access.WRITE, Extent.NOBODY, null);

  /** For a resource without segments. */
  public static Demand of(Resource resource, Access access) {
    return of(resource, "", access);
  }

  /** For one segment. */
  public static Demand of(Resource resource, String segment, Access access) {
    return new Demand(resource, segment, access, Extent.EXACT, null);
  }

  /** For all that begins so. */
  public static Demand prefix(Resource resource, String segment, Access access) {
    return new Demand(resource, segment, access, Extent.PREFIX, null);
  }

  /** For at least one segment. */
  public static Demand any(Resource resource, Access access) {
    return new Demand(resource, "", access, Extent.ANY, null);
  }

  /** This, or else that. */
  public Demand or(Demand other) {
    return new Demand(resource, segment, access, extent, other);
  }

  /** Whether who is authorized so fulfils it. */
  public boolean isMetBy(Authorizer authorizer) {
    boolean met =
        switch (extent) {
          case EXACT -> authorizer.allows(resource, segment, access);
          case PREFIX -> authorizer.allowsPrefix(resource, segment, access);
          case ANY -> authorizer.allowsAny(resource, access);
          case NOBODY -> false;
        };
    return met || (or != null && or.isMetBy(authorizer));
  }

  /** Consul's text for who does not fulfil it. */
  public String denial(Authorizer authorizer) {
    boolean anonymous = authorizer.accessor().equals(Token.ANONYMOUS);
    return "Permission denied: "
        + (anonymous ? "anonymous token" : "token with AccessorID '" + authorizer.accessor() + "'")
        + " lacks permission '"
        + resource.text()
        + ":"
        + access.text()
        + "'"
        + (segment.isEmpty() ? "" : " on " + Names.quote(segment))
        + (anonymous
            ? ". The anonymous token is used implicitly when a request does not specify a token."
            : "");
  }
}
