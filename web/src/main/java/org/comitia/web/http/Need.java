package org.comitia.web.http;

import org.comitia.access.Access;
import org.comitia.access.Resource;
import org.comitia.guard.Demand;

/**
 * What an endpoint asks of whoever calls it: every one says so for each of its methods.
 *
 * @param resource null but for {@link Kind#LOCAL}
 * @param access likewise
 */
public record Need(Kind kind, Resource resource, Access access) {
  /** Who looks at it. */
  public enum Kind {
    /** The servers that carry it out, by what it is about. */
    DATA,
    /** {@link FrontFilter}, before the resource is reached; of a node it is this one. */
    LOCAL,
    /** The resource itself: which right follows from the body or from what is there. */
    RESOURCE,
    /** Nobody: everybody may. */
    OPEN
  }

  /** See {@link Kind#DATA}. */
  static final Need DATA = new Need(Kind.DATA, null, null);

  /** See {@link Kind#RESOURCE}. */
  static final Need RESOURCE = new Need(Kind.RESOURCE, null, null);

  /** See {@link Kind#OPEN}. */
  static final Need OPEN = new Need(Kind.OPEN, null, null);

  static Need local(Resource resource, Access access) {
    return new Need(Kind.LOCAL, resource, access);
  }

  /** Whether this agent must know what the caller may. */
  boolean isLocal() {
    return kind == Kind.LOCAL || kind == Kind.RESOURCE;
  }

  /** What is asked for before the resource is reached; null for nothing. */
  Demand demand(String node) {
    return kind == Kind.LOCAL
        ? Demand.of(resource, resource.segmented() ? node : "", access)
        : null;
  }
}
