package org.comitia.agent.check;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.comitia.config.GoDuration;

/**
 * A check as it was registered with this agent ({@code api/agent/check#register-check}). Exactly
 * one of the ways to check is set, else it is a TTL check or one that is only written by others.
 *
 * @param id unique on this agent
 * @param serviceId empty for a check of the node
 * @param status what it begins with; empty for {@code critical}
 * @param args command and arguments of a script; empty for none
 * @param http the URL; empty for none
 * @param tcp {@code host:port}; empty for none
 * @param udp {@code host:port}; empty for none
 * @param grpc {@code host:port} or {@code host:port/service}; empty for none
 * @param h2ping {@code host:port}; empty for none
 * @param ttl zero for none
 * @param interval zero where the type has none
 * @param timeout zero for Consul's 10 s, a script's 30 s
 * @param deregisterCriticalServiceAfter zero for never
 * @param outputMaxSize bytes of output that are kept; 0 for the agent's limit
 * @param dockerContainerId where the script would run; empty for none. No agent carries this out
 * @param inService whether it was registered as a part of its service, not by itself
 */
public record CheckSpec(
    String id,
    String name,
    String notes,
    String serviceId,
    String status,
    List<String> args,
    String http,
    Map<String, List<String>> header,
    String method,
    String body,
    boolean disableRedirects,
    String tcp,
    String udp,
    String grpc,
    boolean grpcUseTls,
    String h2ping,
    boolean h2pingUseTls,
    String aliasNode,
    String aliasService,
    String tlsServerName,
    boolean tlsSkipVerify,
    Duration ttl,
    Duration interval,
    Duration timeout,
    int successBeforePassing,
    int failuresBeforeWarning,
    int failuresBeforeCritical,
    Duration deregisterCriticalServiceAfter,
    int outputMaxSize,
    String dockerContainerId,
    boolean inService) {

  /**
   * Why no agent carries this out, in Consul's words; null when it is well-formed. The API puts
   * {@code Invalid check: } before it.
   */
  public String problem() {
    boolean periodic =
        isScript()
            || !http.isEmpty()
            || !tcp.isEmpty()
            || !udp.isEmpty()
            || !grpc.isEmpty()
            || !h2ping.isEmpty();
    if (isPositive(interval) && isPositive(ttl)) {
      return "Interval and TTL cannot both be specified";
    } else if (periodic && !isPositive(interval)) {
      return "Interval must be > 0 for Script, HTTP, H2PING, "
          + (udp.isEmpty() ? "or TCP checks" : "TCP, or UDP checks");
    } else if (periodic && isAlias()) {
      return "Interval cannot be set for Alias checks";
    } else if (isAlias() && isPositive(ttl)) {
      return "TTL must be not be set for Alias checks";
    } else if (!periodic && !isAlias() && !isPositive(ttl)) {
      return "TTL must be > 0 for TTL checks";
    } else if (outputMaxSize < 0) {
      return "MaxOutputMaxSize must be positive";
    } else if (failuresBeforeWarning > failuresBeforeCritical) {
      return "FailuresBeforeWarning can't be higher than FailuresBeforeCritical";
    }
    return null;
  }

  /** The check's {@code Type} in answers; empty when it has no way to check. */
  public String type() {
    if (!grpc.isEmpty()) {
      return "grpc";
    } else if (!http.isEmpty()) {
      return "http";
    } else if (isTtl()) {
      return "ttl";
    } else if (!tcp.isEmpty()) {
      return "tcp";
    } else if (!udp.isEmpty()) {
      return "udp";
    } else if (isAlias()) {
      return "alias";
    } else if (isScript()) {
      return "script";
    }
    return h2ping.isEmpty() ? "" : "h2ping";
  }

  public boolean isTtl() {
    return isPositive(ttl);
  }

  /** Whether it mirrors other checks. */
  public boolean isAlias() {
    return !aliasNode.isEmpty() || !aliasService.isEmpty();
  }

  /** What answers show as its interval: nothing for a part of a service, as in Consul 1.10. */
  public String shownInterval() {
    return inService ? "" : GoDuration.format(interval);
  }

  /** What answers show as its timeout. */
  public String shownTimeout() {
    return inService ? "" : GoDuration.format(timeout);
  }

  /** Whether it asks for a container to run its script in. */
  public boolean isDocker() {
    return !dockerContainerId.isEmpty();
  }

  /** Whether it starts a process: only where the agent's configuration allows it. */
  public boolean isScript() {
    return !args.isEmpty();
  }

  private static boolean isPositive(Duration duration) {
    return !duration.isZero() && !duration.isNegative();
  }
}
