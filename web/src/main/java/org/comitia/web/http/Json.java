package org.comitia.web.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** JSON as Go writes it, and bodies as Go reads them. Safe for any thread. */
public final class Json {
  private static final int MAX_DEPTH = 64;

  /** No thread-local buffers: they would outlive the application on the server's threads. */
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .characterEscapes(new HtmlSafe())
          .recyclerPool(JsonRecyclerPools.newBoundedPool(64))
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  private Json() {}

  /** Writes one value. */
  @FunctionalInterface
  public interface Body {
    void write(JsonGenerator out) throws IOException;
  }

  /**
   * @param pretty indented by four spaces, with a newline at the end
   */
  public static byte[] bytes(boolean pretty, Body body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
      if (pretty) {
        out.setPrettyPrinter(new FourSpaces());
      }
      body.write(out);
      if (pretty) {
        out.writeRaw('\n');
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** What {@link #parse} reads, fields in their order. */
  public static void tree(JsonGenerator out, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.writeFieldName((String) entry.getKey());
        tree(out, entry.getValue());
      }
      out.writeEndObject();
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      for (Object element : list) {
        tree(out, element);
      }
      out.writeEndArray();
    } else if (value instanceof Double number && Double.isFinite(number)) {
      number(out, number);
    } else if (value instanceof Number number) {
      out.writeNumber(number.toString());
    } else if (value instanceof Boolean flag) {
      out.writeBoolean(flag);
    } else if (value == null) {
      out.writeNull();
    } else {
      out.writeString((String) value);
    }
  }

  /** A map with its keys sorted, as Go writes maps; null as {@code null}. */
  public static void textMap(JsonGenerator out, String field, Map<String, String> map)
      throws IOException {
    out.writeFieldName(field);
    if (map == null) {
      out.writeNull();
      return;
    }
    out.writeStartObject();
    for (Map.Entry<String, String> entry : new TreeMap<>(map).entrySet()) {
      out.writeStringField(entry.getKey(), entry.getValue());
    }
    out.writeEndObject();
  }

  /** A list of texts; null as an empty one. */
  public static void texts(JsonGenerator out, String field, List<String> texts) throws IOException {
    out.writeArrayFieldStart(field);
    if (texts != null) {
      for (String text : texts) {
        out.writeString(text);
      }
    }
    out.writeEndArray();
  }

  /** A text; null as an empty one. */
  public static void text(JsonGenerator out, String field, String text) throws IOException {
    out.writeStringField(field, text == null ? "" : text);
  }

  /** A finite number as Go writes it: the shortest digits, no exponent for usual sizes. */
  public static void number(JsonGenerator out, double number) throws IOException {
    double size = Math.abs(number);
    if (number == 0) {
      out.writeNumber(0);
    } else if (size >= 1e-6 && size < 1e21) {
      out.writeNumber(new BigDecimal(Double.toString(number)).stripTrailingZeros().toPlainString());
    } else {
      String text = Double.toString(number).replace(".0E", "e").replace('E', 'e');
      out.writeNumber(size < 1 ? text : text.replace("e", "e+"));
    }
  }

  /** An unsigned 64-bit number. */
  public static void unsigned(JsonGenerator out, String field, long number) throws IOException {
    out.writeFieldName(field);
    if (number >= 0) {
      out.writeNumber(number);
    } else {
      out.writeNumber(Long.toUnsignedString(number));
    }
  }

  /**
   * Reads the first value of a body: null, Boolean, Number, String, List or Map.
   *
   * @throws IOException with a text for the client when it is no JSON
   */
  public static Object parse(byte[] body) throws IOException {
    try (JsonParser in = FACTORY.createParser(body)) {
      if (in.nextToken() == null) {
        throw new IOException("EOF");
      }
      return value(in);
    }
  }

  private static Object value(JsonParser in) throws IOException {
    return switch (in.currentToken()) {
      case START_OBJECT -> object(in);
      case START_ARRAY -> array(in);
      case VALUE_STRING -> wellFormed(in.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> in.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  /** A text whose lone surrogates, which no UTF-8 can say, have become U+FFFD, as in Go. */
  public static String wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        int[] fixed = text.codePoints().map(c -> c >= 0xd800 && c <= 0xdfff ? 0xfffd : c).toArray();
        return new String(fixed, 0, fixed.length);
      }
    }
    return text;
  }

  private static Map<String, Object> object(JsonParser in) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = wellFormed(in.currentName());
      in.nextToken();
      fields.put(name, value(in));
    }
    return fields;
  }

  private static List<Object> array(JsonParser in) throws IOException {
    List<Object> values = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      values.add(value(in));
    }
    return values;
  }

  /** Go escapes what could end a script element; so do we. */
  private static final class HtmlSafe extends CharacterEscapes {
    private static final long serialVersionUID = 1L;

    private final int[] escapes = standardAsciiEscapesForJSON(); // each generator asks for them

    private HtmlSafe() {
      escapes['<'] = ESCAPE_STANDARD;
      escapes['>'] = ESCAPE_STANDARD;
      escapes['&'] = ESCAPE_STANDARD;
    }

    @Override
    public int[] getEscapeCodesForAscii() {
      return escapes;
    }

    @Override
    public SerializableString getEscapeSequence(int c) {
      return c == 0x2028 || c == 0x2029
          ? new SerializedString("\\u" + Integer.toHexString(c))
          : null;
    }
  }

  /** Go's {@code MarshalIndent}; one a generator, since it counts the depth. */
  private static final class FourSpaces implements PrettyPrinter {
    private int depth;

    @Override
    public void writeRootValueSeparator(JsonGenerator out) throws IOException {
      out.writeRaw('\n');
    }

    @Override
    public void writeStartObject(JsonGenerator out) throws IOException {
      out.writeRaw('{');
      depth++;
    }

    @Override
    public void beforeObjectEntries(JsonGenerator out) throws IOException {
      line(out);
    }

    @Override
    public void writeObjectFieldValueSeparator(JsonGenerator out) throws IOException {
      out.writeRaw(": ");
    }

    @Override
    public void writeObjectEntrySeparator(JsonGenerator out) throws IOException {
      out.writeRaw(',');
      line(out);
    }

    @Override
    public void writeEndObject(JsonGenerator out, int entries) throws IOException {
      depth--;
      if (entries > 0) {
        line(out);
      }
      out.writeRaw('}');
    }

    @Override
    public void writeStartArray(JsonGenerator out) throws IOException {
      out.writeRaw('[');
      depth++;
    }

    @Override
    public void beforeArrayValues(JsonGenerator out) throws IOException {
      line(out);
    }

    @Override
    public void writeArrayValueSeparator(JsonGenerator out) throws IOException {
      out.writeRaw(',');
      line(out);
    }

    @Override
    public void writeEndArray(JsonGenerator out, int values) throws IOException {
      depth--;
      if (values > 0) {
        line(out);
      }
      out.writeRaw(']');
    }

    private void line(JsonGenerator out) throws IOException {
      out.writeRaw('\n');
      for (int i = 0; i < depth; i++) {
        out.writeRaw("    ");
      }
    }
  }
}
