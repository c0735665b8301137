package org.comitia.cli.client;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.Map;

/** JSON for people: a line a value, as Go's {@code MarshalIndent} lays it out. */
public final class IndentedJson {
  private final String step;
  private final StringBuilder text = new StringBuilder();

  private IndentedJson(String step) {
    this.step = step;
  }

  /**
   * The value's text, without a newline at its end.
   *
   * @param step what one level is moved in by
   */
  public static String of(JsonValue value, String step) {
    IndentedJson json = new IndentedJson(step);
    json.write(value, 0);
    return json.text.toString();
  }

  private void write(JsonValue value, int depth) {
    if (value instanceof JsonObject object && !object.isEmpty()) {
      text.append('{');
      String separator = "";
      for (Map.Entry<String, JsonValue> member : object.entrySet()) {
        text.append(separator);
        newLine(depth + 1);
        text.append(Json.createValue(member.getKey())).append(": ");
        write(member.getValue(), depth + 1);
        separator = ",";
      }
      newLine(depth);
      text.append('}');
    } else if (value instanceof JsonArray array && !array.isEmpty()) {
      text.append('[');
      String separator = "";
      for (JsonValue element : array) {
        text.append(separator);
        newLine(depth + 1);
        write(element, depth + 1);
        separator = ",";
      }
      newLine(depth);
      text.append(']');
    } else {
      text.append(value);
    }
  }

  private void newLine(int depth) {
    text.append('\n').append(step.repeat(depth));
  }
}
