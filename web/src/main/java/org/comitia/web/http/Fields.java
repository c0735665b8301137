package org.comitia.web.http;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.comitia.config.GoDuration;

/**
 * An object of a request's body. Names match whatever their case and {@code null} is like an absent
 * field, as in Go; unknown fields are ignored. A field of another type is a {@link Refusal} with
 * 400.
 */
public final class Fields {
  private final String path;
  private final Map<?, ?> values;

  private Fields(String path, Map<?, ?> values) {
    this.path = path;
    this.values = values;
  }

  /**
   * Reads a body that must be an object.
   *
   * @throws Refusal 400 {@code Request decode failed: ...}
   */
  public static Fields of(byte[] body) {
    try {
      Object value = Json.parse(body);
      if (value instanceof Map<?, ?> map) {
        return new Fields("", map);
      }
      if (value == null) {
        return new Fields("", Map.of());
      }
      throw failed("the body must be a JSON object");
    } catch (IOException e) {
      String message = e.getMessage();
      throw failed(message == null ? "no valid JSON" : message.lines().findFirst().orElse(""));
    }
  }

  private static Refusal failed(String why) {
    return Refusal.badRequest("Request decode failed: " + why);
  }

  private Refusal wrongType(String name, String type) {
    return failed("field \"" + path + name + "\" must be " + type);
  }

  private Object value(String name) {
    Object exact = values.get(name);
    if (exact != null) {
      return exact;
    }
    for (Map.Entry<?, ?> entry : values.entrySet()) {
      if (name.equalsIgnoreCase((String) entry.getKey())) {
        return entry.getValue();
      }
    }
    return null;
  }

  /** A text; empty when absent. */
  public String text(String name) {
    Object value = value(name);
    if (value == null) {
      return "";
    }
    if (value instanceof String text) {
      return text;
    }
    throw wrongType(name, "a string");
  }

  /** A number; the default when absent. */
  public int number(String name, int absent) {
    Object value = value(name);
    if (value == null) {
      return absent;
    }
    if (value instanceof Integer number) {
      return number;
    }
    throw wrongType(name, "an integer");
  }

  /**
   * A length of time in nanoseconds, given as a text like {@code 10s} or as a number of
   * nanoseconds; 0 when absent.
   */
  public long nanos(String name) {
    Object value = value(name);
    if (value == null) {
      return 0;
    }
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    if (value instanceof String text) {
      try {
        return text.isEmpty() ? 0 : GoDuration.parse(text).toNanos();
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw failed("time: invalid duration \"" + text + "\"");
      }
    }
    throw wrongType(name, "a duration");
  }

  /** A truth value; false when absent. */
  public boolean flag(String name) {
    Object value = value(name);
    if (value == null) {
      return false;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw wrongType(name, "true or false");
  }

  /** A list of texts; empty when absent. */
  public List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (Object value : list(name)) {
      if (!(value instanceof String text)) {
        throw wrongType(name, "a list of strings");
      }
      texts.add(text);
    }
    return List.copyOf(texts);
  }

  /** A map of texts; empty when absent. */
  public Map<String, String> textMap(String name) {
    Map<String, String> map = new LinkedHashMap<>();
    object(name)
        .forEach(
            (key, value) -> {
              if (!(value instanceof String text)) {
                throw wrongType(name, "a map of strings");
              }
              map.put((String) key, text);
            });
    return Map.copyOf(map);
  }

  /** A map of lists of texts; empty when absent. */
  public Map<String, List<String>> textsMap(String name) {
    Map<String, List<String>> map = new LinkedHashMap<>();
    Fields inner = new Fields(path + name + ".", object(name));
    inner.values.keySet().forEach(key -> map.put((String) key, inner.texts((String) key)));
    return Map.copyOf(map);
  }

  /** An object; null when absent. */
  public Fields fields(String name) {
    return value(name) == null ? null : new Fields(path + name + ".", object(name));
  }

  /** A list of objects; empty when absent. */
  public List<Fields> fieldsList(String name) {
    List<Fields> list = new ArrayList<>();
    for (Object value : list(name)) {
      if (!(value instanceof Map<?, ?> map)) {
        throw wrongType(name, "a list of objects");
      }
      list.add(new Fields(path + name + ".", map));
    }
    return list;
  }

  /** An object whose values are objects, in their order; empty when absent. */
  public Map<String, Fields> fieldsMap(String name) {
    Map<String, Fields> map = new LinkedHashMap<>();
    object(name)
        .forEach(
            (key, value) -> {
              if (!(value instanceof Map<?, ?> fields)) {
                throw wrongType(name, "a map of objects");
              }
              map.put((String) key, new Fields(path + name + "." + key + ".", fields));
            });
    return map;
  }

  private List<?> list(String name) {
    Object value = value(name);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    throw wrongType(name, "a list");
  }

  private Map<?, ?> object(String name) {
    Object value = value(name);
    if (value == null) {
      return Map.of();
    }
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw wrongType(name, "an object");
  }
}
