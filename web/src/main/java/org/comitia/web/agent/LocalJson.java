package org.comitia.web.agent;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.state.Check;
import org.comitia.state.Service;
import org.comitia.web.health.CheckJson;
import org.comitia.web.http.Json;

/** This agent's services and checks as Consul writes them. */
final class LocalJson {
  private LocalJson() {}

  static void services(JsonGenerator out, List<Service> services, String datacenter)
      throws IOException {
    out.writeStartObject();
    for (Service service : services) {
      out.writeFieldName(service.id());
      service(out, service, datacenter, null);
    }
    out.writeEndObject();
  }

  /**
   * @param hash null to leave it out
   */
  static void service(JsonGenerator out, Service service, String datacenter, String hash)
      throws IOException {
    out.writeStartObject();
    if (!service.kind().isEmpty()) {
      Json.text(out, "Kind", service.kind());
    }
    Json.text(out, "ID", service.id());
    Json.text(out, "Service", service.name());
    Json.texts(out, "Tags", service.tags());
    Json.textMap(out, "Meta", service.meta());
    out.writeNumberField("Port", service.port());
    Json.text(out, "Address", service.address());
    if (!service.socketPath().isEmpty()) {
      Json.text(out, "SocketPath", service.socketPath());
    }
    taggedAddresses(out, service.taggedAddresses());
    out.writeObjectFieldStart("Weights");
    out.writeNumberField("Passing", service.weightPassing());
    out.writeNumberField("Warning", service.weightWarning());
    out.writeEndObject();
    out.writeBooleanField("EnableTagOverride", service.enableTagOverride());
    if (hash != null) {
      Json.text(out, "ContentHash", hash);
    }
    Json.text(out, "Datacenter", datacenter);
    out.writeEndObject();
  }

  /** Left out when there are none. */
  private static void taggedAddresses(
      JsonGenerator out, Map<String, Service.ServiceAddress> addresses) throws IOException {
    if (addresses.isEmpty()) {
      return;
    }
    out.writeObjectFieldStart("TaggedAddresses");
    for (Map.Entry<String, Service.ServiceAddress> entry : new TreeMap<>(addresses).entrySet()) {
      out.writeObjectFieldStart(entry.getKey());
      Json.text(out, "Address", entry.getValue().address());
      out.writeNumberField("Port", entry.getValue().port());
      out.writeEndObject();
    }
    out.writeEndObject();
  }

  static void checks(JsonGenerator out, List<Check> checks) throws IOException {
    out.writeStartObject();
    for (Check check : checks) {
      out.writeFieldName(check.id());
      CheckJson.check(out, check);
    }
    out.writeEndObject();
  }

  static void healths(JsonGenerator out, List<InstanceHealth> healths, String datacenter)
      throws IOException {
    out.writeStartArray();
    for (InstanceHealth health : healths) {
      health(out, health, datacenter);
    }
    out.writeEndArray();
  }

  static void health(JsonGenerator out, InstanceHealth health, String datacenter)
      throws IOException {
    out.writeStartObject();
    Json.text(out, "AggregatedStatus", health.status());
    out.writeFieldName("Service");
    if (health.service() == null) {
      out.writeNull();
      out.writeNullField("Checks");
    } else {
      service(out, health.service(), datacenter, null);
      out.writeFieldName("Checks");
      CheckJson.checks(out, health.checks());
    }
    out.writeEndObject();
  }
}
