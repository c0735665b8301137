package org.comitia.state;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows made field by field by reflection, so that a field that is added to a row is in every test
 * that asks whether one was forgotten.
 */
public final class EveryField {
  private EveryField() {}

  /** A row whose every field says something else. */
  public static <R extends Record> R full(Class<R> type) {
    return make(type, type.getSimpleName(), 1);
  }

  /** For each field, those of records inside included, the row with that field changed alone. */
  public static <R extends Record> Map<String, R> changed(R row) {
    Map<String, R> all = new LinkedHashMap<>();
    RecordComponent[] components = row.getClass().getRecordComponents();
    Object[] values = values(row, components);
    for (int i = 0; i < components.length; i++) {
      String name = components[i].getName();
      if (values[i] instanceof Record inner) {
        int at = i;
        changed(inner)
            .forEach((path, other) -> all.put(name + "." + path, with(row, values, at, other)));
      } else {
        all.put(name, with(row, values, i, other(values[i], components[i])));
      }
    }
    return all;
  }

  private static Object other(Object value, RecordComponent component) {
    if (value instanceof Boolean flag) {
      return !flag;
    } else if (value instanceof Enum<?> constant) {
      return value(component.getType(), component.getName(), constant.ordinal() + 1);
    }
    return value(component.getGenericType(), component.getName(), 2);
  }

  static Object[] values(Record row, RecordComponent[] components) {
    try {
      Object[] values = new Object[components.length];
      for (int i = 0; i < components.length; i++) {
        values[i] = components[i].getAccessor().invoke(row);
      }
      return values;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A row with the field at this place changed. */
  @SuppressWarnings("unchecked")
  static <R extends Record> R with(R row, Object[] values, int at, Object value) {
    Object[] changed = values.clone();
    changed[at] = value;
    return (R) construct(row.getClass(), changed);
  }

  private static <R> R construct(Class<R> type, Object[] values) {
    try {
      Class<?>[] types =
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new);
      Constructor<R> canonical = type.getDeclaredConstructor(types);
      return canonical.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static <R> R make(Class<R> type, String name, int salt) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      String path = name + "." + components[i].getName();
      values[i] = value(components[i].getGenericType(), path, salt * 100 + i);
    }
    return construct(type, values);
  }

  private static Object value(Type type, String name, int salt) {
    if (type instanceof ParameterizedType of) {
      Type[] inside = of.getActualTypeArguments();
      return of.getRawType() == List.class
          ? List.of(value(inside[0], name + "[0]", salt), value(inside[0], name + "[1]", salt + 1))
          : Map.of(name + "-key-" + salt, value(inside[1], name + "[]", salt));
    }
    Class<?> simple = (Class<?>) type;
    if (simple.isRecord()) {
      return make(simple, name, salt);
    } else if (simple.isEnum()) {
      Object[] constants = simple.getEnumConstants();
      return constants[salt % constants.length];
    } else if (simple == int.class) {
      return salt;
    } else if (simple == long.class) {
      return (long) salt;
    } else if (simple == double.class || simple == Double.class) {
      return salt + 0.5;
    } else if (simple == boolean.class) {
      return true;
    } else if (simple == byte[].class) {
      return (name + salt).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    } else if (simple == String.class) {
      return name + "-" + salt;
    }
    throw new IllegalArgumentException("no value for " + type + " of " + name);
  }
}
