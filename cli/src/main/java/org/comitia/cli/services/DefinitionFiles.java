package org.comitia.cli.services;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.comitia.cli.client.AgentException;

/**
 * The services that configuration files define, in the names of the API: under {@code service} or
 * {@code services}, whatever the keys' case, one alone or in a list. The agent's API checks what
 * they say. In files, a list of one object may stand for the object, as what converts HCL writes
 * it; the API wants the object.
 */
final class DefinitionFiles {
  private static final Set<String> OBJECTS =
      Set.of("check", "weights", "meta", "taggedaddresses", "proxy", "connect");

  private DefinitionFiles() {}

  /**
   * Reads files, and the {@code *.json} files of directories in the order of their names.
   *
   * @throws AgentException naming the file that cannot be read
   */
  static List<JsonObject> services(List<String> paths) throws AgentException {
    List<JsonObject> services = new ArrayList<>();
    for (String path : paths) {
      for (Path file : files(Path.of(path))) {
        read(file, services);
      }
    }
    return services;
  }

  /** The name of a service; "" when it has none. */
  static String name(JsonObject service) {
    return text(service, "name");
  }

  /** What the agent calls a service: its id, else its name. */
  static String id(JsonObject service) {
    String id = text(service, "id");
    return id.isEmpty() ? name(service) : id;
  }

  private static List<Path> files(Path path) throws AgentException {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries
          .filter(file -> Files.isRegularFile(file) && file.toString().endsWith(".json"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new AgentException("failed to read " + path + ": " + e.getMessage());
    }
  }

  private static void read(Path file, List<JsonObject> services) throws AgentException {
    try {
      String text = Files.readString(file);
      if (text.isBlank()) {
        return;
      }
      try (JsonReader reader = Json.createReader(new StringReader(text))) {
        for (Map.Entry<String, JsonValue> entry : reader.readObject().entrySet()) {
          if (Set.of("service", "services").contains(folded(entry.getKey()))) {
            add(file, entry, services);
          }
        }
      }
    } catch (NoSuchFileException e) {
      throw new AgentException("failed to read " + file + ": no such file or directory");
    } catch (JsonException | ClassCastException e) {
      throw new AgentException(
          "failed to parse " + file + ": " + e.getMessage() + " (only JSON is read)");
    } catch (IOException e) {
      throw new AgentException("failed to read " + file + ": " + e);
    }
  }

  private static void add(Path file, Map.Entry<String, JsonValue> entry, List<JsonObject> services)
      throws AgentException {
    List<? extends JsonValue> all =
        entry.getValue() instanceof JsonArray several ? several : List.of(entry.getValue());
    for (JsonValue one : all) {
      if (!(one instanceof JsonObject service)) {
        throw new AgentException(
            "failed to parse " + file + ": " + entry.getKey() + " must hold objects");
      }
      services.add(ApiSpelling.of(unwrapped(service)));
    }
  }

  private static JsonObject unwrapped(JsonObject service) {
    JsonObjectBuilder result = Json.createObjectBuilder();
    service.forEach(
        (name, value) -> {
          boolean one =
              OBJECTS.contains(folded(name))
                  && value instanceof JsonArray list
                  && list.size() == 1
                  && list.get(0) instanceof JsonObject;
          result.add(name, one ? value.asJsonArray().get(0) : value);
        });
    return result.build();
  }

  private static String folded(String name) {
    return name.replace("_", "").toLowerCase(Locale.ROOT);
  }

  /** Names in a definition count without their case. */
  private static String text(JsonObject service, String name) {
    for (String key : service.keySet()) {
      JsonValue value = service.get(key);
      if (key.equalsIgnoreCase(name) && value instanceof JsonString text) {
        return text.getString();
      }
    }
    return "";
  }
}
