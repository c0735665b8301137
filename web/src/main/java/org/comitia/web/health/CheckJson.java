package org.comitia.web.health;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.config.GoDuration;
import org.comitia.state.Check;
import org.comitia.state.CheckDefinition;
import org.comitia.web.http.Json;

/** Checks as Consul writes them. */
public final class CheckJson {
  private CheckJson() {}

  public static void checks(JsonGenerator out, List<Check> checks) throws IOException {
    out.writeStartArray();
    for (Check check : checks) {
      check(out, check);
    }
    out.writeEndArray();
  }

  public static void check(JsonGenerator out, Check check) throws IOException {
    out.writeStartObject();
    Json.text(out, "Node", check.node());
    Json.text(out, "CheckID", check.id());
    Json.text(out, "Name", check.name());
    Json.text(out, "Status", check.status());
    Json.text(out, "Notes", check.notes());
    Json.text(out, "Output", check.output());
    Json.text(out, "ServiceID", check.serviceId());
    Json.text(out, "ServiceName", check.serviceName());
    Json.texts(out, "ServiceTags", check.serviceTags());
    Json.text(out, "Type", check.type());
    Json.text(out, "Interval", check.interval());
    Json.text(out, "Timeout", check.timeout());
    out.writeNumberField("ExposedPort", check.exposedPort());
    out.writeFieldName("Definition");
    definition(out, check.definition());
    Json.unsigned(out, "CreateIndex", check.createIndex());
    Json.unsigned(out, "ModifyIndex", check.modifyIndex());
    out.writeEndObject();
  }

  /** What was not given is left out. */
  private static void definition(JsonGenerator out, CheckDefinition d) throws IOException {
    out.writeStartObject();
    duration(out, "Interval", d.intervalNanos());
    number(out, "OutputMaxSize", d.outputMaxSize());
    duration(out, "Timeout", d.timeoutNanos());
    duration(out, "DeregisterCriticalServiceAfter", d.deregisterCriticalServiceAfterNanos());
    text(out, "HTTP", d.http());
    text(out, "TLSServerName", d.tlsServerName());
    flag(out, "TLSSkipVerify", d.tlsSkipVerify());
    if (!d.header().isEmpty()) {
      out.writeObjectFieldStart("Header");
      for (Map.Entry<String, List<String>> header : new TreeMap<>(d.header()).entrySet()) {
        Json.texts(out, header.getKey(), header.getValue());
      }
      out.writeEndObject();
    }
    text(out, "Method", d.method());
    text(out, "Body", d.body());
    flag(out, "DisableRedirects", d.disableRedirects());
    text(out, "TCP", d.tcp());
    text(out, "UDP", d.udp());
    text(out, "H2PING", d.h2ping());
    flag(out, "H2PingUseTLS", d.h2pingUseTls());
    if (!d.scriptArgs().isEmpty()) {
      Json.texts(out, "ScriptArgs", d.scriptArgs());
    }
    text(out, "DockerContainerID", d.dockerContainerId());
    text(out, "Shell", d.shell());
    text(out, "GRPC", d.grpc());
    flag(out, "GRPCUseTLS", d.grpcUseTls());
    text(out, "AliasNode", d.aliasNode());
    text(out, "AliasService", d.aliasService());
    number(out, "TTL", d.ttlNanos());
    out.writeEndObject();
  }

  private static void text(JsonGenerator out, String field, String text) throws IOException {
    if (!text.isEmpty()) {
      out.writeStringField(field, text);
    }
  }

  private static void flag(JsonGenerator out, String field, boolean flag) throws IOException {
    if (flag) {
      out.writeBooleanField(field, true);
    }
  }

  private static void number(JsonGenerator out, String field, long number) throws IOException {
    if (number != 0) {
      out.writeNumberField(field, number);
    }
  }

  private static void duration(JsonGenerator out, String field, long nanos) throws IOException {
    if (nanos != 0) {
      out.writeStringField(field, GoDuration.format(Duration.ofNanos(nanos)));
    }
  }
}
