package org.comitia.web.query;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import org.comitia.state.PreparedQuery;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Json;

/** Prepared queries as bodies describe them, and as Consul writes them. */
final class PreparedQueries {
  private PreparedQueries() {}

  /**
   * @param id what the path or we ourselves call it
   * @throws org.comitia.web.http.Refusal 400 when a field has another type
   */
  static PreparedQuery read(Fields body, String id) {
    Fields dns = orNone(body, "DNS");
    return new PreparedQuery(
        id,
        body.text("Name"),
        body.text("Session"),
        body.text("Token"),
        template(body.fields("Template")),
        service(orNone(body, "Service")),
        dns.text("TTL"),
        0,
        0);
  }

  private static Fields orNone(Fields fields, String name) {
    Fields part = fields.fields(name);
    return part == null ? Fields.NONE : part;
  }

  private static PreparedQuery.Template template(Fields template) {
    return template == null
        ? PreparedQuery.Template.NONE
        : new PreparedQuery.Template(
            template.text("Type"), template.text("Regexp"), template.flag("RemoveEmptyTags"));
  }

  private static PreparedQuery.ServiceQuery service(Fields service) {
    Fields failover = orNone(service, "Failover");
    return new PreparedQuery.ServiceQuery(
        service.text("Service"),
        new PreparedQuery.Failover(failover.number("NearestN", 0), failover.texts("Datacenters")),
        service.flag("OnlyPassing"),
        service.texts("IgnoreCheckIDs"),
        service.text("Near"),
        service.texts("Tags"),
        service.textMap("NodeMeta"),
        service.textMap("ServiceMeta"),
        service.flag("Connect"));
  }

  static void list(JsonGenerator out, List<PreparedQuery> queries) throws IOException {
    out.writeStartArray();
    for (PreparedQuery query : queries) {
      query(out, query);
    }
    out.writeEndArray();
  }

  static void query(JsonGenerator out, PreparedQuery query) throws IOException {
    out.writeStartObject();
    Json.text(out, "ID", query.id());
    Json.text(out, "Name", query.name());
    Json.text(out, "Session", query.session());
    Json.text(out, "Token", query.token());
    out.writeObjectFieldStart("Template");
    Json.text(out, "Type", query.template().type());
    Json.text(out, "Regexp", query.template().regexp());
    out.writeBooleanField("RemoveEmptyTags", query.template().removeEmptyTags());
    out.writeEndObject();
    service(out, query.service());
    dns(out, query);
    Json.unsigned(out, "CreateIndex", query.createIndex());
    Json.unsigned(out, "ModifyIndex", query.modifyIndex());
    out.writeEndObject();
  }

  static void dns(JsonGenerator out, PreparedQuery query) throws IOException {
    out.writeObjectFieldStart("DNS");
    Json.text(out, "TTL", query.dnsTtl());
    out.writeEndObject();
  }

  private static void service(JsonGenerator out, PreparedQuery.ServiceQuery service)
      throws IOException {
    out.writeObjectFieldStart("Service");
    Json.text(out, "Service", service.service());
    out.writeObjectFieldStart("Failover");
    out.writeNumberField("NearestN", service.failover().nearestN());
    Json.texts(out, "Datacenters", service.failover().datacenters());
    out.writeEndObject();
    out.writeBooleanField("OnlyPassing", service.onlyPassing());
    Json.texts(out, "IgnoreCheckIDs", service.ignoreCheckIds());
    Json.text(out, "Near", service.near());
    Json.texts(out, "Tags", service.tags());
    Json.textMap(out, "NodeMeta", service.nodeMeta().isEmpty() ? null : service.nodeMeta());
    Json.textMap(
        out, "ServiceMeta", service.serviceMeta().isEmpty() ? null : service.serviceMeta());
    out.writeBooleanField("Connect", service.connect());
    out.writeEndObject();
  }
}
