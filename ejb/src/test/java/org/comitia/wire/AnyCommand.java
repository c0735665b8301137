package org.comitia.wire;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.comitia.state.Command;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.state.Tables;

/**
 * Commands whose every field holds anything that its type allows: what no client of ours sends, yet
 * can be encoded.
 */
final class AnyCommand {
  private static final List<String> TEXTS =
      List.of(
          "",
          "",
          "a",
          "n1",
          "web",
          "a/b",
          "passing",
          "critical",
          "name_prefix_match",
          "10s",
          "-",
          "\u0000",
          "\\",
          "é",
          "%s%d",
          "${name.full}",
          "${match(1)}",
          "${",
          "$${",
          "(a|b)*",
          "(",
          "x{0,300}",
          "(x{99}){99}",
          "serfHealth",
          "aaaaaaaa-0000-0000-0000-000000000001",
          "b".repeat(1024),
          "c".repeat(2049),
          "${name.full}".repeat(200),
          "d".repeat(30_000));

  private final Random random;

  AnyCommand(Random random) {
    this.random = random;
  }

  Command next() {
    Class<?>[] kinds = Command.class.getPermittedSubclasses();
    return (Command) any(kinds[random.nextInt(kinds.length)], "", 0);
  }

  private Object any(Type type, String name, int depth) {
    if (type instanceof ParameterizedType generic) {
      Type[] of = generic.getActualTypeArguments();
      return generic.getRawType() == List.class ? list(of[0], depth) : map(of, depth);
    }
    Class<?> raw = (Class<?>) type;
    if (raw == String.class) {
      return name.equals("serviceId") && depth == 1 && random.nextInt(4) == 0 ? null : text();
    } else if (raw == byte[].class) {
      return new byte[random.nextInt(20) == 0 ? 524_289 : random.nextInt(3)];
    } else if (raw == long.class || raw == Long.class) {
      return name.equals("casIndex") && random.nextBoolean() ? null : (Object) number();
    } else if (raw == int.class) {
      return (int) number();
    } else if (raw == boolean.class) {
      return random.nextBoolean();
    } else if (raw == double.class || raw == Double.class) {
      return random.nextInt(4) == 0 ? Double.NaN : random.nextGaussian();
    } else if (raw == Tables.class) {
      return tables();
    } else if (raw.isEnum()) {
      return raw.getEnumConstants()[random.nextInt(raw.getEnumConstants().length)];
    } else if (raw.isSealed()) {
      Class<?>[] kinds = raw.getPermittedSubclasses();
      return any(kinds[random.nextInt(kinds.length)], name, depth);
    }
    return name.equals("service") && depth == 1 && random.nextInt(3) == 0
        ? null
        : instance(raw, depth);
  }

  private Tables tables() {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    for (int i = random.nextInt(20); i > 0; i--) {
      machine.apply(machine.version().appliedIndex() + 1, next());
    }
    return machine.version().tables();
  }

  private Object instance(Class<?> type, int depth) {
    try {
      RecordComponent[] components = type.getRecordComponents();
      Class<?>[] types = new Class<?>[components.length];
      Object[] values = new Object[components.length];
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        values[i] = any(components[i].getGenericType(), components[i].getName(), depth + 1);
      }
      var constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make a " + type, e);
    }
  }

  private List<Object> list(Type of, int depth) {
    int size = random.nextInt(30) == 0 ? 1_100 : random.nextInt(4);
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      list.add(size > 4 && of == String.class ? "e" + i : any(of, "", depth + 1));
    }
    return list;
  }

  private Map<Object, Object> map(Type[] of, int depth) {
    Map<Object, Object> map = new LinkedHashMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      map.put(text(), any(of[1], "", depth + 1));
    }
    return map;
  }

  private String text() {
    return TEXTS.get(random.nextInt(random.nextInt(8) == 0 ? TEXTS.size() : TEXTS.size() - 5));
  }

  private long number() {
    return switch (random.nextInt(5)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> Long.MAX_VALUE;
      case 3 -> Long.MIN_VALUE;
      default -> random.nextInt(50);
    };
  }
}
