package org.comitia.consensus;

import jakarta.json.JsonException;
import jakarta.json.spi.JsonProvider;
import jakarta.json.stream.JsonParser;
import java.io.StringReader;
import org.comitia.log.LogLine;
import org.comitia.state.Service;
import org.comitia.state.Tables;

/**
 * What services say of a mesh, in rows that come as they are: answers show it as it is kept. No
 * rule of apply: readers of JSON differ.
 */
final class MeshTexts {
  /** As deep as bodies of requests are read. */
  private static final int MAX_DEPTH = 64;

  private static final int LONGEST_NAME = 100;

  /** To find it takes longer than to read with it. */
  private static final JsonProvider JSON = JsonProvider.provider();

  private MeshTexts() {}

  /** What is wrong with one of them; null for nothing. */
  static String excess(Tables rows) {
    for (Service service : rows.services().values()) {
      if (!isObject(service.proxy())) {
        return isNone("proxy", service);
      } else if (!isObject(service.connect())) {
        return isNone("connect", service);
      }
    }
    return null;
  }

  private static String isNone(String field, Service service) {
    return "the "
        + field
        + " of service "
        + LogLine.excerpt(service.id(), LONGEST_NAME)
        + " is no JSON object, or too deep a one";
  }

  private static boolean isObject(String text) {
    if (text.isEmpty()) {
      return true;
    }
    try (JsonParser json = JSON.createParser(new StringReader(text))) {
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
