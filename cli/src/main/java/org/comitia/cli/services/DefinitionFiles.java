package org.comitia.cli.services;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.comitia.cli.client.AgentException;

/**
 * The services that configuration files define, as they stand there: under {@code service} or
 * {@code services}. The agent's API takes the same names and checks what they say.
 */
final class DefinitionFiles {
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
    try (InputStream in = Files.newInputStream(file);
        JsonReader reader = Json.createReader(in)) {
      JsonObject content = reader.readObject();
      if (content.get("service") instanceof JsonObject one) {
        services.add(one);
      }
      if (content.get("services") instanceof JsonArray several) {
        services.addAll(several.getValuesAs(JsonObject.class));
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
