package org.comitia.web.ui;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.comitia.state.Node;
import org.comitia.state.QueryResult;
import org.comitia.state.Service;
import org.comitia.web.catalog.CatalogJson;
import org.comitia.web.health.CheckJson;
import org.comitia.web.http.Json;

/** Nodes with all that is on them, and services summed up, as Consul writes them. */
final class UiJson {
  private UiJson() {}

  static void nodes(JsonGenerator out, List<QueryResult.NodeDump> nodes) throws IOException {
    out.writeStartArray();
    for (QueryResult.NodeDump node : nodes) {
      node(out, node);
    }
    out.writeEndArray();
  }

  static void node(JsonGenerator out, QueryResult.NodeDump dump) throws IOException {
    Node node = dump.node();
    out.writeStartObject();
    Json.text(out, "ID", node.id());
    Json.text(out, "Node", node.name());
    Json.text(out, "Address", node.address());
    Json.textMap(
        out, "TaggedAddresses", node.taggedAddresses().isEmpty() ? null : node.taggedAddresses());
    Json.textMap(out, "Meta", node.meta().isEmpty() ? null : node.meta());
    out.writeArrayFieldStart("Services");
    for (Service service : dump.services()) {
      CatalogJson.nodeService(out, service);
    }
    out.writeEndArray();
    out.writeFieldName("Checks");
    CheckJson.checks(out, dump.checks());
    out.writeEndObject();
  }

  static void services(JsonGenerator out, Collection<ServiceSummary> services, String datacenter)
      throws IOException {
    out.writeStartArray();
    for (ServiceSummary service : services) {
      service(out, service, datacenter);
    }
    out.writeEndArray();
  }

  /** The mesh's fields have the values of a service that takes no part in it. */
  private static void service(JsonGenerator out, ServiceSummary service, String datacenter)
      throws IOException {
    out.writeStartObject();
    if (!service.kind.isEmpty()) {
      Json.text(out, "Kind", service.kind);
    }
    Json.text(out, "Name", service.name);
    Json.text(out, "Datacenter", datacenter);
    Json.texts(out, "Tags", List.copyOf(service.tags));
    Json.texts(out, "Nodes", List.copyOf(service.nodes));
    Json.texts(out, "ExternalSources", List.copyOf(service.externalSources));
    out.writeNumberField("InstanceCount", service.instances);
    out.writeNumberField("ChecksPassing", service.passing);
    out.writeNumberField("ChecksWarning", service.warning);
    out.writeNumberField("ChecksCritical", service.critical);
    out.writeObjectFieldStart("GatewayConfig");
    out.writeEndObject();
    out.writeBooleanField("TransparentProxy", false);
    out.writeBooleanField("ConnectNative", false);
    out.writeBooleanField("ConnectedWithProxy", false);
    out.writeBooleanField("ConnectedWithGateway", false);
    out.writeEndObject();
  }
}
