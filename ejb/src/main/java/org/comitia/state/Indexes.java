package org.comitia.state;

import java.util.List;

/** The names in {@link StateVersion#indexes()}. */
public final class Indexes {
  public static final String NODES = "nodes";
  public static final String SERVICES = "services";
  public static final String CHECKS = "checks";
  public static final String KV = "kvs";

  public static final String SESSIONS = "sessions";
  public static final String PREPARED_QUERIES = "prepared-queries";
  public static final String COORDINATES = "coordinates";

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

  /** The index of one service that has instances; moves with them, their nodes and checks. */
  public static String ofService(String name) {
    return SERVICE + Names.fold(name);
  }
}
