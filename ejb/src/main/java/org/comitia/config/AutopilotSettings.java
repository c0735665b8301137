package org.comitia.config;

import java.time.Duration;
import java.util.Optional;

/**
 * What this server's settings say about autopilot: what it begins with in a cluster in which nobody
 * has set it. Empty where a setting is not given; none is negative.
 */
public record AutopilotSettings(
    Optional<Boolean> cleanupDeadServers,
    Optional<Duration> lastContactThreshold,
    Optional<Integer> maxTrailingLogs,
    Optional<Integer> minQuorum,
    Optional<Duration> serverStabilizationTime) {
  /** Whether none is given. */
  public boolean isEmpty() {
    return cleanupDeadServers.isEmpty()
        && lastContactThreshold.isEmpty()
        && maxTrailingLogs.isEmpty()
        && minQuorum.isEmpty()
        && serverStabilizationTime.isEmpty();
  }
}
