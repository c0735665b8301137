package org.comitia.cli.snapshot;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The configuration file of {@code snapshot agent}, in Consul's form. A key that is not known is
 * refused: it may have asked for a place that nothing would be written to.
 */
final class SnapshotAgentFile {
  /** Each key that is known, with the option or the variable that says the same. */
  private static final Map<String, String> KEYS =
      Map.ofEntries(
          Map.entry("http_addr", "COMITIA_HTTP_ADDR"),
          Map.entry("token", "CONSUL_HTTP_TOKEN"),
          Map.entry("ca_file", "CONSUL_CACERT"),
          Map.entry("ca_path", "CONSUL_CAPATH"),
          Map.entry("cert_file", "CONSUL_CLIENT_CERT"),
          Map.entry("key_file", "CONSUL_CLIENT_KEY"),
          Map.entry("tls_server_name", "CONSUL_TLS_SERVER_NAME"),
          Map.entry("datacenter", "-datacenter"),
          Map.entry("snapshot.interval", "-interval"),
          Map.entry("snapshot.retain", "-retain"),
          Map.entry("snapshot.stale", "-stale"),
          Map.entry("snapshot.lock_key", "-lock-key"),
          Map.entry("snapshot.max_failures", "-max-failures"),
          Map.entry("local_storage.path", "-local-path"));

  private final Map<String, String> values = new HashMap<>();

  private SnapshotAgentFile() {}

  /** A file that says nothing. */
  static SnapshotAgentFile none() {
    return new SnapshotAgentFile();
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException when it cannot be read or understood; the message says why
   */
  static SnapshotAgentFile read(Path file) {
    SnapshotAgentFile read = new SnapshotAgentFile();
    try (InputStream in = Files.newInputStream(file);
        JsonReader reader = Json.createReader(in)) {
      JsonObject whole = reader.readObject();
      if (!whole.keySet().equals(Set.of("snapshot_agent"))) {
        throw new IllegalArgumentException(file + ": expected {\"snapshot_agent\": {...}} only");
      }
      read.add("", whole.getJsonObject("snapshot_agent"));
      return read;
    } catch (IOException e) {
      throw new IllegalArgumentException("open " + SnapshotFile.words(e));
    } catch (JsonException | ClassCastException e) {
      throw new IllegalArgumentException(file + ": not JSON of that form: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw e.getMessage().startsWith(file.toString())
          ? e
          : new IllegalArgumentException(file + ": " + e.getMessage());
    }
  }

  private void add(String prefix, JsonObject object) {
    for (Map.Entry<String, JsonValue> entry : object.entrySet()) {
      String key = prefix + entry.getKey();
      boolean group = KEYS.keySet().stream().anyMatch(known -> known.startsWith(key + "."));
      if (group && entry.getValue() instanceof JsonObject below) {
        add(key + ".", below);
      } else if (KEYS.containsKey(key)) {
        values.put(KEYS.get(key), text(key, entry.getValue()));
      } else if (key.endsWith("_storage")) {
        throw new IllegalArgumentException(
            "snapshot_agent." + key + ": there is local_storage only, a folder");
      } else {
        throw new IllegalArgumentException(
            "unknown key snapshot_agent." + key + ". Known are " + new TreeSet<>(KEYS.keySet()));
      }
    }
  }

  private static String text(String key, JsonValue value) {
    if (value instanceof JsonString string) {
      return string.getString();
    } else if (value instanceof JsonNumber || value == JsonValue.TRUE || value == JsonValue.FALSE) {
      return value.toString();
    }
    throw new IllegalArgumentException("snapshot_agent." + key + " is no single value");
  }

  /** What it says in place of an option; null: nothing. */
  String option(String name) {
    return values.get(name);
  }

  /** The process's environment, with what the file says in its place. */
  Map<String, String> environment() {
    Map<String, String> all = new HashMap<>(System.getenv());
    values.forEach(
        (name, value) -> {
          if (!name.startsWith("-")) {
            all.put(name, value);
          }
        });
    return all;
  }
}
