package org.comitia.web.kv;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import org.comitia.state.KvEntry;
import org.comitia.web.http.Json;

/** Entries and keys as Consul writes them. */
public final class KvJson {
  private KvJson() {}

  /** One entry, which Consul puts into a list as well. */
  static void entry(JsonGenerator out, KvEntry entry) throws IOException {
    out.writeStartArray();
    element(out, entry);
    out.writeEndArray();
  }

  static void entries(JsonGenerator out, List<KvEntry> entries) throws IOException {
    out.writeStartArray();
    for (KvEntry entry : entries) {
      element(out, entry);
    }
    out.writeEndArray();
  }

  public static void element(JsonGenerator out, KvEntry entry) throws IOException {
    out.writeStartObject();
    Json.unsigned(out, "LockIndex", entry.lockIndex());
    // A byte of the key that is no UTF-8 reads U+FFFD, as in Go.
    out.writeStringField("Key", Json.wellFormed(entry.key()));
    Json.unsigned(out, "Flags", entry.flags());
    out.writeFieldName("Value");
    if (entry.value().length == 0) {
      out.writeNull();
    } else {
      out.writeBinary(entry.value());
    }
    if (entry.session() != null && !entry.session().isEmpty()) {
      out.writeStringField("Session", entry.session());
    }
    Json.unsigned(out, "CreateIndex", entry.createIndex());
    Json.unsigned(out, "ModifyIndex", entry.modifyIndex());
    out.writeEndObject();
  }

  static void keys(JsonGenerator out, List<String> keys) throws IOException {
    out.writeStartArray();
    for (String key : keys) {
      out.writeString(Json.wellFormed(key));
    }
    out.writeEndArray();
  }
}
