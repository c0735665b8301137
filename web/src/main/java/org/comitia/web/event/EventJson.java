package org.comitia.web.event;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import org.comitia.cluster.UserEvent;

/** Events as Consul writes them. */
final class EventJson {
  /** Of the event's form. */
  private static final int VERSION = 1;

  private EventJson() {}

  static void events(JsonGenerator out, List<UserEvent> events) throws IOException {
    out.writeStartArray();
    for (UserEvent event : events) {
      event(out, event);
    }
    out.writeEndArray();
  }

  static void event(JsonGenerator out, UserEvent event) throws IOException {
    out.writeStartObject();
    out.writeStringField("ID", event.id().toString());
    out.writeStringField("Name", event.name());
    if (event.payload().length == 0) {
      out.writeNullField("Payload");
    } else {
      out.writeBinaryField("Payload", event.payload());
    }
    out.writeStringField("NodeFilter", event.nodeFilter());
    out.writeStringField("ServiceFilter", event.serviceFilter());
    out.writeStringField("TagFilter", event.tagFilter());
    out.writeNumberField("Version", VERSION);
    out.writeNumberField("LTime", event.lamportTime());
    out.writeEndObject();
  }
}
