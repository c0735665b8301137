package org.comitia.web.agent;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.agent.Agent;
import org.comitia.cluster.Member;
import org.comitia.cluster.NetworkPosition;
import org.comitia.web.coordinate.CoordinateJson;
import org.comitia.web.http.Json;

/** The agent's view of itself and of the members, as Consul writes it. */
final class AgentJson {
  /** The protocol versions that Consul's members have; its clients show them. */
  private static final int PROTOCOL_MIN = 1;

  private static final int PROTOCOL_MAX = 5;
  private static final int DELEGATE_MIN = 2;
  private static final int DELEGATE_MAX = 5;
  private static final int PROTOCOL = 2;
  private static final int DELEGATE = 4;

  private AgentJson() {}

  /**
   * @param position null for {@code null}, as Consul with disable_coordinates
   */
  static void self(JsonGenerator out, Agent.Self self, NetworkPosition position)
      throws IOException {
    out.writeStartObject();
    out.writeFieldName("Config");
    config(out, self.config());
    out.writeFieldName("DebugConfig");
    value(out, self.debugConfig());
    out.writeFieldName("Coord");
    CoordinateJson.position(out, position);
    out.writeFieldName("Member");
    member(out, self.member());
    out.writeObjectFieldStart("Stats");
    for (Map.Entry<String, Map<String, String>> group : new TreeMap<>(self.stats()).entrySet()) {
      Json.textMap(out, group.getKey(), group.getValue());
    }
    out.writeEndObject();
    Json.textMap(out, "Meta", self.meta());
    out.writeEndObject();
  }

  private static void config(JsonGenerator out, Map<String, Object> config) throws IOException {
    Map<String, Object> all = new TreeMap<>(config);
    all.putIfAbsent("PrimaryDatacenter", config.get("Datacenter"));
    value(out, all);
  }

  private static void value(JsonGenerator out, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (Map.Entry<?, ?> entry : new TreeMap<>(map).entrySet()) {
        out.writeFieldName(String.valueOf(entry.getKey()));
        value(out, entry.getValue());
      }
      out.writeEndObject();
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      for (Object element : list) {
        value(out, element);
      }
      out.writeEndArray();
    } else if (value instanceof Boolean flag) {
      out.writeBoolean(flag);
    } else if (value instanceof Number number) {
      out.writeNumber(number.longValue());
    } else {
      out.writeString(value == null ? "" : value.toString());
    }
  }

  /**
   * @param members null for {@code null}
   */
  static void members(JsonGenerator out, List<Member> members) throws IOException {
    if (members == null) {
      out.writeNull();
      return;
    }
    out.writeStartArray();
    for (Member member : members) {
      member(out, member);
    }
    out.writeEndArray();
  }

  private static void member(JsonGenerator out, Member member) throws IOException {
    if (member == null) {
      out.writeNull();
      return;
    }
    out.writeStartObject();
    out.writeStringField("Name", member.name());
    out.writeStringField("Addr", member.address());
    out.writeNumberField("Port", member.port());
    Json.textMap(out, "Tags", member.tags());
    out.writeNumberField("Status", member.status().code());
    out.writeNumberField("ProtocolMin", PROTOCOL_MIN);
    out.writeNumberField("ProtocolMax", PROTOCOL_MAX);
    out.writeNumberField("ProtocolCur", PROTOCOL);
    out.writeNumberField("DelegateMin", DELEGATE_MIN);
    out.writeNumberField("DelegateMax", DELEGATE_MAX);
    out.writeNumberField("DelegateCur", DELEGATE);
    out.writeEndObject();
  }
}
