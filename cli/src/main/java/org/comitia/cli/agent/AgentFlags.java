package org.comitia.cli.agent;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.comitia.config.Setting;
import picocli.CommandLine.Option;

/**
 * The flags of {@code comitia agent}. Their values stay text: {@link org.comitia.config.Settings}
 * reads and checks them.
 */
final class AgentFlags {
  /** A file or a directory of settings, in the order of the command line. */
  record Source(boolean directory, String path) {}

  private final Map<Setting, String> values = new EnumMap<>(Setting.class);
  private final List<Source> sources = new ArrayList<>();
  private final List<String> join = new ArrayList<>();
  private final List<String> retryJoin = new ArrayList<>();
  private final List<String> nodeMeta = new ArrayList<>();

  /** What was given, one text a setting. */
  Map<Setting, String> values() {
    return values;
  }

  List<Source> sources() {
    return sources;
  }

  List<String> join() {
    return join;
  }

  List<String> retryJoin() {
    return retryJoin;
  }

  /** Pairs of {@code key:value}. */
  List<String> nodeMeta() {
    return nodeMeta;
  }

  @Option(
      names = {"-dev", "--dev"},
      description = "One bootstrapped server for development; its data are thrown away at the end.")
  void dev(boolean on) {
    values.put(Setting.DEV, String.valueOf(on));
  }

  @Option(
      names = {"-server", "--server"},
      description = "Server mode: takes part in consensus and keeps the state.")
  void server(boolean on) {
    values.put(Setting.SERVER, String.valueOf(on));
  }

  @Option(
      names = {"-bootstrap", "--bootstrap"},
      description = "Make a cluster of one at once. At most one server of a cluster.")
  void bootstrap(boolean on) {
    values.put(Setting.BOOTSTRAP, String.valueOf(on));
  }

  @Option(
      names = {"-bootstrap-expect", "--bootstrap-expect"},
      paramLabel = "N",
      description = "Bootstrap together when N servers are there; the same N on each.")
  void bootstrapExpect(int servers) {
    values.put(Setting.BOOTSTRAP_EXPECT, String.valueOf(servers));
  }

  @Option(
      names = {"-node", "--node"},
      paramLabel = "NAME",
      description = "This node's name. Default: the host's name.")
  void node(String name) {
    values.put(Setting.NODE_NAME, name);
  }

  @Option(
      names = {"-node-id", "--node-id"},
      paramLabel = "UUID",
      description = "This node's id. Default: a random one, kept in the data directory.")
  void nodeId(String id) {
    values.put(Setting.NODE_ID, id);
  }

  @Option(
      names = {"-node-meta", "--node-meta"},
      paramLabel = "KEY:VALUE",
      description = "Metadata of this node; may be given several times.")
  void nodeMeta(String pair) {
    nodeMeta.add(pair);
  }

  @Option(
      names = {"-enable-script-checks", "--enable-script-checks"},
      description = "Run checks that are commands, from files and from the HTTP API.")
  void scriptChecks(boolean on) {
    values.put(Setting.ENABLE_SCRIPT_CHECKS, String.valueOf(on));
  }

  @Option(
      names = {"-enable-local-script-checks", "--enable-local-script-checks"},
      description = "Run checks that are commands, from files only.")
  void localScriptChecks(boolean on) {
    values.put(Setting.ENABLE_LOCAL_SCRIPT_CHECKS, String.valueOf(on));
  }

  @Option(
      names = {"-datacenter", "--datacenter"},
      paramLabel = "NAME",
      description = "The datacenter's name. Default: dc1.")
  void datacenter(String name) {
    values.put(Setting.DATACENTER, name);
  }

  @Option(
      names = {"-bind", "--bind"},
      paramLabel = "ADDR",
      description =
          "The address for the cluster's traffic. Default: the only private IPv4, else loopback.")
  void bind(String address) {
    values.put(Setting.BIND_ADDRESS, address);
  }

  @Option(
      names = {"-advertise", "--advertise"},
      paramLabel = "ADDR",
      description = "The address told to other nodes. Default: the bind address.")
  void advertise(String address) {
    values.put(Setting.ADVERTISE_ADDRESS, address);
  }

  @Option(
      names = {"-client", "--client"},
      paramLabel = "ADDR",
      description = "Where the HTTP API listens. Default: 127.0.0.1.")
  void client(String addresses) {
    values.put(Setting.CLIENT_ADDRESS, addresses);
  }

  @Option(
      names = {"-http-port", "--http-port"},
      paramLabel = "PORT",
      description = "The HTTP API's port. Default: 8500.")
  void httpPort(int port) {
    values.put(Setting.HTTP_PORT, String.valueOf(port));
  }

  @Option(
      names = {"-server-port", "--server-port"},
      paramLabel = "PORT",
      description = "The port for Raft and forwarded requests. Default: 8300.")
  void serverPort(int port) {
    values.put(Setting.SERVER_PORT, String.valueOf(port));
  }

  @Option(
      names = {"-serf-lan-port", "--serf-lan-port"},
      paramLabel = "PORT",
      description = "The port of the membership channel. Default: 8301.")
  void serfLanPort(int port) {
    values.put(Setting.SERF_LAN_PORT, String.valueOf(port));
  }

  @Option(
      names = {"-data-dir", "--data-dir"},
      paramLabel = "DIR",
      description = "Where the agent keeps its data. Required, except with -dev.")
  void dataDir(String directory) {
    values.put(Setting.DATA_DIR, directory);
  }

  @Option(
      names = {"-join", "--join"},
      paramLabel = "ADDR",
      description = "A member to join at start; may be given several times.")
  void join(String address) {
    join.add(address);
  }

  @Option(
      names = {"-retry-join", "--retry-join"},
      paramLabel = "ADDR",
      description = "The same, tried until one answers; may be given several times.")
  void retryJoin(String address) {
    retryJoin.add(address);
  }

  @Option(
      names = {"-retry-interval", "--retry-interval"},
      paramLabel = "DURATION",
      description = "Between two attempts of -retry-join. Default: 30s.")
  void retryInterval(String duration) {
    values.put(Setting.RETRY_INTERVAL, duration);
  }

  @Option(
      names = {"-retry-max", "--retry-max"},
      paramLabel = "N",
      description = "Attempts of -retry-join before giving up. Default: 0, for ever.")
  void retryMax(int attempts) {
    values.put(Setting.RETRY_MAX, String.valueOf(attempts));
  }

  @Option(
      names = {"-rejoin", "--rejoin"},
      description = "Look for the known members although this node left before.")
  void rejoin(boolean on) {
    values.put(Setting.REJOIN_AFTER_LEAVE, String.valueOf(on));
  }

  @Option(
      names = {"-log-level", "--log-level"},
      paramLabel = "LEVEL",
      description = "trace, debug, info, warn or err. Default: info.")
  void logLevel(String level) {
    values.put(Setting.LOG_LEVEL, level);
  }

  @Option(
      names = {"-log-json", "--log-json"},
      description = "Log lines as JSON objects.")
  void logJson(boolean on) {
    values.put(Setting.LOG_JSON, String.valueOf(on));
  }

  @Option(
      names = {"-log-file", "--log-file"},
      paramLabel = "PATH",
      description = "Log to a file as well; the time is put into its name. A folder will do.")
  void logFile(String path) {
    values.put(Setting.LOG_FILE, path);
  }

  @Option(
      names = {"-log-rotate-bytes", "--log-rotate-bytes"},
      paramLabel = "N",
      description = "Begin a new log file after so many bytes. Default: 0, whatever its size.")
  void logRotateBytes(int bytes) {
    values.put(Setting.LOG_ROTATE_BYTES, String.valueOf(bytes));
  }

  @Option(
      names = {"-log-rotate-duration", "--log-rotate-duration"},
      paramLabel = "DURATION",
      description = "Begin a new log file after this time. Default: 24h.")
  void logRotateDuration(String duration) {
    values.put(Setting.LOG_ROTATE_DURATION, duration);
  }

  @Option(
      names = {"-log-rotate-max-files", "--log-rotate-max-files"},
      paramLabel = "N",
      description = "How many older log files to keep; -1: none. Default: 0, all.")
  void logRotateMaxFiles(int files) {
    values.put(Setting.LOG_ROTATE_MAX_FILES, String.valueOf(files));
  }

  @Option(
      names = {"-pid-file", "--pid-file"},
      paramLabel = "PATH",
      description = "A file that holds the process's number while it runs.")
  void pidFile(String path) {
    values.put(Setting.PID_FILE, path);
  }

  @Option(
      names = {"-config-file", "--config-file"},
      paramLabel = "FILE",
      description = "A JSON file of settings, services and checks; may be given several times.")
  void configFile(String file) {
    sources.add(new Source(false, file));
  }

  @Option(
      names = {"-config-dir", "--config-dir"},
      paramLabel = "DIR",
      description = "A directory whose *.json files are read, in the order of their names.")
  void configDir(String directory) {
    sources.add(new Source(true, directory));
  }
}
