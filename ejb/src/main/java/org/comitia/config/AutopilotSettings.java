package org.comitia.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
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
  static AutopilotSettings of(Map<Setting, Object> values) {
    return new AutopilotSettings(
        find(values, Setting.AUTOPILOT_CLEANUP_DEAD_SERVERS, Boolean.class),
        find(values, Setting.AUTOPILOT_LAST_CONTACT_THRESHOLD, Duration.class),
        find(values, Setting.AUTOPILOT_MAX_TRAILING_LOGS, Integer.class),
        find(values, Setting.AUTOPILOT_MIN_QUORUM, Integer.class),
        find(values, Setting.AUTOPILOT_SERVER_STABILIZATION_TIME, Duration.class));
  }

  private static <T> Optional<T> find(Map<Setting, Object> values, Setting name, Class<T> type) {
    return Optional.ofNullable(values.get(name)).map(type::cast);
  }

  /** Adds what is wrong with them. */
  static void check(Map<Setting, Object> values, List<String> problems) {
    for (Setting count :
        List.of(Setting.AUTOPILOT_MAX_TRAILING_LOGS, Setting.AUTOPILOT_MIN_QUORUM)) {
      if ((Integer) values.getOrDefault(count, 0) < 0) {
        problems.add(count.spokenName() + " cannot be negative");
      }
    }
    for (Setting time :
        List.of(
            Setting.AUTOPILOT_LAST_CONTACT_THRESHOLD,
            Setting.AUTOPILOT_SERVER_STABILIZATION_TIME)) {
      if (((Duration) values.getOrDefault(time, Duration.ZERO)).isNegative()) {
        problems.add(time.spokenName() + " cannot be negative");
      }
    }
  }

  /** Whether none is given. */
  public boolean isEmpty() {
    return cleanupDeadServers.isEmpty()
        && lastContactThreshold.isEmpty()
        && maxTrailingLogs.isEmpty()
        && minQuorum.isEmpty()
        && serverStabilizationTime.isEmpty();
  }
}
