package org.comitia.web.coordinate;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import org.comitia.cluster.NetworkPosition;
import org.comitia.state.Coordinate;
import org.comitia.web.http.Json;

/** Coordinates as Consul writes them. */
public final class CoordinateJson {
  private CoordinateJson() {}

  static void entries(JsonGenerator out, List<Coordinate> coordinates) throws IOException {
    entries(out, coordinates, "");
  }

  /**
   * @param suffix behind each node's name
   */
  static void entries(JsonGenerator out, List<Coordinate> coordinates, String suffix)
      throws IOException {
    out.writeStartArray();
    for (Coordinate coordinate : coordinates) {
      out.writeStartObject();
      out.writeStringField("Node", coordinate.node() + suffix);
      out.writeStringField("Segment", coordinate.segment());
      out.writeFieldName("Coord");
      position(out, position(coordinate));
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  static NetworkPosition position(Coordinate coordinate) {
    return new NetworkPosition(
        coordinate.vec(), coordinate.error(), coordinate.adjustment(), coordinate.height());
  }

  /**
   * @param position null for {@code null}
   */
  public static void position(JsonGenerator out, NetworkPosition position) throws IOException {
    if (position == null) {
      out.writeNull();
      return;
    }
    out.writeStartObject();
    out.writeArrayFieldStart("Vec");
    for (double number : position.vec()) {
      Json.number(out, number);
    }
    out.writeEndArray();
    out.writeFieldName("Error");
    Json.number(out, position.error());
    out.writeFieldName("Adjustment");
    Json.number(out, position.adjustment());
    out.writeFieldName("Height");
    Json.number(out, position.height());
    out.writeEndObject();
  }
}
