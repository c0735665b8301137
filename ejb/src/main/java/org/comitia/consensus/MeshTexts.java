package org.comitia.consensus;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.stream.JsonParser;
import java.io.StringReader;
import org.comitia.state.Service;
import org.comitia.state.Tables;

/**
 * What services say of a mesh, in rows that come as they are: answers show it as it is kept. No
 * rule of apply: readers of JSON differ.
 */
final class MeshTexts {
  /** As deep as bodies of requests are read. */
  private static final int MAX_DEPTH = 64;

  private MeshTexts() {}

  /** What is wrong with one of them; null for nothing. */
  static String excess(Tables rows) {
    for (Service service : rows.services().values()) {
      if (!isObject(service.proxy())) {
        return "the proxy of a service is no JSON object, or too deep a one";
      } else if (!isObject(service.connect())) {
        return "the connect of a service is no JSON object, or too deep a one";
      }
    }
    return null;
  }

  private static boolean isObject(String text) {
    if (text.isEmpty()) {
      return true;
    }
    try (JsonParser json = Json.createParser(new StringReader(text))) {
      boolean object = json.hasNext() && json.next() == JsonParser.Event.START_OBJECT;
      int depth = 1;
      while (object && json.hasNext()) {
        depth +=
            switch (json.next()) {
              case START_OBJECT, START_ARRAY -> 1;
              case END_OBJECT, END_ARRAY -> -1;
              default -> 0;
            };
        object = depth <= MAX_DEPTH;
      }
      return object;
    } catch (JsonException | IllegalStateException none) {
      return false;
    }
  }
}
