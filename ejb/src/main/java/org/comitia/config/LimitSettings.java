package org.comitia.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What the settings say about how much others may ask of this agent, Consul's {@code limits}.
 *
 * @param httpMaxConnsPerClient requests of one address under way at the HTTP API; 0: no limit
 * @param rpcMaxConnsPerClient connections of one address to the server port; 0: no limit of its own
 * @param rpcHandshakeTimeout how long a connection to the server port or the serf port may take
 *     until it has proved what it must and said who it is
 * @param rpcRate requests a second that a client agent sends to servers for its HTTP clients; below
 *     0: no limit
 * @param rpcMaxBurst so many of them may come at once
 * @param requestLimits what a server does with requests beyond the rates that follow
 * @param readRate reads a second that a server takes; below 0: no limit
 * @param writeRate writes a second that a server takes; below 0: no limit
 */
public record LimitSettings(
    int httpMaxConnsPerClient,
    int rpcMaxConnsPerClient,
    Duration rpcHandshakeTimeout,
    double rpcRate,
    int rpcMaxBurst,
    Mode requestLimits,
    double readRate,
    double writeRate) {
  /** What is done with requests beyond a rate. */
  public enum Mode {
    /** They are not counted. */
    DISABLED,
    /** They are carried out, and the log says so. */
    PERMISSIVE,
    /** They are refused. */
    ENFORCING
  }

  static LimitSettings of(Map<Setting, Object> values) {
    return new LimitSettings(
        (Integer) values.get(Setting.HTTP_MAX_CONNECTIONS_PER_CLIENT),
        (Integer) values.get(Setting.RPC_MAX_CONNS_PER_CLIENT),
        (Duration) values.get(Setting.RPC_HANDSHAKE_TIMEOUT),
        (Double) values.get(Setting.RPC_RATE),
        (Integer) values.get(Setting.RPC_MAX_BURST),
        (Mode) values.get(Setting.REQUEST_LIMITS_MODE),
        (Double) values.get(Setting.REQUEST_LIMITS_READ_RATE),
        (Double) values.get(Setting.REQUEST_LIMITS_WRITE_RATE));
  }

  /** Adds what is wrong with them. */
  static void check(Map<Setting, Object> values, List<String> problems) {
    for (Setting count :
        List.of(Setting.HTTP_MAX_CONNECTIONS_PER_CLIENT, Setting.RPC_MAX_CONNS_PER_CLIENT)) {
      if ((Integer) values.get(count) < 0) {
        problems.add(count.spokenName() + " cannot be negative. Use 0 for no limit");
      }
    }
    Duration handshake = (Duration) values.get(Setting.RPC_HANDSHAKE_TIMEOUT);
    if (handshake.compareTo(Duration.ofMillis(100)) < 0
        || handshake.compareTo(Duration.ofMinutes(1)) > 0) {
      problems.add("limits.rpc_handshake_timeout must be between 100ms and 1m");
    }
    if ((Integer) values.get(Setting.RPC_MAX_BURST) < 1) {
      problems.add("limits.rpc_max_burst must be at least 1");
    }
    for (Setting rate :
        List.of(
            Setting.RPC_RATE,
            Setting.REQUEST_LIMITS_READ_RATE,
            Setting.REQUEST_LIMITS_WRITE_RATE)) {
      if ((Double) values.get(rate) == 0) {
        problems.add(rate.spokenName() + " cannot be 0. Use -1 for no limit");
      }
    }
  }
}
