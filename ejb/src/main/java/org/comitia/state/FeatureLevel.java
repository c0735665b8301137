package org.comitia.state;

/**
 * Feature levels: what servers may do once all of them know it, so that a cluster can be upgraded
 * one server after the other (docs/design/upgrades.md). A level is a number; the one in force is
 * part of the state ({@link StateVersion#level()}) and never goes back.
 *
 * <ul>
 *   <li>0: what the builds do that know no levels.
 *   <li>1: servers may cut their logs and pass on snapshots.
 *   <li>2: an archive may be restored, autopilot's configuration may be set, and the servers'
 *       states are compared.
 *   <li>3: the state may hold what access control is made of.
 * </ul>
 */
public final class FeatureLevel {
  /** From here on servers may cut their logs and pass on snapshots. */
  public static final int SNAPSHOTS = 1;

  /** From here on the log may hold what restores an archive. */
  public static final int RESTORE = 2;

  /** From here on the state may hold autopilot's configuration. */
  public static final int AUTOPILOT = 2;

  /**
   * From here on the log may hold digests of the state, which every server compares with its own.
   */
  public static final int DIGESTS = 2;

  /** From here on the state may hold tokens, policies and roles. */
  public static final int ACCESS = 3;

  /** The highest level that this build knows. */
  public static final int KNOWN = 3;

  private FeatureLevel() {}

  /** Why a configuration may not hold the level at this one; empty when it may. */
  public static String cannotBeHeldAt(int level) {
    return level <= KNOWN
        ? ""
        : "COM1024: feature_level_max is "
            + level
            + ", and this version knows feature levels up to "
            + KNOWN
            + ": take it out of the configuration, or install the version that knows it";
  }
}
