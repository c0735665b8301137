package org.comitia.config;

import java.net.InetAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import java.util.regex.Pattern;
import org.comitia.encryption.EncryptionKey;
import org.comitia.encryption.Keyring;

/**
 * The typed, validated view of every setting of this agent. Immutable, safe for any thread; what
 * each setting means is said at {@link Setting}. Values are fixed at start: a changed source has an
 * effect at the next start only.
 */
public final class Settings {
  private static final Pattern DATACENTER = Pattern.compile("[a-z0-9_-]{1,64}");
  private static final Pattern NODE_NAME = Pattern.compile("[^\\s\\p{Cntrl}]{1,128}");

  private static final Pattern DOMAIN = Pattern.compile("[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63})*");
  private static final List<Setting> PORTS =
      List.of(Setting.HTTP_PORT, Setting.HTTPS_PORT, Setting.SERVER_PORT, Setting.SERF_LAN_PORT);

  private final Map<Setting, Object> values;
  private final InetAddress bindAddress;
  private final InetAddress advertiseAddress;
  private final String nodeName;

  private Settings(
      Map<Setting, Object> values,
      InetAddress bindAddress,
      InetAddress advertiseAddress,
      String nodeName) {
    this.values = values;
    this.bindAddress = bindAddress;
    this.advertiseAddress = advertiseAddress;
    this.nodeName = nodeName;
  }

  /**
   * Reads and checks all settings.
   *
   * @param source gives a property's text, or null when it is not set; an empty text counts as not
   *     set
   * @throws InvalidSettingsException naming every mistake
   */
  public static Settings load(Function<String, String> source) throws InvalidSettingsException {
    List<String> problems = new ArrayList<>();
    Map<Setting, Object> values = new EnumMap<>(Setting.class);
    for (Setting setting : Setting.values()) {
      String given = source.apply(setting.property());
      String text =
          given == null || given.isBlank() ? setting.defaultText().orElse(null) : given.trim();
      if (text == null) {
        continue;
      }
      try {
        values.put(setting, setting.parse(text));
      } catch (IllegalArgumentException e) {
        problems.add(setting.spokenName() + " " + e.getMessage());
      }
    }
    if (problems.isEmpty()) {
      check(values, problems);
    }
    if (!problems.isEmpty()) {
      throw new InvalidSettingsException(problems);
    }
    return resolve(values);
  }

  /**
   * The settings given by a map from property to text, for tests and for the command; see {@link
   * #load}.
   *
   * @throws InvalidSettingsException naming every mistake
   */
  public static Settings of(Map<String, String> properties) throws InvalidSettingsException {
    return load(properties::get);
  }

  private static void check(Map<Setting, Object> values, List<String> problems) {
    boolean server = server(values);
    boolean bootstrap = (Boolean) values.get(Setting.BOOTSTRAP);
    int expect = (Integer) values.get(Setting.BOOTSTRAP_EXPECT);
    if (bootstrap && !server) {
      problems.add("'bootstrap = true' requires 'server = true'");
    }
    if (expect < 0) {
      problems.add(
          "bootstrap_expect cannot be " + expect + ". Must be greater than or equal to zero");
    }
    if (expect > 0 && (Boolean) values.get(Setting.DEV)) {
      problems.add("'bootstrap_expect > 0' not allowed in dev mode");
    } else if (expect > 0 && !server) {
      problems.add("'bootstrap_expect > 0' requires 'server = true'");
    }
    if (expect > 0 && bootstrap) {
      problems.add("'bootstrap_expect > 0' and 'bootstrap = true' are mutually exclusive");
    }
    if (expect > 9) {
      problems.add(
          "bootstrap_expect cannot be "
              + expect
              + ". More than 9 servers are not supported; use 3 or 5");
    }
    if (server && !values.containsKey(Setting.DATA_DIR)) {
      problems.add("data_dir cannot be empty");
    }
    String datacenter = (String) values.get(Setting.DATACENTER);
    if (!DATACENTER.matcher(datacenter).matches()) {
      problems.add("datacenter can only contain lowercase alphanumeric, - or _ characters.");
    }
    AclSettings.check(values, problems);
    checkRanges(values, problems);
  }

  private static boolean server(Map<Setting, Object> values) {
    return (Boolean) values.get(Setting.SERVER) || (Boolean) values.get(Setting.DEV);
  }

  private static void checkRanges(Map<Setting, Object> values, List<String> problems) {
    for (Setting port : PORTS) {
      int number = (Integer) values.get(port);
      boolean off = number == -1 && (port == Setting.HTTP_PORT || port == Setting.HTTPS_PORT);
      if (!off && (number < 1 || number > 65_535)) {
        problems.add(port.spokenName() + " cannot be " + number + ". Must be between 1 and 65535");
      }
    }
    int multiplier = (Integer) values.get(Setting.RAFT_MULTIPLIER);
    if (multiplier < 1 || multiplier > 10) {
      problems.add(
          "performance.raft_multiplier cannot be " + multiplier + ". Must be between 1 and 10");
    }
    if ((Integer) values.get(Setting.RAFT_TRAILING_LOGS) < 1) {
      problems.add("raft_trailing_logs cannot be below 1");
    }
    if ((Integer) values.get(Setting.RAFT_SNAPSHOT_THRESHOLD) < 1) {
      problems.add("raft_snapshot_threshold cannot be below 1");
    }
    if (((Duration) values.get(Setting.RAFT_SNAPSHOT_INTERVAL)).compareTo(Duration.ofSeconds(1))
        < 0) {
      problems.add("raft_snapshot_interval cannot be shorter than 1s");
    }
    if (((Duration) values.get(Setting.SCRUB_INTERVAL)).isNegative()) {
      problems.add("scrub_interval cannot be negative. Use 0s for no scrub");
    }
    if ((Integer) values.getOrDefault(Setting.FEATURE_LEVEL_MAX, 0) < 0) {
      problems.add("feature_level_max cannot be negative. Use 0 for no feature level");
    }
    AutopilotSettings.check(values, problems);
    AuditSettings.check(values, problems);
    if ((Integer) values.get(Setting.LOG_ROTATE_BYTES) < 0) {
      problems.add("log_rotate_bytes cannot be negative. Use 0 for no limit");
    }
    if (((Duration) values.get(Setting.LOG_ROTATE_DURATION)).compareTo(Duration.ofSeconds(1)) < 0) {
      problems.add("log_rotate_duration cannot be shorter than 1s");
    }
    if ((Integer) values.get(Setting.LOG_ROTATE_MAX_FILES) < -1) {
      problems.add("log_rotate_max_files cannot be below -1");
    }
    if ((Integer) values.get(Setting.RETRY_MAX) < 0) {
      problems.add("retry_max cannot be negative. Use 0 to try for ever");
    }
    if (((Duration) values.get(Setting.RETRY_INTERVAL)).compareTo(Duration.ofSeconds(1)) < 0) {
      problems.add("retry_interval cannot be shorter than 1s");
    }
    if (((Duration) values.get(Setting.RECONNECT_TIMEOUT)).compareTo(Duration.ofSeconds(1)) < 0) {
      problems.add("reconnect_timeout cannot be shorter than 1s");
    }
    if (((Duration) values.get(Setting.RPC_HOLD_TIMEOUT)).isNegative()) {
      problems.add("performance.rpc_hold_timeout cannot be negative");
    }
    if (((Duration) values.get(Setting.PROMETHEUS_RETENTION_TIME)).isNegative()) {
      problems.add("telemetry.prometheus_retention_time cannot be negative");
    }
    if ((Integer) values.get(Setting.CHECK_OUTPUT_MAX_SIZE) < 1) {
      problems.add(
          "check_output_max_size must be positive, to discard check output use the"
              + " discard_check_output flag");
    }
    if (((Duration) values.get(Setting.CHECK_UPDATE_INTERVAL)).isNegative()) {
      problems.add("check_update_interval cannot be negative");
    }
    String badMeta = Metadata.refusal(map(values.get(Setting.NODE_META)));
    if (badMeta != null) {
      problems.add("node_meta invalid: " + badMeta);
    }
    HttpRules.check(values, problems);
    TlsSettings.check(values, server(values), problems);
    if (!DOMAIN.matcher((String) values.get(Setting.DOMAIN)).matches()) {
      problems.add("domain cannot be \"" + values.get(Setting.DOMAIN) + "\". Must be a DNS name");
    }
    InetAddress advertise = (InetAddress) values.get(Setting.ADVERTISE_ADDRESS);
    if (advertise != null && advertise.isAnyLocalAddress()) {
      problems.add("Advertise address cannot be 0.0.0.0, :: or [::]");
    }
    String name = (String) values.get(Setting.NODE_NAME);
    if (name != null && !NODE_NAME.matcher(name).matches()) {
      problems.add(
          "node_name cannot be \"" + name + "\". Must be 1 to 128 characters without white space");
    }
  }

  @SuppressWarnings("unchecked")
  static Map<String, String> map(Object value) {
    return (Map<String, String>) value;
  }

  private static Settings resolve(Map<Setting, Object> values) throws InvalidSettingsException {
    try {
      InetAddress bind = (InetAddress) values.get(Setting.BIND_ADDRESS);
      InetAddress advertise = (InetAddress) values.get(Setting.ADVERTISE_ADDRESS);
      if (bind == null) {
        bind = HostAddresses.choose(HostAddresses.privateIpv4());
      }
      if (advertise == null) {
        advertise =
            bind.isAnyLocalAddress() ? HostAddresses.choose(HostAddresses.privateIpv4()) : bind;
      }
      String name = (String) values.get(Setting.NODE_NAME);
      return new Settings(values, bind, advertise, name == null ? hostName() : name);
    } catch (IllegalArgumentException e) {
      throw new InvalidSettingsException(List.of(e.getMessage()));
    } catch (SocketException e) {
      throw new InvalidSettingsException(
          List.of(
              "cannot list this host's addresses ("
                  + e.getMessage()
                  + "). Configure one with 'bind'."));
    }
  }

  private static String hostName() throws InvalidSettingsException {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      throw new InvalidSettingsException(
          List.of(
              "node_name cannot be empty: this host's name does not resolve ("
                  + e.getMessage()
                  + ")"));
    }
  }

  private <T> T get(Setting setting, Class<T> type) {
    return type.cast(values.get(setting));
  }

  private <T> Optional<T> find(Setting setting, Class<T> type) {
    return Optional.ofNullable(get(setting, type));
  }

  @SuppressWarnings("unchecked")
  private <T> List<T> list(Setting setting) {
    return (List<T>) values.get(setting);
  }

  /** Whether this node is a server; true in dev mode as well. */
  public boolean server() {
    return get(Setting.SERVER, Boolean.class) || dev();
  }

  /**
   * Whether this server makes a cluster of one when its store is empty: {@code bootstrap}, dev
   * mode, or {@code bootstrap-expect} 1, which is the same.
   */
  public boolean bootstrap() {
    return get(Setting.BOOTSTRAP, Boolean.class)
        || dev()
        || get(Setting.BOOTSTRAP_EXPECT, Integer.class) == 1;
  }

  /**
   * How many servers bootstrap together: 0 (does not propose a bootstrap), or 2 and more. 1 is
   * {@link #bootstrap()}.
   */
  public int bootstrapExpect() {
    int expect = get(Setting.BOOTSTRAP_EXPECT, Integer.class);
    return expect == 1 ? 0 : expect;
  }

  /** {@link Setting#NODE_NAME}, the host's name when not set; never empty. */
  public String nodeName() {
    return nodeName;
  }

  /** {@link Setting#NODE_ID}; empty: the one in the data directory, or a new one. */
  public Optional<UUID> nodeId() {
    return find(Setting.NODE_ID, UUID.class);
  }

  /** {@link Setting#DATACENTER}. */
  public String datacenter() {
    return get(Setting.DATACENTER, String.class);
  }

  /** {@link Setting#BIND_ADDRESS}, resolved; the wildcard address when that was asked for. */
  public InetAddress bindAddress() {
    return bindAddress;
  }

  /** {@link Setting#ADVERTISE_ADDRESS}, resolved; never the wildcard address. */
  public InetAddress advertiseAddress() {
    return advertiseAddress;
  }

  /** {@link Setting#CLIENT_ADDRESS}; at least one. */
  public List<InetAddress> clientAddresses() {
    return list(Setting.CLIENT_ADDRESS);
  }

  /** {@link Setting#HTTP_PORT}; -1: there is no HTTP API. */
  public int httpPort() {
    return get(Setting.HTTP_PORT, Integer.class);
  }

  /** {@link Setting#HTTPS_PORT}; -1: the API is not served over TLS. */
  public int httpsPort() {
    return get(Setting.HTTPS_PORT, Integer.class);
  }

  /** {@link Setting#HTTPS_ADDRESS}, or where the HTTP API listens; at least one. */
  public List<InetAddress> httpsAddresses() {
    return list(
        values.containsKey(Setting.HTTPS_ADDRESS) ? Setting.HTTPS_ADDRESS : Setting.CLIENT_ADDRESS);
  }

  /** {@link Setting#HTTPS_HANDSHAKE_TIMEOUT}. */
  public Duration httpsHandshakeTimeout() {
    return get(Setting.HTTPS_HANDSHAKE_TIMEOUT, Duration.class);
  }

  /** {@link Setting#SERVER_PORT}. */
  public int serverPort() {
    return get(Setting.SERVER_PORT, Integer.class);
  }

  /** {@link Setting#SERF_LAN_PORT}. */
  public int serfLanPort() {
    return get(Setting.SERF_LAN_PORT, Integer.class);
  }

  /** {@link Setting#DATA_DIR}, absolute; always there in server mode. */
  public Optional<Path> dataDir() {
    return find(Setting.DATA_DIR, Path.class);
  }

  /** {@link Setting#DOMAIN}, in lower case, without a dot at its end. */
  public String domain() {
    return get(Setting.DOMAIN, String.class);
  }

  /** What holds for the server port, and for the serf LAN port when there is no key. */
  public TlsSettings internalRpcTls() {
    return TlsSettings.internalRpc(values);
  }

  /** What holds for the HTTPS API. */
  public TlsSettings httpsTls() {
    return TlsSettings.https(values);
  }

  /** {@link Setting#ENCRYPT}; counts where {@link #keyringFile()} is not there yet. */
  public Optional<EncryptionKey> encrypt() {
    return find(Setting.ENCRYPT, EncryptionKey.class);
  }

  /** {@link Setting#ENCRYPT_VERIFY_INCOMING}. */
  public boolean encryptVerifyIncoming() {
    return get(Setting.ENCRYPT_VERIFY_INCOMING, Boolean.class);
  }

  /** {@link Setting#ENCRYPT_VERIFY_OUTGOING}. */
  public boolean encryptVerifyOutgoing() {
    return get(Setting.ENCRYPT_VERIFY_OUTGOING, Boolean.class);
  }

  /** Where the keys that agents share are kept; empty by {@link Setting#DISABLE_KEYRING_FILE}. */
  public Optional<Path> keyringFile() {
    return get(Setting.DISABLE_KEYRING_FILE, Boolean.class)
        ? Optional.empty()
        : dataDir().map(dir -> dir.resolve(Keyring.FILE));
  }

  /** Whether both ports are closed to who has no key of the cluster: asks the disk. */
  public boolean encrypts() {
    return encrypt().isPresent() || keyringFile().filter(Files::exists).isPresent();
  }

  /** {@link Setting#AUDIT_FILE} and its neighbours. */
  public AuditSettings audit() {
    return AuditSettings.of(values);
  }

  /** {@link Setting#ACL_ENABLED} and its neighbours. */
  public AclSettings acl() {
    return AclSettings.of(values);
  }

  /** {@link Setting#JOIN}; each for {@link JoinAddress#parse}. */
  public List<String> join() {
    return list(Setting.JOIN);
  }

  /** {@link Setting#RETRY_JOIN}; each for {@link JoinAddress#parse}. */
  public List<String> retryJoin() {
    return list(Setting.RETRY_JOIN);
  }

  /** {@link Setting#RETRY_INTERVAL}. */
  public Duration retryInterval() {
    return get(Setting.RETRY_INTERVAL, Duration.class);
  }

  /** {@link Setting#RETRY_MAX}; 0: for ever. */
  public int retryMax() {
    return get(Setting.RETRY_MAX, Integer.class);
  }

  /** {@link Setting#REJOIN_AFTER_LEAVE}. */
  public boolean rejoinAfterLeave() {
    return get(Setting.REJOIN_AFTER_LEAVE, Boolean.class);
  }

  /** {@link Setting#RECONNECT_TIMEOUT}, at least 1 s. */
  public Duration reconnectTimeout() {
    return get(Setting.RECONNECT_TIMEOUT, Duration.class);
  }

  /** {@link Setting#SKIP_LEAVE_ON_INTERRUPT}; only the command acts on it. */
  public boolean skipLeaveOnInterrupt() {
    return get(Setting.SKIP_LEAVE_ON_INTERRUPT, Boolean.class);
  }

  /** {@link Setting#LEAVE_ON_TERMINATE}; only the command acts on it. */
  public boolean leaveOnTerminate() {
    return find(Setting.LEAVE_ON_TERMINATE, Boolean.class).orElse(!server());
  }

  /** {@link Setting#NODE_META}; within its limits. */
  public Map<String, String> nodeMeta() {
    return map(values.get(Setting.NODE_META));
  }

  /** {@link Setting#DEFINITIONS}, absolute, in their order. */
  @SuppressWarnings("unchecked")
  public List<Path> definitions() {
    return (List<Path>) values.get(Setting.DEFINITIONS);
  }

  /**
   * {@link Setting#STATE_LIMIT} in bytes.
   *
   * @param heap bytes that a share is of
   */
  public long stateLimit(long heap) {
    return get(Setting.STATE_LIMIT, LongUnaryOperator.class).applyAsLong(heap);
  }

  /** {@link Setting#FEATURE_LEVEL_MAX}, 0 or more; empty: what this version knows. */
  public Optional<Integer> featureLevelMax() {
    return find(Setting.FEATURE_LEVEL_MAX, Integer.class);
  }

  /** {@link Setting#AUTOPILOT_CLEANUP_DEAD_SERVERS} and its neighbours. */
  public AutopilotSettings autopilot() {
    return AutopilotSettings.of(values);
  }

  /** {@link Setting#CHECK_UPDATE_INTERVAL}; zero or more. */
  public Duration checkUpdateInterval() {
    return get(Setting.CHECK_UPDATE_INTERVAL, Duration.class);
  }

  /** {@link Setting#CHECK_OUTPUT_MAX_SIZE}; at least 1. */
  public int checkOutputMaxSize() {
    return get(Setting.CHECK_OUTPUT_MAX_SIZE, Integer.class);
  }

  /** {@link Setting#DISCARD_CHECK_OUTPUT}. */
  public boolean discardCheckOutput() {
    return get(Setting.DISCARD_CHECK_OUTPUT, Boolean.class);
  }

  /** Whether checks that came by the HTTP API may be commands. */
  public boolean remoteScriptChecks() {
    return get(Setting.ENABLE_SCRIPT_CHECKS, Boolean.class);
  }

  /** Whether checks that came from files may be commands. */
  public boolean localScriptChecks() {
    return get(Setting.ENABLE_LOCAL_SCRIPT_CHECKS, Boolean.class) || remoteScriptChecks();
  }

  /** {@link Setting#RAFT_TRAILING_LOGS}, at least 1. */
  public int raftTrailingLogs() {
    return get(Setting.RAFT_TRAILING_LOGS, Integer.class);
  }

  /** {@link Setting#RAFT_SNAPSHOT_THRESHOLD}, at least 1. */
  public int raftSnapshotThreshold() {
    return get(Setting.RAFT_SNAPSHOT_THRESHOLD, Integer.class);
  }

  /** {@link Setting#RAFT_SNAPSHOT_INTERVAL}, at least a second. */
  public Duration raftSnapshotInterval() {
    return get(Setting.RAFT_SNAPSHOT_INTERVAL, Duration.class);
  }

  /** {@link Setting#SCRUB_INTERVAL}; zero: not at all. */
  public Duration scrubInterval() {
    return get(Setting.SCRUB_INTERVAL, Duration.class);
  }

  /** {@link Setting#DISK_RESERVE}: bytes, by those of the whole disk. */
  public LongUnaryOperator diskReserve() {
    return get(Setting.DISK_RESERVE, LongUnaryOperator.class);
  }

  /** {@link Setting#RAFT_MULTIPLIER}, 1 to 10. */
  public int raftMultiplier() {
    return get(Setting.RAFT_MULTIPLIER, Integer.class);
  }

  /** {@link Setting#RPC_HOLD_TIMEOUT}. */
  public Duration rpcHoldTimeout() {
    return get(Setting.RPC_HOLD_TIMEOUT, Duration.class);
  }

  /** {@link Setting#HTTP_RESPONSE_HEADERS}; valid names and values. */
  public Map<String, String> httpResponseHeaders() {
    return map(values.get(Setting.HTTP_RESPONSE_HEADERS));
  }

  /** {@link Setting#HTTP_BLOCK_ENDPOINTS}. */
  public List<String> httpBlockEndpoints() {
    return list(Setting.HTTP_BLOCK_ENDPOINTS);
  }

  /** {@link Setting#HTTP_ALLOW_WRITE_FROM}; empty: no restriction. */
  public List<Network> httpAllowWriteFrom() {
    return list(Setting.HTTP_ALLOW_WRITE_FROM);
  }

  /** {@link Setting#HTTP_ALLOWED_HOSTS}. */
  public List<String> httpAllowedHosts() {
    return list(Setting.HTTP_ALLOWED_HOSTS);
  }

  /** {@link Setting#HTTP_MAX_HEADER_BYTES}, 8192 to 1048576. */
  public int httpMaxHeaderBytes() {
    return get(Setting.HTTP_MAX_HEADER_BYTES, Integer.class);
  }

  /** {@link Setting#HTTP_BODY_TIMEOUT}; at least 1 s. */
  public Duration httpBodyTimeout() {
    return get(Setting.HTTP_BODY_TIMEOUT, Duration.class);
  }

  /** {@link Setting#HTTP_ENCODED_BODIES}. */
  public boolean httpEncodedBodies() {
    return get(Setting.HTTP_ENCODED_BODIES, Boolean.class);
  }

  /** How much others may ask of this agent. */
  public LimitSettings limits() {
    return LimitSettings.of(values);
  }

  /** {@link Setting#ALLOWED_NETWORKS}; empty: everywhere. */
  public List<Network> allowedNetworks() {
    return list(Setting.ALLOWED_NETWORKS);
  }

  /** {@link Setting#DEFAULT_QUERY_TIME}; positive. */
  public Duration defaultQueryTime() {
    return get(Setting.DEFAULT_QUERY_TIME, Duration.class);
  }

  /** {@link Setting#MAX_QUERY_TIME}; positive. */
  public Duration maxQueryTime() {
    return get(Setting.MAX_QUERY_TIME, Duration.class);
  }

  /** {@link Setting#DISCOVERY_MAX_STALE}; zero: not. */
  public Duration discoveryMaxStale() {
    return get(Setting.DISCOVERY_MAX_STALE, Duration.class);
  }

  /** {@link Setting#SESSION_TTL_MIN}, 1 s to 24 h. */
  public Duration sessionTtlMin() {
    Duration ttl = get(Setting.SESSION_TTL_MIN, Duration.class);
    return ttl.isZero() ? Duration.ofSeconds(10) : ttl;
  }

  /** {@link Setting#LOG_LEVEL}. */
  public LogLevel logLevel() {
    return get(Setting.LOG_LEVEL, LogLevel.class);
  }

  /** {@link Setting#DISABLE_COORDINATES}. */
  public boolean disableCoordinates() {
    return get(Setting.DISABLE_COORDINATES, Boolean.class);
  }

  /** {@link Setting#LOG_JSON}. */
  public boolean logJson() {
    return get(Setting.LOG_JSON, Boolean.class);
  }

  /** {@link Setting#LOG_FILE}; empty: no file. */
  public Optional<String> logFile() {
    return Optional.ofNullable(get(Setting.LOG_FILE, String.class));
  }

  /** {@link Setting#LOG_ROTATE_BYTES}; never negative. */
  public int logRotateBytes() {
    return get(Setting.LOG_ROTATE_BYTES, Integer.class);
  }

  /** {@link Setting#LOG_ROTATE_DURATION}; at least a second. */
  public Duration logRotateDuration() {
    return get(Setting.LOG_ROTATE_DURATION, Duration.class);
  }

  /** {@link Setting#LOG_ROTATE_MAX_FILES}; -1 or more. */
  public int logRotateMaxFiles() {
    return get(Setting.LOG_ROTATE_MAX_FILES, Integer.class);
  }

  /** {@link Setting#PID_FILE}. */
  public Optional<Path> pidFile() {
    return Optional.ofNullable(get(Setting.PID_FILE, Path.class));
  }

  /** {@link Setting#PROMETHEUS_RETENTION_TIME}; never negative. */
  public Duration prometheusRetentionTime() {
    return get(Setting.PROMETHEUS_RETENTION_TIME, Duration.class);
  }

  /** {@link Setting#DEV}. */
  public boolean dev() {
    return get(Setting.DEV, Boolean.class);
  }

  /** {@link Setting#HEALTH_READY}, with {@code auto} resolved by the mode. */
  public HealthReady healthReady() {
    Optional<?> chosen = get(Setting.HEALTH_READY, Optional.class);
    if (chosen.isPresent()) {
      return (HealthReady) chosen.get();
    }
    return server() ? HealthReady.ENGINE : HealthReady.ALWAYS;
  }

  /** {@link Setting#IGNORE_SECURITY_KEYS}; only the command acts on it. */
  public boolean ignoreSecurityKeys() {
    return get(Setting.IGNORE_SECURITY_KEYS, Boolean.class);
  }

  /** {@link Setting#ALLOW_UNSYNCED_COMMITS}. */
  public boolean allowUnsyncedCommits() {
    return get(Setting.ALLOW_UNSYNCED_COMMITS, Boolean.class);
  }

  /**
   * What is allowed but seldom wise, one line each in Consul's words, to be logged as a warning at
   * start; may be empty.
   */
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    int expect = get(Setting.BOOTSTRAP_EXPECT, Integer.class);
    if (expect == 1) {
      warnings.add("BootstrapExpect is set to 1; this is the same as Bootstrap mode.");
    }
    if (expect == 2) {
      warnings.add(
          "bootstrap_expect = 2: A cluster with 2 servers will provide no failure tolerance.");
    }
    if (expect > 2 && expect % 2 == 0) {
      warnings.add(
          "bootstrap_expect is even number: A cluster with an even number of servers does not achieve optimum fault"
              + " tolerance.");
    }
    if (expect > 1) {
      warnings.add("bootstrap_expect > 0: expecting " + expect + " servers");
    }
    if (bootstrap() && !dev()) {
      warnings.add("bootstrap = true: do not enable unless necessary");
    }
    if (allowUnsyncedCommits()) {
      warnings.add(
          Setting.ALLOW_UNSYNCED_COMMITS.property()
              + " = true: acknowledged writes may be lost when this machine crashes");
    }
    String open = server() ? internalRpcTls().openPort() : null;
    if (open != null) {
      warnings.add(open);
    }
    return warnings;
  }
}
