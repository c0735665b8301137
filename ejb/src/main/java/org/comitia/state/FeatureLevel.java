package org.comitia.state;

/**
 * Feature levels: what servers may do once all of them know it, so that a cluster can be upgraded
 * one server after the other (docs/design/upgrades.md). A level is a number; the one in force is
 * part of the state ({@link StateVersion#level()}) and never goes back.
 *
 * <ul>
 *   <li>0: what the builds do that know no levels.
 *   <li>1: servers may cut their logs and pass on snapshots.
 * </ul>
 */
public final class FeatureLevel {
  /** From here on servers may cut their logs and pass on snapshots. */
  public static final int SNAPSHOTS = 1;

  /** The highest level that this build knows. */
  public static final int KNOWN = SNAPSHOTS;

  private FeatureLevel() {}
}
