package org.comitia.agent.definition;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.comitia.config.GoDuration;

/**
 * One object of a definition, given as plain maps, lists, texts, numbers and truth values. Names
 * match whatever their case and with or without underscores, so that {@code EnableTagOverride} of
 * the API and {@code enable_tag_override} of a file are one field; {@code null} is like an absent
 * field and unknown fields are ignored. A value of another type is refused.
 */
final class DefinitionFields {
  private final String path;
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final Map<String, String> unread = new LinkedHashMap<>();
  private final List<DefinitionFields> below = new ArrayList<>();

  DefinitionFields(String path, Map<?, ?> object) {
    this.path = path;
    object.forEach(
        (name, value) -> {
          values.put(folded(String.valueOf(name)), value);
          unread.put(folded(String.valueOf(name)), String.valueOf(name));
        });
  }

  /** The fields, here and below, that nobody has asked for: nothing is done about what they say. */
  List<String> unread() {
    if (isBlank()) {
      return List.of(); // it says nothing that could be missed
    }
    List<String> all = new ArrayList<>();
    unread.values().forEach(name -> all.add(path + name));
    below.forEach(one -> all.addAll(one.unread()));
    return all;
  }

  private DefinitionFields below(String name, Map<?, ?> object) {
    DefinitionFields fields = new DefinitionFields(path + name + ".", object);
    below.add(fields);
    return fields;
  }

  private static String folded(String name) {
    return name.replace("_", "").toLowerCase(Locale.ROOT);
  }

  /** The value of the first of these names that is there; null when none is. */
  Object value(String... names) {
    Object found = null;
    for (String name : names) {
      unread.remove(folded(name));
      Object value = values.get(folded(name));
      found = found == null ? value : found;
    }
    return found;
  }

  private InvalidDefinitionException wrongType(String name, String type) {
    return new InvalidDefinitionException(
        "Request decode failed: field \"" + path + name + "\" must be " + type);
  }

  String text(String... names) throws InvalidDefinitionException {
    Object value = value(names);
    if (value == null) {
      return "";
    }
    if (value instanceof String text) {
      return text;
    }
    throw wrongType(names[0], "a string");
  }

  int number(String name, int absent) throws InvalidDefinitionException {
    Object value = value(name);
    if (value == null) {
      return absent;
    }
    if (value instanceof Integer || value instanceof Long) {
      long number = ((Number) value).longValue();
      if (number == (int) number) {
        return (int) number;
      }
    }
    throw wrongType(name, "an integer");
  }

  boolean flag(String name) throws InvalidDefinitionException {
    Object value = value(name);
    if (value == null) {
      return false;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw wrongType(name, "true or false");
  }

  /** A text as Go writes durations, or a number of nanoseconds; zero when absent. */
  Duration duration(String name) throws InvalidDefinitionException {
    Object value = value(name);
    if (value == null) {
      return Duration.ZERO;
    }
    if (value instanceof Integer || value instanceof Long || value instanceof Double) {
      Number nanos = (Number) value;
      return Duration.ofNanos(nanos.longValue());
    }
    if (!(value instanceof String text)) {
      throw wrongType(name, "a duration");
    }
    try {
      return text.isEmpty() ? Duration.ZERO : GoDuration.parse(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidDefinitionException(
          "Request decode failed: field \"" + path + name + "\": time: " + e.getMessage());
    }
  }

  List<String> texts(String... names) throws InvalidDefinitionException {
    List<String> texts = new ArrayList<>();
    for (Object element : list(names)) {
      if (!(element instanceof String text)) {
        throw wrongType(names[0], "a list of strings");
      }
      texts.add(text);
    }
    return List.copyOf(texts);
  }

  Map<String, String> textMap(String name) throws InvalidDefinitionException {
    Map<String, String> map = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : object(name).entrySet()) {
      if (!(entry.getValue() instanceof String text)) {
        throw wrongType(name, "a map of strings");
      }
      map.put(String.valueOf(entry.getKey()), text);
    }
    return Map.copyOf(map);
  }

  /** A map of lists; a single text is a list of one. */
  Map<String, List<String>> textListMap(String name) throws InvalidDefinitionException {
    Map<String, List<String>> map = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : object(name).entrySet()) {
      List<String> texts = new ArrayList<>();
      List<?> elements =
          entry.getValue() instanceof List<?> list
              ? list
              : Collections.singletonList(entry.getValue());
      for (Object element : elements) {
        if (!(element instanceof String text)) {
          throw wrongType(name, "a map of lists of strings");
        }
        texts.add(text);
      }
      map.put(String.valueOf(entry.getKey()), List.copyOf(texts));
    }
    return Map.copyOf(map);
  }

  /** An object; null when absent. */
  DefinitionFields fields(String name) throws InvalidDefinitionException {
    return value(name) == null ? null : below(name, object(name));
  }

  /** A list of objects; one object alone is a list of one. */
  List<DefinitionFields> fieldsList(String name) throws InvalidDefinitionException {
    if (value(name) instanceof Map<?, ?> single) {
      return List.of(below(name, single));
    }
    List<DefinitionFields> all = new ArrayList<>();
    for (Object element : list(name)) {
      if (!(element instanceof Map<?, ?> object)) {
        throw wrongType(name, "a list of objects");
      }
      all.add(below(name, object));
    }
    return all;
  }

  /** An object whose values are objects; empty when absent. */
  Map<String, DefinitionFields> fieldsMap(String name) throws InvalidDefinitionException {
    Map<String, DefinitionFields> map = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : object(name).entrySet()) {
      String key = String.valueOf(entry.getKey());
      if (!(entry.getValue() instanceof Map<?, ?> object)) {
        throw wrongType(name, "a map of objects");
      }
      map.put(key, below(name + "." + key, object));
    }
    return map;
  }

  /** Whether any field says more than that it is not used. */
  boolean isBlank() {
    return values.values().stream().allMatch(DefinitionFields::isBlank);
  }

  /** Whether a value says no more than that it is not used. */
  static boolean isBlank(Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.values().stream().allMatch(DefinitionFields::isBlank);
    }
    if (value instanceof List<?> list) {
      return list.isEmpty();
    }
    if (value instanceof Number number) {
      return number.doubleValue() == 0;
    }
    return value == null || value.equals("") || value.equals(false);
  }

  private List<?> list(String... names) throws InvalidDefinitionException {
    Object value = value(names);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    throw wrongType(names[0], "a list");
  }

  private Map<?, ?> object(String name) throws InvalidDefinitionException {
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
