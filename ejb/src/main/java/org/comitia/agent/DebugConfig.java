package org.comitia.agent;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.comitia.config.AclSettings;
import org.comitia.config.AutopilotSettings;
import org.comitia.config.GoDuration;
import org.comitia.config.LimitSettings;
import org.comitia.config.Settings;
import org.comitia.config.TlsSettings;
import org.comitia.config.Version;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.CommandRules;

/**
 * The settings in force under the flat names of Consul's run-time configuration and in its formats
 * ({@code tcp://ip:port}, {@code 30s}, -1 for a port that is off), as {@code agent/self} shows
 * them: those that mean something here, and those that say what there is not.
 */
final class DebugConfig {
  /** A port that nothing listens on. */
  private static final int OFF = -1;

  private DebugConfig() {}

  static Map<String, Object> of(Settings settings, UUID nodeId) {
    Map<String, Object> all = new TreeMap<>();
    identity(all, settings, nodeId);
    network(all, settings);
    joining(all, settings);
    autopilot(all, settings.autopilot());
    checks(all, settings);
    api(all, settings);
    acl(all, settings.acl());
    tls(all, settings.internalRpcTls());
    all.put("Logging", logging(settings));
    absent(all);
    return all;
  }

  private static void identity(Map<String, Object> all, Settings settings, UUID nodeId) {
    all.put("Bootstrap", settings.bootstrap());
    all.put("BootstrapExpect", settings.bootstrapExpect());
    all.put("DataDir", settings.dataDir().map(Object::toString).orElse(""));
    all.put("Datacenter", settings.datacenter());
    all.put("DevMode", settings.dev());
    all.put("NodeID", nodeId.toString());
    all.put("NodeMeta", settings.nodeMeta());
    all.put("NodeName", settings.nodeName());
    all.put("PidFile", settings.pidFile().map(Object::toString).orElse(""));
    all.put("PrimaryDatacenter", settings.datacenter());
    all.put("RaftProtocol", 3);
    all.put("RPCProtocol", 2);
    all.put("Revision", "");
    all.put("ServerMode", settings.server());
    all.put("Version", Version.ANNOUNCED);
    all.put("VersionPrerelease", "");
  }

  private static void network(Map<String, Object> all, Settings settings) {
    InetAddress advertised = settings.advertiseAddress();
    InetAddress bound = settings.bindAddress();
    List<String> clients =
        settings.clientAddresses().stream().map(InetAddress::getHostAddress).toList();
    all.put("AdvertiseAddrLAN", advertised.getHostAddress());
    all.put("AdvertiseAddrWAN", advertised.getHostAddress());
    all.put("BindAddr", bound.getHostAddress());
    all.put("ClientAddrs", clients);
    all.put("DisableKeyringFile", settings.keyringFile().isEmpty());
    all.put("EncryptVerifyIncoming", settings.encryptVerifyIncoming());
    all.put("EncryptVerifyOutgoing", settings.encryptVerifyOutgoing());
    all.put(
        "HTTPAddrs",
        settings.clientAddresses().stream().map(a -> tcp(a, settings.httpPort())).toList());
    all.put("HTTPPort", settings.httpPort());
    all.put(
        "HTTPSAddrs",
        settings.httpsPort() < 0
            ? List.of()
            : settings.httpsAddresses().stream().map(a -> tcp(a, settings.httpsPort())).toList());
    all.put("HTTPSHandshakeTimeout", text(settings.httpsHandshakeTimeout()));
    all.put("HTTPSPort", settings.httpsPort());
    all.put("VerifyIncomingHTTPS", settings.httpsTls().verifyIncoming());
    all.put("RPCAdvertiseAddr", tcp(advertised, settings.serverPort()));
    all.put("RPCBindAddr", tcp(bound, settings.serverPort()));
    all.put("SerfAdvertiseAddrLAN", tcp(advertised, settings.serfLanPort()));
    all.put("SerfBindAddrLAN", tcp(bound, settings.serfLanPort()));
    all.put("SerfPortLAN", settings.serfLanPort());
    all.put("ServerPort", settings.serverPort());
    String address = advertised.getHostAddress();
    String family = advertised instanceof Inet6Address ? "_ipv6" : "_ipv4";
    all.put(
        "TaggedAddresses",
        Map.of("lan", address, "lan" + family, address, "wan", address, "wan" + family, address));
  }

  private static String tcp(InetAddress address, int port) {
    String host = address.getHostAddress();
    return "tcp://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  private static void joining(Map<String, Object> all, Settings settings) {
    all.put("LeaveOnTerm", settings.leaveOnTerminate());
    all.put("ReconnectTimeoutLAN", text(settings.reconnectTimeout()));
    all.put("RejoinAfterLeave", settings.rejoinAfterLeave());
    all.put("RetryJoinIntervalLAN", text(settings.retryInterval()));
    all.put("RetryJoinLAN", settings.retryJoin());
    all.put("RetryJoinMaxAttemptsLAN", settings.retryMax());
    all.put("SkipLeaveOnInt", settings.skipLeaveOnInterrupt());
    all.put("StartJoinAddrsLAN", settings.join());
  }

  private static void tls(Map<String, Object> all, TlsSettings internal) {
    all.put("VerifyIncoming", internal.verifyIncoming());
    all.put("VerifyIncomingRPC", internal.verifyIncoming());
    all.put("VerifyOutgoing", internal.hasAuthorities());
    all.put("VerifyServerHostname", internal.verifyServerHostname());
  }

  /** What this server begins with; what is in force the servers know. */
  private static void autopilot(Map<String, Object> all, AutopilotSettings given) {
    AutopilotConfig usual = AutopilotConfig.DEFAULT;
    all.put(
        "AutopilotCleanupDeadServers",
        given.cleanupDeadServers().orElse(usual.cleanupDeadServers()));
    all.put("AutopilotDisableUpgradeMigration", false);
    all.put(
        "AutopilotLastContactThreshold",
        text(given.lastContactThreshold().orElse(Duration.ofNanos(usual.lastContactNanos()))));
    all.put(
        "AutopilotMaxTrailingLogs", given.maxTrailingLogs().orElse((int) usual.maxTrailingLogs()));
    all.put("AutopilotMinQuorum", given.minQuorum().orElse((int) usual.minQuorum()));
    all.put("AutopilotRedundancyZoneTag", "");
    all.put(
        "AutopilotServerStabilizationTime",
        text(given.serverStabilizationTime().orElse(Duration.ofNanos(usual.stabilizationNanos()))));
    all.put("AutopilotUpgradeVersionTag", "");
  }

  private static void checks(Map<String, Object> all, Settings settings) {
    all.put("CheckDeregisterIntervalMin", "1m0s");
    all.put("CheckOutputMaxSize", settings.checkOutputMaxSize());
    all.put("CheckReapInterval", "30s");
    all.put("CheckUpdateInterval", text(settings.checkUpdateInterval()));
    all.put("DiscardCheckOutput", settings.discardCheckOutput());
    all.put("EnableLocalScriptChecks", settings.localScriptChecks());
    all.put("EnableRemoteScriptChecks", settings.remoteScriptChecks());
  }

  private static void api(Map<String, Object> all, Settings settings) {
    all.put(
        "AllowWriteHTTPFrom",
        settings.httpAllowWriteFrom().stream().map(Object::toString).toList());
    all.put("DefaultQueryTime", text(settings.defaultQueryTime()));
    all.put("DisableCoordinates", settings.disableCoordinates());
    all.put("DiscoveryMaxStale", text(settings.discoveryMaxStale()));
    all.put("HTTPBlockEndpoints", settings.httpBlockEndpoints());
    all.put("HTTPMaxConnsPerClient", settings.limits().httpMaxConnsPerClient());
    all.put("HTTPResponseHeaders", settings.httpResponseHeaders());
    all.put("KVMaxValueSize", CommandRules.MAX_VALUE_BYTES);
    all.put("MaxQueryTime", text(settings.maxQueryTime()));
    LimitSettings limits = settings.limits();
    all.put("RPCHandshakeTimeout", text(limits.rpcHandshakeTimeout()));
    all.put("RPCHoldTimeout", text(settings.rpcHoldTimeout()));
    all.put("RPCMaxBurst", limits.rpcMaxBurst());
    all.put("RPCMaxConnsPerClient", limits.rpcMaxConnsPerClient());
    all.put("RPCRateLimit", limits.rpcRate());
    all.put("RequestLimitsMode", limits.requestLimits().name().toLowerCase(Locale.ROOT));
    all.put("RequestLimitsReadRate", limits.readRate());
    all.put("RequestLimitsWriteRate", limits.writeRate());
    all.put(
        "SerfAllowedCIDRsLAN", settings.allowedNetworks().stream().map(Object::toString).toList());
    all.put("SessionTTLMin", text(settings.sessionTtlMin()));
    all.put(
        "Telemetry",
        Map.of(
            "MetricsPrefix",
            "consul",
            "PrometheusOpts",
            Map.of("Expiration", text(settings.prometheusRetentionTime()))));
    all.put("TxnMaxReqLen", CommandRules.MAX_VALUE_BYTES);
  }

  /** No token is in it. */
  private static void acl(Map<String, Object> all, AclSettings acl) {
    all.put("ACLDefaultPolicy", acl.defaultAllow() ? "allow" : "deny");
    all.put("ACLDownPolicy", acl.downPolicy());
    all.put("ACLEnableKeyListPolicy", acl.keyListPolicy());
    all.put("ACLTokenTTL", text(acl.tokenTtl()));
    all.put("ACLsEnabled", acl.enabled());
  }

  private static Map<String, Object> logging(Settings settings) {
    Map<String, Object> logging = new LinkedHashMap<>();
    logging.put("EnableSyslog", false);
    logging.put("LogFilePath", settings.logFile().orElse(""));
    logging.put("LogJSON", settings.logJson());
    logging.put("LogLevel", settings.logLevel().name().toUpperCase(Locale.ROOT));
    logging.put("LogRotateBytes", settings.logRotateBytes());
    logging.put("LogRotateDuration", text(settings.logRotateDuration()));
    logging.put("LogRotateMaxFiles", settings.logRotateMaxFiles());
    logging.put("Name", "");
    return logging;
  }

  /** What Consul has and this agent has not, as Consul says that it is off. */
  private static void absent(Map<String, Object> all) {
    for (String flag :
        List.of(
            "AutoEncryptTLS",
            "ConnectEnabled",
            "EnableDebug",
            "ReadReplica",
            "TranslateWANAddrs",
            "UseStreamingBackend")) {
      all.put(flag, false);
    }
    for (String list :
        List.of("DNSAddrs", "GRPCAddrs", "RetryJoinWAN", "Segments", "StartJoinAddrsWAN")) {
      all.put(list, List.of());
    }
    for (String port : List.of("DNSPort", "GRPCPort", "SerfPortWAN")) {
      all.put(port, OFF);
    }
    all.put("DisableHostNodeID", true);
    all.put("DisableRemoteExec", true);
    all.put("DisableUpdateCheck", true);
    all.put("EncryptKey", "hidden");
    all.put("SegmentName", "");
    all.put("UIConfig", Map.of("Enabled", false));
  }

  private static String text(Duration duration) {
    return GoDuration.format(duration);
  }
}
