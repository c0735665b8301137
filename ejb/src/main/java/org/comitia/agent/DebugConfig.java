package org.comitia.agent;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.comitia.config.GoDuration;
import org.comitia.config.Settings;

/**
 * The settings in force under the flat names of Consul's run-time configuration, as {@code
 * agent/self} shows them: only those that mean something here.
 */
final class DebugConfig {
  private DebugConfig() {}

  static Map<String, Object> of(Settings settings, UUID nodeId, String version) {
    Map<String, Object> all = new TreeMap<>();
    all.put("ACLsEnabled", false);
    all.put("AdvertiseAddrLAN", settings.advertiseAddress().getHostAddress());
    all.put("BindAddr", settings.bindAddress().getHostAddress());
    all.put("Bootstrap", settings.bootstrap());
    all.put("BootstrapExpect", settings.bootstrapExpect());
    all.put("CheckOutputMaxSize", settings.checkOutputMaxSize());
    all.put("CheckUpdateInterval", GoDuration.format(settings.checkUpdateInterval()));
    List<String> clients =
        settings.clientAddresses().stream().map(InetAddress::getHostAddress).toList();
    all.put("ClientAddrs", clients);
    all.put("ConnectEnabled", false);
    all.put("DataDir", settings.dataDir().map(Object::toString).orElse(""));
    all.put("Datacenter", settings.datacenter());
    all.put("DevMode", settings.dev());
    all.put("DiscardCheckOutput", settings.discardCheckOutput());
    all.put("EnableLocalScriptChecks", settings.localScriptChecks());
    all.put("EnableRemoteScriptChecks", settings.remoteScriptChecks());
    all.put(
        "HTTPAddrs",
        clients.stream().map(client -> "tcp://" + client + ":" + settings.httpPort()).toList());
    all.put("HTTPPort", settings.httpPort());
    all.put("LeaveOnTerm", settings.leaveOnTerminate());
    all.put("Logging", Map.of("LogLevel", settings.logLevel().name().toUpperCase(Locale.ROOT)));
    all.put("NodeID", nodeId.toString());
    all.put("NodeMeta", settings.nodeMeta());
    all.put("NodeName", settings.nodeName());
    all.put("PrimaryDatacenter", settings.datacenter());
    all.put("RPCHoldTimeout", GoDuration.format(settings.rpcHoldTimeout()));
    all.put("RejoinAfterLeave", settings.rejoinAfterLeave());
    all.put("RetryJoinIntervalLAN", GoDuration.format(settings.retryInterval()));
    all.put("RetryJoinLAN", settings.retryJoin());
    all.put("RetryJoinMaxAttemptsLAN", settings.retryMax());
    all.put("SerfPortLAN", settings.serfLanPort());
    all.put("ServerMode", settings.server());
    all.put("ServerPort", settings.serverPort());
    all.put("SkipLeaveOnInt", settings.skipLeaveOnInterrupt());
    all.put("StartJoinAddrsLAN", settings.join());
    all.put("Version", version);
    return all;
  }
}
