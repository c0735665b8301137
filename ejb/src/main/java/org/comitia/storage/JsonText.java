package org.comitia.storage;

import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonStructure;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.state.Service.ServiceAddress;

/**
 * Lists and maps in a text column, as JSON, so that SQL can look into them. Null stays null. Lone
 * surrogates, which no database takes, are written as JSON escapes.
 */
final class JsonText {
  private static final JsonProvider JSON = JsonProvider.provider();

  private JsonText() {}

  static String ofMap(Map<String, String> map) {
    if (map == null) {
      return null;
    }
    JsonObjectBuilder out = JSON.createObjectBuilder();
    map.forEach(out::add);
    return text(out.build());
  }

  static Map<String, String> toMap(String text) {
    return text == null ? null : parse(text, json -> map(json.asJsonObject()));
  }

  private static Map<String, String> map(JsonObject object) {
    Map<String, String> map = new LinkedHashMap<>();
    object.forEach((name, value) -> map.put(name, ((JsonString) value).getString()));
    return Collections.unmodifiableMap(map);
  }

  static String ofList(List<String> list) {
    if (list == null) {
      return null;
    }
    JsonArrayBuilder out = JSON.createArrayBuilder();
    list.forEach(out::add);
    return text(out.build());
  }

  static List<String> toList(String text) {
    if (text == null) {
      return null;
    }
    return parse(
        text,
        json ->
            json.asJsonArray().getValuesAs(JsonString.class).stream()
                .map(JsonString::getString)
                .toList());
  }

  static String ofNumbers(List<Double> numbers) {
    JsonArrayBuilder out = JSON.createArrayBuilder();
    numbers.forEach(out::add);
    return text(out.build());
  }

  static List<Double> toNumbers(String text) {
    return parse(
        text,
        json ->
            json.asJsonArray().getValuesAs(JsonNumber.class).stream()
                .map(JsonNumber::doubleValue)
                .toList());
  }

  static String ofAddresses(Map<String, ServiceAddress> addresses) {
    if (addresses == null) {
      return null;
    }
    JsonObjectBuilder out = JSON.createObjectBuilder();
    addresses.forEach(
        (name, a) ->
            out.add(
                name,
                JSON.createObjectBuilder().add("address", a.address()).add("port", a.port())));
    return text(out.build());
  }

  static Map<String, ServiceAddress> toAddresses(String text) {
    if (text == null) {
      return null;
    }
    return parse(
        text,
        json -> {
          Map<String, ServiceAddress> map = new LinkedHashMap<>();
          json.asJsonObject()
              .forEach(
                  (name, value) -> {
                    JsonObject a = value.asJsonObject();
                    map.put(name, new ServiceAddress(a.getString("address"), a.getInt("port")));
                  });
          return Collections.unmodifiableMap(map);
        });
  }

  static String ofConfiguration(Configuration configuration) {
    JsonArrayBuilder out = JSON.createArrayBuilder();
    for (Server server : configuration.servers()) {
      out.add(
          JSON.createObjectBuilder()
              .add("node", server.id().node().toString())
              .add("incarnation", server.id().incarnation().toString())
              .add("name", server.name())
              .add("address", server.address())
              .add("voter", server.voter()));
    }
    return text(out.build());
  }

  static Configuration toConfiguration(String text) {
    return parse(
        text,
        json -> {
          List<Server> servers = new ArrayList<>();
          for (JsonValue value : json.asJsonArray()) {
            JsonObject s = value.asJsonObject();
            ServerId id =
                new ServerId(
                    UUID.fromString(s.getString("node")),
                    UUID.fromString(s.getString("incarnation")));
            servers.add(
                new Server(id, s.getString("name"), s.getString("address"), s.getBoolean("voter")));
          }
          return new Configuration(servers);
        });
  }

  static <T> T parse(String text, Function<JsonStructure, T> as) {
    try {
      return read(text, as);
    } catch (RuntimeException e) {
      throw new DamagedRowException("not the JSON that belongs here: " + text + ": " + e);
    }
  }

  /**
   * The same for what must not get into an error's text.
   *
   * @param row what is named instead
   */
  static <T> T parseSecret(String text, String row, Function<JsonStructure, T> as) {
    try {
      return read(text, as);
    } catch (RuntimeException e) {
      throw new DamagedRowException(
          row + " does not hold the JSON that belongs there: " + e.getClass().getName());
    }
  }

  private static <T> T read(String text, Function<JsonStructure, T> as) {
    try (JsonReader reader = JSON.createReader(new StringReader(text))) {
      return as.apply(reader.read());
    }
  }

  static String text(JsonStructure json) {
    String text = json.toString();
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return escapeLoneSurrogates(text);
      }
    }
    return text;
  }

  private static String escapeLoneSurrogates(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              if (c <= 0xFFFF && Character.isSurrogate((char) c)) {
                out.append(String.format("\\u%04X", c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.toString();
  }
}
