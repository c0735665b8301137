package org.comitia.cli.agent;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonConfig;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.comitia.cli.watch.WatchDefinition;
import org.comitia.config.Setting;

/**
 * Consul's JSON configuration files, merged: a later scalar replaces an earlier one, lists are put
 * one after the other. Keys count whatever their case; a list of one object, or of one scalar,
 * stands for what is in it. A key that means nothing here is warned about and skipped.
 */
final class ConfigFiles {
  private static final Set<Setting> LISTS =
      Set.of(
          Setting.JOIN,
          Setting.RETRY_JOIN,
          Setting.HTTP_ALLOWED_HOSTS,
          Setting.HTTP_BLOCK_ENDPOINTS,
          Setting.HTTP_ALLOW_WRITE_FROM,
          Setting.ALLOWED_NETWORKS);

  /** Objects of texts; a later file's value of a key replaces an earlier one's. */
  private static final Set<Setting> MAPS = Set.of(Setting.NODE_META, Setting.HTTP_RESPONSE_HEADERS);

  /** Keys that ask for what Comitia does anyway, or for what it has none of to switch off. */
  private static final Set<String> NOTHING_TO_DO =
      Set.of("disable_update_check", "disable_remote_exec", "disable_host_node_id", "ui");

  /** Consul's keys, and groups of them, for what Comitia has not or does otherwise. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "acl.enable_token_replication",
          "acl.msp_disable_bootstrap",
          "acl.policy_ttl",
          "acl.role_ttl",
          "acl.tokens.dns",
          "acl.tokens.managed_service_provider",
          "addresses",
          "advertise_addr_ipv4",
          "advertise_addr_ipv6",
          "advertise_addr_wan",
          "advertise_addr_wan_ipv4",
          "advertise_addr_wan_ipv6",
          "advertise_reconnect_timeout",
          "alt_domain",
          "audit",
          "auto_config",
          "auto_encrypt",
          "auto_reload_config",
          "autopilot",
          "cache",
          "cloud",
          "config_entries",
          "connect",
          "default_intention_policy",
          "disable_anonymous_signature",
          "disable_http_unprintable_char_filter",
          "dns_config",
          "enable_acl_replication",
          "enable_agent_tls_for_checks",
          "enable_central_service_config",
          "enable_debug",
          "enable_syslog",
          "experiments",
          "gossip_lan",
          "gossip_wan",
          "http_config",
          "license_path",
          "limits",
          "locality",
          "non_voting_server",
          "partition",
          "peering",
          "performance",
          "ports",
          "primary_datacenter",
          "primary_gateways",
          "primary_gateways_interval",
          "protocol",
          "raft_boltdb",
          "raft_logstore",
          "raft_protocol",
          "read_replica",
          "reconnect_timeout_wan",
          "recursors",
          "reporting",
          "retry_interval_wan",
          "retry_join_wan",
          "retry_max_wan",
          "rpc",
          "segment",
          "segments",
          "serf_lan",
          "serf_wan",
          "serf_wan_allowed_cidrs",
          "server_name",
          "server_rejoin_age_max",
          "start_join_wan",
          "syslog_facility",
          "telemetry",
          "tls.defaults.tls_cipher_suites",
          "tls.https.tls_cipher_suites",
          "tls.internal_rpc.tls_cipher_suites",
          "tls_cipher_suites",
          "tls_prefer_server_cipher_suites",
          "translate_wan_addrs",
          "ui_config",
          "ui_content_path",
          "ui_dir",
          "unix_sockets",
          "use_streaming_backend",
          "xds");

  /** The application reads these from the same files. */
  private static final Set<String> DEFINITIONS = Set.of("service", "services", "check", "checks");

  private static final Map<String, Setting> BY_KEY =
      Arrays.stream(Setting.values())
          .filter(setting -> setting.consulKey().isPresent())
          .collect(Collectors.toMap(setting -> setting.consulKey().get(), Function.identity()));

  /** A key that stands twice would count once, and nobody would say which. */
  private static final JsonReaderFactory READERS =
      Json.createReaderFactory(Map.of(JsonConfig.KEY_STRATEGY, JsonConfig.KeyStrategy.NONE));

  /** Consul's older names: they count where the newer ones say nothing. */
  private static final Map<String, Setting> OLDER =
      Map.ofEntries(
          Map.entry("acl.tokens.agent_master", Setting.ACL_TOKENS_AGENT_RECOVERY),
          Map.entry("acl.tokens.master", Setting.ACL_TOKENS_INITIAL_MANAGEMENT),
          Map.entry("acl_agent_master_token", Setting.ACL_TOKENS_AGENT_RECOVERY),
          Map.entry("acl_agent_token", Setting.ACL_TOKENS_AGENT),
          Map.entry("acl_default_policy", Setting.ACL_DEFAULT_POLICY),
          Map.entry("acl_down_policy", Setting.ACL_DOWN_POLICY),
          Map.entry("acl_enable_key_list_policy", Setting.ACL_ENABLE_KEY_LIST_POLICY),
          Map.entry("acl_master_token", Setting.ACL_TOKENS_INITIAL_MANAGEMENT),
          Map.entry("acl_replication_token", Setting.ACL_TOKENS_REPLICATION),
          Map.entry("acl_token", Setting.ACL_TOKENS_DEFAULT),
          Map.entry("acl_ttl", Setting.ACL_TOKEN_TTL),
          Map.entry("ca_file", Setting.TLS_DEFAULTS_CA_FILE),
          Map.entry("ca_path", Setting.TLS_DEFAULTS_CA_PATH),
          Map.entry("cert_file", Setting.TLS_DEFAULTS_CERT_FILE),
          Map.entry("key_file", Setting.TLS_DEFAULTS_KEY_FILE),
          Map.entry("tls_min_version", Setting.TLS_DEFAULTS_TLS_MIN_VERSION),
          Map.entry("verify_incoming", Setting.TLS_DEFAULTS_VERIFY_INCOMING),
          Map.entry("verify_incoming_https", Setting.TLS_HTTPS_VERIFY_INCOMING),
          Map.entry("verify_incoming_rpc", Setting.TLS_INTERNAL_RPC_VERIFY_INCOMING),
          Map.entry("verify_outgoing", Setting.TLS_DEFAULTS_VERIFY_OUTGOING),
          Map.entry("verify_server_hostname", Setting.TLS_INTERNAL_RPC_VERIFY_SERVER_HOSTNAME));

  private final Map<Setting, String> values = new LinkedHashMap<>();
  private final Map<Setting, String> older = new LinkedHashMap<>();
  private final Map<Setting, List<String>> lists = new LinkedHashMap<>();
  private final Map<Setting, Map<String, String>> maps = new LinkedHashMap<>();
  private final List<String> warnings = new ArrayList<>();
  private final Set<String> withoutEffect = new TreeSet<>();
  private final List<WatchDefinition> watches = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();
  private String httpAddress;
  private final Protections protections = new Protections();

  /** Whether a key asks for nothing that would have to be done. */
  static boolean asksForNothing(String key) {
    return NOTHING_TO_DO.contains(key);
  }

  /** Where the HTTP API shall listen, before {@code client_addr}; null when no file says. */
  String httpAddress() {
    return httpAddress;
  }

  /** The scalar settings that were found. */
  Map<Setting, String> values() {
    return values;
  }

  /** The same by keys that newer ones have replaced, and that count where those say nothing. */
  Map<Setting, String> older() {
    return older;
  }

  /** A list setting's elements, in order; empty when no file has it. */
  List<String> list(Setting setting) {
    return lists.getOrDefault(setting, List.of());
  }

  /** A map setting's pairs of {@code key:value}; empty when no file has it. */
  List<String> pairs(Setting setting) {
    return maps.getOrDefault(setting, Map.of()).entrySet().stream()
        .map(pair -> pair.getKey() + ":" + pair.getValue())
        .toList();
  }

  /** The files that were read, absolute, in their order: those that may hold definitions. */
  List<Path> files() {
    return files;
  }

  /** The watches, in their order. */
  List<WatchDefinition> watches() {
    return watches;
  }

  /** What asks for a protection that is not there. */
  Protections protections() {
    return protections;
  }

  /** What was skipped: mistakes a line each, Consul's keys without an effect in one line. */
  List<String> warnings() {
    if (withoutEffect.isEmpty()) {
      return warnings;
    }
    List<String> all = new ArrayList<>(warnings);
    all.add("these keys of Consul's have no effect here: " + String.join(", ", withoutEffect));
    return all;
  }

  /**
   * Reads files and directories.
   *
   * @param format {@code json} or {@code hcl}: the files of a directory are read whatever their
   *     names; "": only those that end in {@code .json}
   */
  void read(List<String> sources, String format) throws AgentException {
    for (String source : sources) {
      Path path = Path.of(source).toAbsolutePath();
      if (Files.isDirectory(path)) {
        readDirectory(path, format);
      } else if (!readFile(path)) {
        throw new AgentException(
            "COM1118: failed to parse " + path + ": only JSON is read, and this is not JSON");
      }
    }
  }

  /** Reads settings that stand on the command line. */
  void readFragment(String fragment) throws AgentException {
    if (fragment.isBlank()) {
      return;
    }
    Path name = Path.of("-hcl");
    if (!isObject(fragment)) {
      protections.lookAtHcl(fragment, "-hcl");
      warnings.add("skipping -hcl, only JSON is read");
      return;
    }
    for (String key : parse(name, fragment)) {
      warnings.add("skipping " + key + " of -hcl: write definitions into a file");
    }
  }

  private void readDirectory(Path directory, String format) throws AgentException {
    List<Path> listed;
    try (Stream<Path> all = Files.list(directory)) {
      listed = all.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new AgentException("cannot read config directory " + directory + ": " + reason(e));
    }
    for (Path file : listed) {
      boolean json = file.toString().endsWith(".json");
      boolean wanted = json || file.toString().endsWith(".hcl") || !format.isEmpty();
      if (wanted && !readFile(file)) {
        if (json) {
          throw new AgentException("failed to parse " + file + ": it holds no JSON object");
        }
        warnings.add("skipping file " + file + ", only JSON is read");
      }
    }
  }

  /**
   * Reads a file of any name that holds JSON; one that holds nothing is passed over.
   *
   * @return false when it holds something else
   */
  private boolean readFile(Path file) throws AgentException {
    String text;
    try {
      text = Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new AgentException("failed to parse " + file + ": it is not UTF-8");
    } catch (IOException e) {
      throw new AgentException("cannot read config file " + file + ": " + reason(e));
    }
    if (text.isBlank()) {
      return true;
    }
    if (!isObject(text)) {
      protections.lookAtHcl(text, file.toString());
      return false;
    }
    parse(file, text);
    files.add(file);
    return true;
  }

  private static boolean isObject(String text) {
    return text.stripLeading().startsWith("{");
  }

  /** The keys in it that are not settings are the answer. */
  private List<String> parse(Path file, String text) throws AgentException {
    try (JsonReader reader = READERS.createReader(new StringReader(text))) {
      JsonObject object = reader.readObject();
      object.forEach(
          (key, value) -> protections.look(key.toLowerCase(Locale.ROOT), value, file.toString()));
      readObject(file, "", object);
      return object.keySet().stream()
          .filter(key -> DEFINITIONS.contains(key.toLowerCase(Locale.ROOT)))
          .toList();
    } catch (JsonException e) {
      throw new AgentException(
          "failed to parse " + file + ": " + e.getMessage() + " (only JSON is read)");
    }
  }

  private void readObject(Path file, String prefix, JsonObject object) throws AgentException {
    for (Map.Entry<String, JsonValue> entry : object.entrySet()) {
      String key = prefix + entry.getKey().toLowerCase(Locale.ROOT);
      Setting setting = BY_KEY.get(key);
      JsonValue value =
          setting != null && LISTS.contains(setting)
              ? entry.getValue()
              : unwrapped(entry.getValue());
      if (value == JsonValue.NULL) {
        continue;
      }
      if (setting != null && MAPS.contains(setting)) {
        Map<String, String> pairs = maps.computeIfAbsent(setting, any -> new LinkedHashMap<>());
        for (Map.Entry<String, JsonValue> pair : object(file, key, value).entrySet()) {
          pairs.put(pair.getKey(), scalar(file, key, pair.getValue()));
        }
      } else if (setting != null) {
        put(file, setting, key, value);
      } else if (OLDER.containsKey(key)) {
        putOlder(key, scalar(file, key, value));
      } else if (key.equals("acl_datacenter")) { // of old, access was kept where one was named
        if (!scalar(file, key, value).isBlank()) {
          older.put(Setting.ACL_ENABLED, "true");
        }
      } else if (key.equals("watches")) {
        addWatches(file, entry.getValue());
      } else if (key.equals("addresses.http")) {
        httpAddress = scalar(file, key, value);
      } else if (isGroup(key)) {
        if (!(value instanceof JsonArray none && none.isEmpty())) {
          readObject(file, key + ".", object(file, key, value)); // half of a list is read by nobody
        }
      } else if (isMistyped(key)) {
        throw new AgentException("failed to parse " + file + ": invalid config key " + key);
      } else if (WITHOUT_EFFECT.contains(key) || WITHOUT_EFFECT.contains(group(key))) {
        withoutEffect.add(key);
      } else if (!NOTHING_TO_DO.contains(key) && !DEFINITIONS.contains(key)) {
        warnings.add(
            "skipping unknown configuration key: key=" + prefix + entry.getKey() + " file=" + file);
      }
    }
  }

  /** What stands beside keys that close an agent, and is none, may have been meant to close it. */
  private static boolean isMistyped(String key) {
    return (key.startsWith("acl.") || key.startsWith("tls."))
        && !key.startsWith("tls.grpc")
        && !WITHOUT_EFFECT.contains(key);
  }

  private void addWatches(Path file, JsonValue value) throws AgentException {
    List<? extends JsonValue> all = value instanceof JsonArray several ? several : List.of(value);
    for (JsonValue one : all) {
      if (!(one instanceof JsonObject watch)) {
        throw new AgentException("failed to parse " + file + ": watches must hold objects");
      }
      try {
        watches.add(WatchDefinition.of(watch));
      } catch (IllegalArgumentException e) {
        throw new AgentException("failed to parse a watch in " + file + ": " + e.getMessage());
      }
    }
  }

  private static JsonValue unwrapped(JsonValue value) {
    return value instanceof JsonArray list && list.size() == 1 ? list.get(0) : value;
  }

  private static String group(String key) {
    return key.replaceFirst("\\..*", "");
  }

  private static boolean isGroup(String key) {
    return key.equals("addresses")
        || BY_KEY.keySet().stream().anyMatch(known -> known.startsWith(key + "."));
  }

  private void put(Path file, Setting setting, String key, JsonValue value) throws AgentException {
    if (LISTS.contains(setting)) {
      List<String> elements = new ArrayList<>();
      JsonArray array =
          value instanceof JsonArray many ? many : Json.createArrayBuilder().add(value).build();
      for (JsonValue element : array) {
        elements.add(scalar(file, key, element));
      }
      lists.computeIfAbsent(setting, any -> new ArrayList<>()).addAll(elements);
    } else {
      values.put(setting, scalar(file, key, value));
    }
  }

  /** Without groups {@code verify_incoming} was for all ports, whatever the others said. */
  private void putOlder(String key, String text) {
    boolean ofOnePort = key.startsWith("verify_incoming_");
    if (!ofOnePort || !text.equalsIgnoreCase("false")) {
      older.put(OLDER.get(key), text);
    }
  }

  private static JsonObject object(Path file, String key, JsonValue value) throws AgentException {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw new AgentException("failed to parse " + file + ": " + key + " must be an object");
  }

  private static String scalar(Path file, String key, JsonValue value) throws AgentException {
    switch (value.getValueType()) {
      case STRING:
        return ((JsonString) value).getString();
      case NUMBER, TRUE, FALSE:
        return value.toString();
      default:
        throw new AgentException(
            "failed to parse "
                + file
                + ": "
                + key
                + " cannot be "
                + value.getValueType().name().toLowerCase(Locale.ROOT));
    }
  }

  private static String reason(IOException failure) {
    return failure instanceof NoSuchFileException
        ? "no such file or directory"
        : failure.getClass().getSimpleName() + ": " + failure.getMessage();
  }
}
