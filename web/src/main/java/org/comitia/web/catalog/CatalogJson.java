package org.comitia.web.catalog;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.state.Node;
import org.comitia.state.QueryResult;
import org.comitia.state.Service;
import org.comitia.web.http.Json;

/**
 * The catalog as Consul writes it: field names, their order, and where there is {@code []}, {@code
 * {}} or {@code null}.
 */
public final class CatalogJson {
  private CatalogJson() {}

  static void names(JsonGenerator out, List<String> names) throws IOException {
    out.writeStartArray();
    for (String name : names) {
      out.writeString(name);
    }
    out.writeEndArray();
  }

  static void nodes(JsonGenerator out, List<Node> nodes) throws IOException {
    out.writeStartArray();
    for (Node node : nodes) {
      node(out, node);
    }
    out.writeEndArray();
  }

  /** A node as every answer shows it. */
  public static void node(JsonGenerator out, Node node) throws IOException {
    out.writeStartObject();
    identity(out, node);
    Json.textMap(out, "TaggedAddresses", nullIfEmpty(node.taggedAddresses()));
    Json.textMap(out, "Meta", nullIfEmpty(node.meta()));
    Json.unsigned(out, "CreateIndex", node.createIndex());
    Json.unsigned(out, "ModifyIndex", node.modifyIndex());
    out.writeEndObject();
  }

  private static void identity(JsonGenerator out, Node node) throws IOException {
    Json.text(out, "ID", node.id());
    Json.text(out, "Node", node.name());
    Json.text(out, "Address", node.address());
    Json.text(out, "Datacenter", node.datacenter());
  }

  /** What was never given is {@code null}; the state keeps that as an empty map. */
  private static Map<String, String> nullIfEmpty(Map<String, String> map) {
    return map == null || map.isEmpty() ? null : map;
  }

  private static Map<String, String> orEmpty(Map<String, String> map) {
    return map == null ? Map.of() : map;
  }

  /** {@code null} for an unknown node. */
  static void nodeWithServices(JsonGenerator out, Node node, List<Service> services)
      throws IOException {
    if (node == null) {
      out.writeNull();
      return;
    }
    out.writeStartObject();
    out.writeFieldName("Node");
    node(out, node);
    out.writeObjectFieldStart("Services");
    for (Service service : services.stream().sorted(Comparator.comparing(Service::id)).toList()) {
      out.writeFieldName(service.id());
      nodeService(out, service);
    }
    out.writeEndObject();
    out.writeEndObject();
  }

  /** Both fields are {@code null} for an unknown node, as in Consul. */
  static void nodeWithServiceList(JsonGenerator out, Node node, List<Service> services)
      throws IOException {
    out.writeStartObject();
    out.writeFieldName("Node");
    if (node == null) {
      out.writeNull();
    } else {
      node(out, node);
    }
    out.writeFieldName("Services");
    if (services.isEmpty()) {
      out.writeNull();
    } else {
      out.writeStartArray();
      for (Service service : services) {
        nodeService(out, service);
      }
      out.writeEndArray();
    }
    out.writeEndObject();
  }

  /** A service as answers show it beside its node. */
  public static void nodeService(JsonGenerator out, Service service) throws IOException {
    out.writeStartObject();
    textUnlessEmpty(out, "Kind", service.kind());
    Json.text(out, "ID", service.id());
    Json.text(out, "Service", service.name());
    Json.texts(out, "Tags", service.tags());
    Json.text(out, "Address", service.address());
    taggedAddresses(out, "TaggedAddresses", service);
    Json.textMap(out, "Meta", nullIfEmpty(service.meta()));
    if (service.port() != 0) {
      out.writeNumberField("Port", service.port());
    }
    textUnlessEmpty(out, "SocketPath", service.socketPath());
    weights(out, "Weights", service);
    out.writeBooleanField("EnableTagOverride", service.enableTagOverride());
    MeshJson.writeProxy(out, "Proxy", service.proxy());
    MeshJson.writeConnect(out, "Connect", service.connect());
    Json.unsigned(out, "CreateIndex", service.createIndex());
    Json.unsigned(out, "ModifyIndex", service.modifyIndex());
    out.writeEndObject();
  }

  private static void textUnlessEmpty(JsonGenerator out, String field, String text)
      throws IOException {
    if (!text.isEmpty()) {
      out.writeStringField(field, text);
    }
  }

  static void serviceNames(JsonGenerator out, Map<String, List<String>> tagsByName)
      throws IOException {
    out.writeStartObject();
    for (Map.Entry<String, List<String>> service : new TreeMap<>(tagsByName).entrySet()) {
      Json.texts(out, service.getKey(), service.getValue());
    }
    out.writeEndObject();
  }

  static void instances(JsonGenerator out, List<QueryResult.Instance> instances)
      throws IOException {
    out.writeStartArray();
    for (QueryResult.Instance instance : instances) {
      instance(out, instance.node(), instance.service());
    }
    out.writeEndArray();
  }

  private static void instance(JsonGenerator out, Node node, Service service) throws IOException {
    out.writeStartObject();
    identity(out, node);
    Json.textMap(out, "TaggedAddresses", nullIfEmpty(node.taggedAddresses()));
    Json.textMap(out, "NodeMeta", nullIfEmpty(node.meta()));
    Json.text(out, "ServiceKind", service.kind());
    Json.text(out, "ServiceID", service.id());
    Json.text(out, "ServiceName", service.name());
    Json.texts(out, "ServiceTags", service.tags());
    Json.text(out, "ServiceAddress", service.address());
    taggedAddresses(out, "ServiceTaggedAddresses", service);
    weights(out, "ServiceWeights", service);
    Json.textMap(out, "ServiceMeta", orEmpty(service.meta()));
    out.writeNumberField("ServicePort", service.port());
    Json.text(out, "ServiceSocketPath", service.socketPath());
    out.writeBooleanField("ServiceEnableTagOverride", service.enableTagOverride());
    MeshJson.writeProxy(out, "ServiceProxy", service.proxy());
    MeshJson.writeConnect(out, "ServiceConnect", service.connect());
    Json.unsigned(out, "CreateIndex", service.createIndex());
    Json.unsigned(out, "ModifyIndex", service.modifyIndex());
    out.writeEndObject();
  }

  /** Left out when there are none. */
  private static void taggedAddresses(JsonGenerator out, String field, Service service)
      throws IOException {
    Map<String, Service.ServiceAddress> addresses = service.taggedAddresses();
    if (addresses == null || addresses.isEmpty()) {
      return;
    }
    out.writeObjectFieldStart(field);
    for (Map.Entry<String, Service.ServiceAddress> entry : new TreeMap<>(addresses).entrySet()) {
      out.writeObjectFieldStart(entry.getKey());
      Json.text(out, "Address", entry.getValue().address());
      out.writeNumberField("Port", entry.getValue().port());
      out.writeEndObject();
    }
    out.writeEndObject();
  }

  private static void weights(JsonGenerator out, String field, Service service) throws IOException {
    out.writeObjectFieldStart(field);
    out.writeNumberField("Passing", service.weightPassing());
    out.writeNumberField("Warning", service.weightWarning());
    out.writeEndObject();
  }
}
