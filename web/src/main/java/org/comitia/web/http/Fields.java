package org.comitia.web.http;

import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.comitia.config.GoDuration;

/**
 * An object of a request's body, as a {@link BodyType} has read it. {@code null} is like an absent
 * field, as in Go. A field of another type is a {@link Refusal} with 400.
 */
public final class Fields {
  private static final String DECODE_FAILED = "Request decode failed: ";

  /** An object without fields. */
  public static final Fields NONE = new Fields(DECODE_FAILED, "", Map.of());

  /** What a refusal's text begins with. */
  private final String problem;

  private final String path;
  private final Map<?, ?> values;

  private Fields(String problem, String path, Map<?, ?> values) {
    this.problem = problem;
    this.path = path;
    this.values = values;
  }

  /**
   * Reads a body that must be an object.
   *
   * @throws Refusal 400 {@code Request decode failed: ...}
   */
  public static Fields of(byte[] body, BodyType type) {
    return of(body, type, DECODE_FAILED);
  }

  /**
   * The same.
   *
   * @param problem what the refusal's text begins with
   * @throws Refusal 400
   */
  public static Fields of(byte[] body, BodyType type, String problem) {
    Object value = read(parse(body, problem), type, problem);
    return value == null ? NONE : new Fields(problem, "", (Map<?, ?>) value);
  }

  /**
   * Reads a body that must be a list of objects.
   *
   * @param type what each of them must be
   * @param problem what the refusal's text begins with
   * @param bound is told how many they are before they are looked at; refuses too many
   * @throws Refusal 400, or the bound's
   */
  public static List<Fields> listOf(byte[] body, BodyType type, String problem, IntConsumer bound) {
    Object parsed = parse(body, problem);
    if (parsed instanceof List<?> elements) {
      bound.accept(elements.size());
    }
    Object value = read(parsed, BodyType.list(type, "api.TxnOps"), problem);
    List<Fields> all = new ArrayList<>();
    for (Object element : value == null ? List.of() : (List<?>) value) {
      all.add(new Fields(problem, "", element == null ? Map.of() : (Map<?, ?>) element));
    }
    return all;
  }

  private static Object read(Object value, BodyType type, String problem) {
    try {
      return value == null ? null : type.read(value, BodyType.Place.BODY);
    } catch (BodyType.Invalid e) {
      throw Refusal.badRequest(problem + Tenancy.explained(e.getMessage()));
    }
  }

  private static Object parse(byte[] body, String problem) {
    try {
      return Json.parse(body);
    } catch (IOException e) {
      String message = e.getMessage();
      throw Refusal.badRequest(
          problem + (message == null ? "no valid JSON" : message.lines().findFirst().orElse("")));
    }
  }

  /** The whole object as it came: maps, lists, texts, numbers and truth values. */
  public Map<?, ?> tree() {
    return values;
  }

  private Refusal failed(String why) {
    return Refusal.badRequest(problem + why);
  }

  private Refusal wrongType(String name, String type) {
    return failed("field \"" + path + name + "\" must be " + type);
  }

  /** Null, Boolean, Number, String, List or Map; null when absent. */
  public Object value(String name) {
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

  /** A finite number with or without a fraction; 0 when absent. */
  public double real(String name) {
    Object value = value(name);
    return value == null ? 0 : real(name, value);
  }

  /** A list of finite numbers; empty when absent. */
  public List<Double> reals(String name) {
    List<Double> numbers = new ArrayList<>();
    for (Object value : list(name)) {
      numbers.add(real(name, value));
    }
    return List.copyOf(numbers);
  }

  private double real(String name, Object value) {
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    throw wrongType(name, "a number");
  }

  /** An unsigned 64-bit number; 0 when absent. */
  public long unsigned(String name) {
    Object value = value(name);
    if (value == null) {
      return 0;
    }
    if (value instanceof Integer || value instanceof Long || value instanceof BigInteger) {
      BigInteger number = new BigInteger(value.toString());
      if (number.signum() >= 0 && number.bitLength() <= 64) {
        return number.longValue();
      }
    }
    throw wrongType(name, "an unsigned integer");
  }

  /** Bytes, given as base64; none when absent. */
  public byte[] octets(String name) {
    try {
      return base64(text(name));
    } catch (IllegalArgumentException e) {
      throw failed(e.getMessage());
    }
  }

  /**
   * The bytes of a text in base64, as Go reads them.
   *
   * @throws IllegalArgumentException with Go's text
   */
  public static byte[] base64(String text) {
    int end = text.length();
    try {
      // Go skips line ends, wants the padding, and says where it stumbled
      String plain = text.replace("\r", "").replace("\n", "");
      if (plain.length() % 4 != 0) {
        throw new IllegalArgumentException();
      }
      return Base64.getDecoder().decode(plain);
    } catch (IllegalArgumentException e) {
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        boolean known =
            c < 0x80 && (Character.isLetterOrDigit(c) || c == '+' || c == '/' || c == '=');
        if (!known && c != '\r' && c != '\n') {
          end = i;
          break;
        }
      }
      throw new IllegalArgumentException("illegal base64 data at input byte " + end);
    }
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
    Fields inner = new Fields(problem, path + name + ".", object(name));
    inner.values.keySet().forEach(key -> map.put((String) key, inner.texts((String) key)));
    return Map.copyOf(map);
  }

  /** An object; null when absent. */
  public Fields fields(String name) {
    return value(name) == null ? null : new Fields(problem, path + name + ".", object(name));
  }

  /** A list of objects; empty when absent. */
  public List<Fields> fieldsList(String name) {
    List<Fields> list = new ArrayList<>();
    for (Object value : list(name)) {
      if (!(value instanceof Map<?, ?> map)) {
        throw wrongType(name, "a list of objects");
      }
      list.add(new Fields(problem, path + name + ".", map));
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
              map.put((String) key, new Fields(problem, path + name + "." + key + ".", fields));
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
