package org.comitia.cli.watch;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.comitia.cli.client.Arguments;
import org.comitia.config.GoDuration;

/**
 * A watch as an agent's configuration has it ({@code watches}): what is watched, and what is done
 * at each change. The names and texts are Consul's.
 *
 * @param definition as it was written, to tell one watch from another
 * @param query what is watched
 * @param token for the agent's API; null: none
 * @param handler what is done
 */
public record WatchDefinition(
    JsonObject definition, WatchQuery query, String token, WatchHandler handler) {

  /**
   * Reads a definition.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  public static WatchDefinition of(JsonObject definition) {
    Fields fields = new Fields(definition);
    String type = fields.text("type");
    if (type.isEmpty()) {
      throw new IllegalArgumentException("Watch type must be specified");
    } else if (type.startsWith("connect_")) {
      throw new IllegalArgumentException("Watch type " + type + " is not allowed in agent config");
    }
    WatchQuery query =
        WatchQuery.of(
            new WatchQuery.Wish(
                type,
                fields.text("key"),
                fields.text("prefix"),
                fields.text("service"),
                fields.texts("tag", "Watch tag must be a string or a list of strings"),
                fields.flag("passingonly"),
                fields.text("state"),
                fields.text("name"),
                fields.text("datacenter"),
                fields.flag("stale")));
    String token = fields.text("token");
    WatchHandler handler = handler(fields);
    fields.requireNothingElse();
    return new WatchDefinition(definition, query, token.isEmpty() ? null : token, handler);
  }

  private static WatchHandler handler(Fields fields) {
    String type = fields.text("handler_type");
    String line = fields.text("handler");
    List<String> args = fields.texts("args", "Watch args must be a list of strings");
    JsonObject http = fields.object("http_handler_config");
    if (!List.of("", "script", "http").contains(type)) {
      throw new IllegalArgumentException("Handler type '" + type + "' not recognized");
    }
    boolean overHttp = type.equals("http");
    int given = (line.isEmpty() ? 0 : 1) + (args.isEmpty() ? 0 : 1) + (overHttp ? 1 : 0);
    if (given > 1) {
      throw new IllegalArgumentException("Only one watch handler allowed");
    } else if (given == 0) {
      throw new IllegalArgumentException("Must define a watch handler");
    } else if (overHttp) {
      return http(new Fields(http == null ? JsonValue.EMPTY_JSON_OBJECT : http));
    }
    return new WatchHandler.Script(args.isEmpty() ? List.of("/bin/sh", "-c", line) : args);
  }

  private static WatchHandler http(Fields fields) {
    String path = fields.text("path");
    if (path.isEmpty()) {
      throw new IllegalArgumentException("Requires 'path' to be set");
    }
    String method = fields.text("method");
    String timeout = fields.text("timeout");
    Map<String, List<String>> header = new LinkedHashMap<>();
    JsonObject headers = fields.object("header");
    if (headers != null) {
      Fields each = new Fields(headers);
      headers.keySet().forEach(name -> header.put(name, each.texts(name, "Header must be texts")));
    }
    boolean anybody = fields.flag("tls_skip_verify");
    fields.requireNothingElse();
    Duration limit;
    try {
      limit = timeout.isEmpty() ? Duration.ofSeconds(10) : GoDuration.parse(timeout);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("Failed to parse timeout: " + e.getMessage());
    }
    if (limit.isZero() || limit.isNegative()) {
      throw new IllegalArgumentException("Failed to parse timeout: it must be longer than 0s");
    }
    return new WatchHandler.Http(
        path, method.isEmpty() ? "POST" : method.toUpperCase(Locale.ROOT), header, limit, anybody);
  }

  /** Fields by their names, whatever the case. */
  private static final class Fields {
    private final Map<String, JsonValue> left = new LinkedHashMap<>();

    Fields(JsonObject object) {
      object.forEach((name, value) -> left.put(name.toLowerCase(Locale.ROOT), value));
    }

    private JsonValue take(String name) {
      JsonValue value = left.remove(name.toLowerCase(Locale.ROOT));
      return value == JsonValue.NULL ? null : value;
    }

    String text(String name) {
      JsonValue value = take(name);
      if (value == null) {
        return "";
      } else if (value instanceof JsonString text) {
        return text.getString();
      }
      throw new IllegalArgumentException("Expecting " + name + " to be a string");
    }

    boolean flag(String name) {
      JsonValue value = take(name);
      if (value == null || value == JsonValue.FALSE) {
        return false;
      } else if (value == JsonValue.TRUE) {
        return true;
      } else if (value instanceof JsonString text && Arguments.isBoolean(text.getString())) {
        return Arguments.isTrue(text.getString());
      }
      throw new IllegalArgumentException("Expecting " + name + " to be a boolean");
    }

    List<String> texts(String name, String otherwise) {
      JsonValue value = take(name);
      List<String> texts = new ArrayList<>();
      if (value instanceof JsonString one) {
        texts.add(one.getString());
      } else if (value instanceof JsonArray several) {
        for (JsonValue one : several) {
          if (!(one instanceof JsonString text)) {
            throw new IllegalArgumentException(otherwise);
          }
          texts.add(text.getString());
        }
      } else if (value != null) {
        throw new IllegalArgumentException(otherwise);
      }
      return texts;
    }

    JsonObject object(String name) {
      JsonValue value = take(name);
      JsonValue one = value instanceof JsonArray list && list.size() == 1 ? list.get(0) : value;
      if (one == null || one instanceof JsonObject) {
        return (JsonObject) one;
      }
      throw new IllegalArgumentException("Expecting " + name + " to be an object");
    }

    void requireNothingElse() {
      if (!left.isEmpty()) {
        throw new IllegalArgumentException("Invalid parameters: " + left.keySet());
      }
    }
  }
}
