package org.comitia.agent.check;

import java.time.Duration;
import java.util.List;
import java.util.Map;

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
 * @param timeout zero for Consul's 10 s
 * @param deregisterCriticalServiceAfter zero for never
 * @param outputMaxSize bytes of output that are kept; 0 for the agent's limit
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
    int outputMaxSize) {}
