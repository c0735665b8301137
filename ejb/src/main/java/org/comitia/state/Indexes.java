package org.comitia.state;

import java.util.List;
import org.comitia.access.AccessObject;

/** The names in {@link StateVersion#indexes()}. */
public final class Indexes {
  public static final String NODES = "nodes";
  public static final String SERVICES = "services";
  public static final String CHECKS = "checks";
  public static final String KV = "kvs";

  public static final String SESSIONS = "sessions";
  public static final String PREPARED_QUERIES = "prepared-queries";
  public static final String COORDINATES = "coordinates";

  public static final String ACL_TOKENS = "acl-tokens";
  public static final String ACL_POLICIES = "acl-policies";
  public static final String ACL_ROLES = "acl-roles";

  /**
   * The index at which the first token was created by {@link Command.AclBootstrap}, the last time;
   * not there as long as it was never done.
   */
  public static final String ACL_BOOTSTRAP = "acl-token-bootstrap";

  /** Moves when tombstones are reaped. */
  public static final String TOMBSTONES = "tombstones";

  /**
   * The highest index of a tombstone that was reaped. Prefix reads never answer less: else the
   * index of a prefix would go backwards when the tombstone that carried it is gone.
   */
  public static final String REAPED = "tombstones.reaped";

  /** The index at which a service last lost its last instance: the index of absent services. */
  public static final String EXTINCTION = "service_last_extinction";

  /** Those that every state may have: all but those of services and levels. */
  static final List<String> ALWAYS =
      List.of(
          NODES,
          SERVICES,
          CHECKS,
          KV,
          SESSIONS,
          PREPARED_QUERIES,
          COORDINATES,
          TOMBSTONES,
          REAPED,
          EXTINCTION);

  /**
   * What every state may have besides from {@link FeatureLevel#ACCESS} on: one a kind, in order.
   */
  static final List<String> OF_ACCESS = List.of(ACL_POLICIES, ACL_ROLES, ACL_TOKENS);

  private static final String SERVICE = "service.";

  private static final String LEVEL = "feature-level-";

  private Indexes() {}

  /** The index of the entry that put this feature level in force; no query answers it. */
  public static String ofLevel(int level) {
    return LEVEL + level;
  }

  static boolean isOfLevel(String name) {
    return name.startsWith(LEVEL);
  }

  /** The index of all objects of a kind. */
  static String ofAccess(AccessObject.Kind kind) {
    return OF_ACCESS.get(kind.ordinal());
  }

  /** Those of all that is shown of a kind: the names of what it links to, too. */
  static List<String> shown(AccessObject.Kind kind) {
    return switch (kind) {
      case TOKEN -> OF_ACCESS;
      case POLICY -> List.of(ACL_POLICIES);
      case ROLE -> List.of(ACL_POLICIES, ACL_ROLES);
    };
  }

  /** The index of one service that has instances; moves with them, their nodes and checks. */
  public static String ofService(String name) {
    return SERVICE + Names.fold(name);
  }
}
