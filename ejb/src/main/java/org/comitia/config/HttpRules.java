package org.comitia.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What the settings of the HTTP API must be. */
final class HttpRules {
  private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
  private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e\\t]*");

  private HttpRules() {}

  /** Adds what is wrong with them. */
  static void check(Map<Setting, Object> values, List<String> problems) {
    LimitSettings.check(values, problems);
    Duration ttl = (Duration) values.get(Setting.SESSION_TTL_MIN);
    boolean outside = ttl.toSeconds() < 1 || ttl.compareTo(Duration.ofHours(24)) > 0;
    if (!ttl.isZero() && outside) {
      problems.add("session_ttl_min must be between 1s and 24h");
    }
    int header = (Integer) values.get(Setting.HTTP_MAX_HEADER_BYTES);
    if (header < 8 * 1024 || header > 1024 * 1024) {
      problems.add("http_config.max_header_bytes must be 8192 to 1048576, not " + header);
    }
    if (((Duration) values.get(Setting.HTTP_BODY_TIMEOUT)).compareTo(Duration.ofSeconds(1)) < 0) {
      problems.add("http_config.body_timeout cannot be shorter than 1s");
    }
    Duration handshake = (Duration) values.get(Setting.HTTPS_HANDSHAKE_TIMEOUT);
    if (handshake.compareTo(Duration.ofSeconds(1)) < 0) {
      problems.add("limits.https_handshake_timeout cannot be shorter than 1s");
    }
    for (Setting time : List.of(Setting.DEFAULT_QUERY_TIME, Setting.MAX_QUERY_TIME)) {
      Duration duration = (Duration) values.get(time);
      if (duration.isZero() || duration.isNegative()) {
        problems.add(time.spokenName() + " must be longer than 0s");
      }
    }
    if (((Duration) values.get(Setting.DISCOVERY_MAX_STALE)).isNegative()) {
      problems.add("discovery_max_stale cannot be negative");
    }
    Settings.map(values.get(Setting.HTTP_RESPONSE_HEADERS))
        .forEach(
            (name, value) -> {
              if (!HEADER_NAME.matcher(name).matches() || !HEADER_VALUE.matcher(value).matches()) {
                problems.add(
                    "http_config.response_headers cannot hold \"" + name + "\": no header field");
              }
            });
  }
}
