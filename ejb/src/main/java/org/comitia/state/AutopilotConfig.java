package org.comitia.state;

/**
 * How the leader looks after the servers (Consul's autopilot): the only row of its table. Durations
 * in nanoseconds, none of them negative. The three last settings are kept and shown, and mean
 * nothing here, as in Consul's open-source build.
 *
 * @param cleanupDeadServers whether dead servers are taken out of the Raft configuration
 * @param lastContactNanos how long a healthy server may be silent
 * @param maxTrailingLogs how many entries a healthy server may be behind
 * @param minQuorum clean-up leaves at least as many voters; 0 for no such bound
 * @param stabilizationNanos how long a server must have been healthy to become a voter
 * @param createIndex 0 while nobody has set it
 * @param modifyIndex likewise
 */
public record AutopilotConfig(
    boolean cleanupDeadServers,
    long lastContactNanos,
    long maxTrailingLogs,
    long minQuorum,
    long stabilizationNanos,
    String redundancyZoneTag,
    boolean disableUpgradeMigration,
    String upgradeVersionTag,
    long createIndex,
    long modifyIndex) {
  /** The row's key. */
  public static final String KEY = "config";

  /** What is in force while nobody has set anything. */
  public static final AutopilotConfig DEFAULT =
      new AutopilotConfig(true, 200_000_000, 250, 0, 0, "", false, "", 0, 0);

  /** The same settings with these indexes. */
  public AutopilotConfig at(long created, long modified) {
    return new AutopilotConfig(
        cleanupDeadServers,
        lastContactNanos,
        maxTrailingLogs,
        minQuorum,
        stabilizationNanos,
        redundancyZoneTag,
        disableUpgradeMigration,
        upgradeVersionTag,
        created,
        modified);
  }
}
