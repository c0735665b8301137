package org.comitia.state;

import java.util.List;
import java.util.Map;

/**
 * How a check of the catalog is carried out, for whoever carries it out: the catalog keeps it and
 * does nothing with it (Consul's {@code Definition}). Times are in nanoseconds; 0, empty and false
 * are what was not given.
 */
public record CheckDefinition(
    String http,
    Map<String, List<String>> header,
    String method,
    String body,
    boolean disableRedirects,
    String tlsServerName,
    boolean tlsSkipVerify,
    String tcp,
    String udp,
    String grpc,
    boolean grpcUseTls,
    String h2ping,
    boolean h2pingUseTls,
    List<String> scriptArgs,
    String dockerContainerId,
    String shell,
    String aliasNode,
    String aliasService,
    long intervalNanos,
    long timeoutNanos,
    long ttlNanos,
    long deregisterCriticalServiceAfterNanos,
    long outputMaxSize) {
  /** A check that came without one. */
  public static final CheckDefinition NONE =
      new CheckDefinition(
          "", Map.of(), "", "", false, "", false, "", "", "", false, "", false, List.of(), "", "",
          "", "", 0, 0, 0, 0, 0);

  /** What a check that is carried out like this is, in Consul's words; empty for nothing of it. */
  public String type() {
    boolean periodic = intervalNanos > 0;
    if (periodic && !grpc.isEmpty()) {
      return "grpc";
    } else if (periodic && !http.isEmpty()) {
      return "http";
    } else if (ttlNanos > 0) {
      return "ttl";
    } else if (periodic && !tcp.isEmpty()) {
      return "tcp";
    } else if (periodic && !udp.isEmpty()) {
      return "udp";
    } else if (!aliasNode.isEmpty() || !aliasService.isEmpty()) {
      return "alias";
    } else if (!scriptArgs.isEmpty()) {
      return periodic && !dockerContainerId.isEmpty() ? "docker" : "script";
    }
    return periodic && !h2ping.isEmpty() ? "h2ping" : "";
  }
}
