package org.comitia.web.http;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.comitia.config.GoDuration;

/**
 * What a value of a request's body must be, as Consul's decoder reads it: strictly, since a field
 * that is misspelt would otherwise be lost without a word. Reading gives the value with its fields
 * under their own names, whatever their case was, and without those that are {@code null}. The
 * texts of refusals are Go's. Immutable, safe for any thread.
 */
public abstract class BodyType {
  /** A text. */
  public static final BodyType TEXT = new Scalar("string");

  /** A whole number of 64 bits. */
  public static final BodyType NUMBER = new Scalar("int");

  /** A whole number of 64 bits without a sign. */
  public static final BodyType UNSIGNED = new Scalar("uint64");

  /** A number. */
  public static final BodyType REAL = new Scalar("float64");

  /** A truth value. */
  public static final BodyType FLAG = new Scalar("bool");

  /** Bytes in base64; whoever reads the text decodes it. */
  public static final BodyType OCTETS =
      new BodyType("[]uint8") {
        @Override
        Object read(Object value, Place place) {
          if (value instanceof String) {
            return value;
          }
          throw new Mismatch(value, goType, place);
        }
      };

  /** Whatever is there; a number that no float64 holds is not. */
  public static final BodyType ANY =
      new BodyType("interface {}") {
        @Override
        Object read(Object value, Place place) {
          if (value instanceof Double number && !Double.isFinite(number)) {
            throw new Mismatch(value, "float64", place);
          } else if (value instanceof Map<?, ?> map) {
            map.values().forEach(inner -> read(inner, place));
          } else if (value instanceof List<?> list) {
            list.forEach(inner -> read(inner, place));
          }
          return value;
        }
      };

  /** A text as Go writes durations, or nanoseconds; a value of another type counts as absent. */
  public static final BodyType DURATION =
      new BodyType("interface {}") {
        @Override
        Object read(Object value, Place place) {
          if (value instanceof Number number) {
            return number.longValue();
          }
          if (!(value instanceof String text)) {
            return null;
          }
          String problem = GoDuration.problem(text);
          if (problem != null) {
            throw new Invalid(problem);
          }
          return text;
        }
      };

  /** What Go calls it. */
  final String goType;

  private BodyType(String goType) {
    this.goType = goType;
  }

  /**
   * Where the decoder is.
   *
   * @param struct Go's name of the object that holds the field; empty for one without a name
   * @param path the fields from the outermost object on; empty for the body itself
   */
  record Place(String struct, String path) {
    static final Place BODY = new Place("", "");
  }

  /** Why a body cannot be read; the message is Go's. */
  static class Invalid extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Invalid(String message) {
      super(message, null, false, false);
    }
  }

  /** A value of another type. */
  private static final class Mismatch extends Invalid {
    private static final long serialVersionUID = 1L;
    private final transient Object value;
    private final String wanted;

    Mismatch(Object value, String wanted, Place place) {
      super(
          "json: cannot unmarshal "
              + kind(value, wanted)
              + (place.path.isEmpty()
                  ? " into Go value of type "
                  : " into Go struct field " + place.struct + "." + place.path + " of type ")
              + wanted);
      this.value = value;
      this.wanted = wanted;
    }

    private static String kind(Object value, String wanted) {
      if (value instanceof Number) {
        return wanted.equals("int") || wanted.equals("uint64") ? "number " + value : "number";
      } else if (value instanceof Boolean) {
        return "bool";
      } else if (value instanceof List) {
        return "array";
      }
      return value instanceof Map ? "object" : "string";
    }
  }

  /**
   * @param value not null
   * @return what is kept; null for nothing
   * @throws Invalid when it is something else
   */
  abstract Object read(Object value, Place place);

  /** What {@code null} is in a list or a map. */
  Object absent() {
    return goType.equals("string") ? "" : null;
  }

  /** A list. */
  public static BodyType list(BodyType of) {
    return list(of, "[]" + of.goType);
  }

  /** A list that Go has a name for. */
  public static BodyType list(BodyType of, String goType) {
    return new BodyType(goType) {
      @Override
      Object read(Object value, Place place) {
        if (!(value instanceof List<?> list)) {
          throw new Mismatch(value, this.goType, place);
        }
        List<Object> all = new ArrayList<>(list.size());
        for (Object element : list) {
          all.add(element == null ? of.absent() : of.read(element, place));
        }
        return all;
      }
    };
  }

  /** An object whose keys are free. */
  public static BodyType map(BodyType of) {
    return new BodyType("map[string]" + of.goType) {
      @Override
      Object read(Object value, Place place) {
        if (!(value instanceof Map<?, ?> map)) {
          throw new Mismatch(value, goType, place);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        map.forEach((key, v) -> all.put((String) key, v == null ? of.absent() : of.read(v, place)));
        return all;
      }
    };
  }

  /**
   * An object with known fields.
   *
   * @param goType with the package, if it has one
   */
  public static Struct struct(String goType) {
    return new Struct(goType);
  }

  private static final class Scalar extends BodyType {
    Scalar(String goType) {
      super(goType);
    }

    @Override
    Object read(Object value, Place place) {
      boolean fits =
          switch (goType) {
            case "string" -> value instanceof String;
            case "bool" -> value instanceof Boolean;
            case "float64" -> value instanceof Number;
            case "int" -> value instanceof Integer || value instanceof Long;
            default ->
                value instanceof Integer number && number >= 0
                    || value instanceof Long l && l >= 0
                    || value instanceof BigInteger big
                        && big.signum() >= 0
                        && big.bitLength() <= 64;
          };
      if (!fits) {
        throw new Mismatch(value, goType, place);
      }
      return value;
    }
  }

  /** An object with known fields; built before it is used, then not changed any more. */
  public static final class Struct extends BodyType {
    private final Map<String, BodyType> fields = new LinkedHashMap<>();
    private boolean apart;
    private boolean lenient;

    private Struct(String goType) {
      super(goType);
    }

    /** Fields of one type. */
    public Struct with(BodyType type, String... names) {
      for (String name : names) {
        fields.put(name, type);
      }
      return this;
    }

    /** All fields of another object. */
    public Struct with(Struct other) {
      fields.putAll(other.fields);
      return this;
    }

    /**
     * Decoded by itself, as Go does where a type has a decoder of its own: it names its outside.
     */
    public Struct apart() {
      apart = true;
      return this;
    }

    /** Unknown fields are passed over. */
    public Struct lenient() {
      lenient = true;
      return this;
    }

    @Override
    Object read(Object value, Place place) {
      if (!apart) {
        return fields(value, place);
      }
      try {
        return fields(value, Place.BODY);
      } catch (Mismatch inside) {
        throw place.path.isEmpty() ? inside : new Mismatch(inside.value, inside.wanted, place);
      }
    }

    private Object fields(Object value, Place place) {
      if (!(value instanceof Map<?, ?> map)) {
        throw new Mismatch(value, goType, place);
      }
      Map<String, Object> known = new LinkedHashMap<>();
      map.forEach((key, v) -> field((String) key, v, place, known));
      return known;
    }

    /** Of two fields with one name the last counts. */
    private void field(String key, Object value, Place place, Map<String, Object> known) {
      String name = name(key);
      if (name == null) {
        if (!lenient) {
          throw new Invalid("json: unknown field " + quoted(key));
        }
        return;
      }
      String struct = goType.substring(goType.lastIndexOf('.') + 1);
      Place inside =
          new Place(
              apart || goType.equals("struct") ? "" : struct,
              place.path.isEmpty() ? name : place.path + "." + name);
      Object read = value == null ? null : fields.get(name).read(value, inside);
      if (read != null) {
        known.put(name, read);
      }
    }

    private String name(String key) {
      if (fields.containsKey(key)) {
        return key;
      }
      for (String name : fields.keySet()) {
        if (name.equalsIgnoreCase(key)) {
          return name;
        }
      }
      return null;
    }

    private static String quoted(String key) {
      return "\"" + key.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
  }
}
