package org.comitia.cli.agent;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.comitia.config.Setting;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * The flags of {@code comitia agent}: a table. Each stands for a setting or for a key of Consul's
 * configuration. Their values stay text: {@link org.comitia.config.Settings} reads and checks them.
 */
final class AgentFlags {
  /** What a flag takes. */
  private enum Takes {
    /** Nothing, or {@code =true}, {@code =false}. */
    SWITCH,
    TEXT,
    NUMBER,
    /** May be given several times. */
    SEVERAL
  }

  private record Flag(
      String name, Setting setting, String key, Takes takes, String label, String description) {
    static Flag of(String name, Setting setting, Takes takes, String label, String description) {
      return new Flag(name, setting, "", takes, label, description);
    }
  }

  private static final List<Flag> FLAGS =
      List.of(
          Flag.of(
              "dev",
              Setting.DEV,
              Takes.SWITCH,
              "",
              "One bootstrapped server for development; its data are thrown away at the end."),
          Flag.of(
              "server",
              Setting.SERVER,
              Takes.SWITCH,
              "",
              "Server mode: takes part in consensus and keeps the state."),
          Flag.of(
              "bootstrap",
              Setting.BOOTSTRAP,
              Takes.SWITCH,
              "",
              "Make a cluster of one at once. At most one server of a cluster."),
          Flag.of(
              "bootstrap-expect",
              Setting.BOOTSTRAP_EXPECT,
              Takes.NUMBER,
              "N",
              "Bootstrap together when N servers are there; the same N on each."),
          Flag.of(
              "node",
              Setting.NODE_NAME,
              Takes.TEXT,
              "NAME",
              "This node's name. Default: the host's name."),
          Flag.of(
              "node-id",
              Setting.NODE_ID,
              Takes.TEXT,
              "UUID",
              "This node's id. Default: a random one, kept in the data directory."),
          Flag.of(
              "node-meta",
              Setting.NODE_META,
              Takes.SEVERAL,
              "KEY:VALUE",
              "Metadata of this node; may be given several times."),
          Flag.of(
              "enable-script-checks",
              Setting.ENABLE_SCRIPT_CHECKS,
              Takes.SWITCH,
              "",
              "Run checks that are commands, from files and from the HTTP API."),
          Flag.of(
              "enable-local-script-checks",
              Setting.ENABLE_LOCAL_SCRIPT_CHECKS,
              Takes.SWITCH,
              "",
              "Run checks that are commands, from files only."),
          Flag.of(
              "check_output_max_size",
              Setting.CHECK_OUTPUT_MAX_SIZE,
              Takes.NUMBER,
              "BYTES",
              "How much of a check's output is kept. Default: 4096."),
          Flag.of(
              "datacenter",
              Setting.DATACENTER,
              Takes.TEXT,
              "NAME",
              "The datacenter's name. Default: dc1."),
          Flag.of(
              "domain",
              Setting.DOMAIN,
              Takes.TEXT,
              "NAME",
              "The domain in the names of certificates, server.dc1.NAME. Default: consul."),
          Flag.of(
              "bind",
              Setting.BIND_ADDRESS,
              Takes.TEXT,
              "ADDR",
              "The address for the cluster's traffic. Default: the only private IPv4, else loopback."),
          Flag.of(
              "advertise",
              Setting.ADVERTISE_ADDRESS,
              Takes.TEXT,
              "ADDR",
              "The address told to other nodes. Default: the bind address."),
          Flag.of(
              "client",
              Setting.CLIENT_ADDRESS,
              Takes.TEXT,
              "ADDR",
              "Where the HTTP API listens; several separated by blanks. Default: 127.0.0.1."),
          Flag.of(
              "http-port",
              Setting.HTTP_PORT,
              Takes.NUMBER,
              "PORT",
              "The HTTP API's port; -1: no HTTP API. Default: 8500."),
          Flag.of(
              "https-port",
              Setting.HTTPS_PORT,
              Takes.NUMBER,
              "PORT",
              "The port of the HTTP API over TLS; -1: none. Default: -1."),
          Flag.of(
              "server-port",
              Setting.SERVER_PORT,
              Takes.NUMBER,
              "PORT",
              "The port for Raft and forwarded requests. Default: 8300."),
          Flag.of(
              "serf-lan-port",
              Setting.SERF_LAN_PORT,
              Takes.NUMBER,
              "PORT",
              "The port of the membership channel. Default: 8301."),
          Flag.of(
              "data-dir",
              Setting.DATA_DIR,
              Takes.TEXT,
              "DIR",
              "Where the agent keeps its data. Required, except with -dev."),
          Flag.of(
              "join",
              Setting.JOIN,
              Takes.SEVERAL,
              "ADDR",
              "A member to join at start; may be given several times."),
          Flag.of(
              "retry-join",
              Setting.RETRY_JOIN,
              Takes.SEVERAL,
              "ADDR",
              "The same, tried until one answers; may be given several times."),
          Flag.of(
              "retry-interval",
              Setting.RETRY_INTERVAL,
              Takes.TEXT,
              "DURATION",
              "At most between two attempts of -retry-join: 1s first, then twice as long. Default: 30s."),
          Flag.of(
              "retry-max",
              Setting.RETRY_MAX,
              Takes.NUMBER,
              "N",
              "Attempts of -retry-join before giving up. Default: 0, for ever."),
          Flag.of(
              "rejoin",
              Setting.REJOIN_AFTER_LEAVE,
              Takes.SWITCH,
              "",
              "Look for the known members although this node left before."),
          Flag.of(
              "default-query-time",
              Setting.DEFAULT_QUERY_TIME,
              Takes.TEXT,
              "DURATION",
              "How long a blocking query waits that does not say. Default: 300s."),
          Flag.of(
              "max-query-time",
              Setting.MAX_QUERY_TIME,
              Takes.TEXT,
              "DURATION",
              "How long a blocking query waits at most. Default: 600s."),
          Flag.of(
              "allow-write-http-from",
              Setting.HTTP_ALLOW_WRITE_FROM,
              Takes.SEVERAL,
              "NETWORK",
              "From where the HTTP API takes writes; may be given several times. Default: everywhere."),
          Flag.of(
              "serf-allowed-cidrs-lan",
              Setting.ALLOWED_NETWORKS,
              Takes.SEVERAL,
              "NETWORK",
              "From where other agents may connect; may be given several times. Default: everywhere."),
          Flag.of(
              "log-level",
              Setting.LOG_LEVEL,
              Takes.TEXT,
              "LEVEL",
              "trace, debug, info, warn or err. Default: info."),
          Flag.of("log-json", Setting.LOG_JSON, Takes.SWITCH, "", "Log lines as JSON objects."),
          Flag.of(
              "log-file",
              Setting.LOG_FILE,
              Takes.TEXT,
              "PATH",
              "Log to a file as well; the time is put into its name. A folder will do."),
          Flag.of(
              "log-rotate-bytes",
              Setting.LOG_ROTATE_BYTES,
              Takes.NUMBER,
              "N",
              "Begin a new log file after so many bytes. Default: 0, whatever its size."),
          Flag.of(
              "log-rotate-duration",
              Setting.LOG_ROTATE_DURATION,
              Takes.TEXT,
              "DURATION",
              "Begin a new log file after this time. Default: 24h."),
          Flag.of(
              "log-rotate-max-files",
              Setting.LOG_ROTATE_MAX_FILES,
              Takes.NUMBER,
              "N",
              "How many older log files to keep; -1: none. Default: 0, all."),
          Flag.of(
              "pid-file",
              Setting.PID_FILE,
              Takes.TEXT,
              "PATH",
              "A file that holds the process's number while it runs."),
          Flag.of(
              "encrypt",
              Setting.ENCRYPT,
              Takes.TEXT,
              "KEY",
              "The key that all agents share (comitia keygen); better in a file or in COMITIA_ENCRYPT, since flags can be seen."),
          Flag.of(
              "disable-keyring-file",
              Setting.DISABLE_KEYRING_FILE,
              Takes.SWITCH,
              "",
              "Keep the shared keys in memory only, not in the data directory."),
          consuls("advertise-wan", "advertise_addr_wan", Takes.TEXT),
          consuls("alt-domain", "alt_domain", Takes.TEXT),
          consuls("auto-reload-config", "auto_reload_config", Takes.SWITCH),
          consuls("disable-host-node-id", "disable_host_node_id", Takes.SWITCH),
          consuls("dns-port", "ports.dns", Takes.NUMBER),
          consuls("enable-syslog", "enable_syslog", Takes.SWITCH),
          consuls("grpc-port", "ports.grpc", Takes.NUMBER),
          consuls("grpc-tls-port", "ports.grpc_tls", Takes.NUMBER),
          consuls("join-wan", "start_join_wan", Takes.SEVERAL),
          consuls("non-voting-server", "non_voting_server", Takes.SWITCH),
          consuls("primary-gateway", "primary_gateways", Takes.SEVERAL),
          consuls("protocol", "protocol", Takes.NUMBER),
          consuls("raft-protocol", "raft_protocol", Takes.NUMBER),
          consuls("read-replica", "read_replica", Takes.SWITCH),
          consuls("recursor", "recursors", Takes.SEVERAL),
          consuls("retry-interval-wan", "retry_interval_wan", Takes.TEXT),
          consuls("retry-join-wan", "retry_join_wan", Takes.SEVERAL),
          consuls("retry-max-wan", "retry_max_wan", Takes.NUMBER),
          consuls("segment", "segment", Takes.TEXT),
          consuls("serf-allowed-cidrs-wan", "serf_wan_allowed_cidrs", Takes.SEVERAL),
          consuls("serf-lan-bind", "serf_lan", Takes.TEXT),
          consuls("serf-wan-bind", "serf_wan", Takes.TEXT),
          consuls("serf-wan-port", "ports.serf_wan", Takes.NUMBER),
          consuls("syslog", "enable_syslog", Takes.SWITCH),
          consuls("ui", "ui", Takes.SWITCH),
          consuls("ui-content-path", "ui_config.content_path", Takes.TEXT),
          consuls("ui-dir", "ui_config.dir", Takes.TEXT));

  private final Map<Setting, String> values = new LinkedHashMap<>();
  private final Map<Setting, List<String>> lists = new LinkedHashMap<>();
  private final Map<String, List<String>> consuls = new LinkedHashMap<>();
  private final TreeSet<String> withoutEffect = new TreeSet<>();
  private final List<String> sources = new ArrayList<>();
  private final List<String> fragments = new ArrayList<>();
  private String format = "";

  /** A flag of Consul's for what is not here; it is not among those that the help shows. */
  private static Flag consuls(String name, String key, Takes takes) {
    return new Flag(name, null, key, takes, "VALUE", "");
  }

  /** Gives a command these flags. */
  void addTo(CommandSpec command) {
    for (Flag flag : FLAGS) {
      command.addOption(option(flag));
    }
    command.addOption(
        text(
            "config-file",
            "FILE",
            "A JSON file of settings, services and checks, or a directory; may be given several times.",
            sources::add));
    command.addOption(
        text(
            "config-dir",
            "DIR",
            "A directory whose *.json files are read, in the order of their names.",
            sources::add));
    command.addOption(
        text(
            "config-format",
            "FORMAT",
            "With json, all files of a directory are read, whatever their names.",
            given -> format = given));
    command.addOption(
        text(
            "hcl",
            "FRAGMENT",
            "More settings, as a JSON object; they replace those of flags and files. May be given several times.",
            fragments::add));
  }

  private OptionSpec option(Flag flag) {
    OptionSpec.Builder builder =
        OptionSpec.builder("-" + flag.name(), "--" + flag.name())
            .description(flag.description())
            .hidden(flag.setting() == null)
            .setter(setter(given -> take(flag, given)));
    return switch (flag.takes()) {
      case SWITCH -> builder.type(Boolean.class).converters(new Switch()).build();
      case NUMBER -> builder.type(Integer.class).paramLabel(flag.label()).arity("1").build();
      case TEXT, SEVERAL -> builder.type(String.class).paramLabel(flag.label()).arity("1").build();
    };
  }

  private static OptionSpec text(String name, String label, String description, Taker taker) {
    return OptionSpec.builder("-" + name, "--" + name)
        .type(String.class)
        .arity("1")
        .paramLabel(label)
        .description(description)
        .setter(setter(taker))
        .build();
  }

  private interface Taker {
    void take(String given);
  }

  private static ISetter setter(Taker taker) {
    return new ISetter() {
      @Override
      public <T> T set(T value) {
        if (value != null) { // null: before the command line is read
          taker.take(String.valueOf(value));
        }
        return value;
      }
    };
  }

  private void take(Flag flag, String given) {
    if (flag.setting() == null) {
      consuls.computeIfAbsent(flag.key(), any -> new ArrayList<>()).add(given);
      if (!ConfigFiles.asksForNothing(flag.key())) {
        withoutEffect.add("-" + flag.name());
      }
    } else if (flag.takes() == Takes.SEVERAL) {
      lists.computeIfAbsent(flag.setting(), any -> new ArrayList<>()).add(given);
    } else {
      values.put(flag.setting(), given);
    }
  }

  /** What Go takes for a truth value. */
  private static final class Switch implements ITypeConverter<Boolean> {
    @Override
    public Boolean convert(String text) {
      return switch (text) {
        case "1", "t", "T", "true", "TRUE", "True" -> true;
        case "0", "f", "F", "false", "FALSE", "False" -> false;
        default -> throw new TypeConversionException("is neither true nor false");
      };
    }
  }

  // ---- what was given

  /** The texts of settings that are given once. */
  Map<Setting, String> values() {
    return values;
  }

  /** The texts of a setting that may be given several times. */
  List<String> list(Setting setting) {
    return lists.getOrDefault(setting, List.of());
  }

  /** The values of flags that are not settings here, by the keys of Consul's files. */
  Map<String, List<String>> consuls() {
    return consuls;
  }

  /** Such flags, in one line; "" when there are none. */
  String withoutEffect() {
    return withoutEffect.isEmpty()
        ? ""
        : "these flags of Consul's have no effect here: " + String.join(", ", withoutEffect);
  }

  /** Files and directories of settings, in the order of the command line. */
  List<String> sources() {
    return sources;
  }

  /** Settings that stand on the command line itself. */
  List<String> fragments() {
    return fragments;
  }

  /** {@code json}, {@code hcl} or "": by the names of the files. */
  String format() {
    return format;
  }

  /** As if {@code -config-file} had been given. */
  void addSource(String path) {
    sources.add(path);
  }

  /** As if {@code -config-format} had been given. */
  void setFormat(String given) {
    format = given;
  }
}
