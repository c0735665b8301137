package org.comitia.web.operator;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.comitia.cluster.Member;
import org.comitia.cluster.ServerHealth;
import org.comitia.config.GoDuration;
import org.comitia.state.AutopilotConfig;
import org.comitia.web.http.Json;

/** Autopilot's configuration and what it sees, as JSON. */
final class AutopilotJson {
  private AutopilotJson() {}

  static void configuration(JsonGenerator out, AutopilotConfig config) throws IOException {
    out.writeStartObject();
    out.writeBooleanField("CleanupDeadServers", config.cleanupDeadServers());
    duration(out, "LastContactThreshold", config.lastContactNanos());
    Json.unsigned(out, "MaxTrailingLogs", config.maxTrailingLogs());
    Json.unsigned(out, "MinQuorum", config.minQuorum());
    duration(out, "ServerStabilizationTime", config.stabilizationNanos());
    Json.text(out, "RedundancyZoneTag", config.redundancyZoneTag());
    out.writeBooleanField("DisableUpgradeMigration", config.disableUpgradeMigration());
    Json.text(out, "UpgradeVersionTag", config.upgradeVersionTag());
    Json.unsigned(out, "CreateIndex", config.createIndex());
    Json.unsigned(out, "ModifyIndex", config.modifyIndex());
    out.writeEndObject();
  }

  static void health(JsonGenerator out, ClusterHealth cluster) throws IOException {
    out.writeStartObject();
    out.writeBooleanField("Healthy", cluster.healthy());
    out.writeNumberField("FailureTolerance", cluster.tolerance());
    out.writeArrayFieldStart("Servers");
    for (ServerHealth server : cluster.servers()) {
      out.writeStartObject();
      Json.text(out, "ID", server.id());
      Json.text(out, "Name", server.name());
      Json.text(out, "Address", server.address());
      out.writeStringField("SerfStatus", serf(server.serf()));
      Json.text(out, "Version", server.build());
      out.writeBooleanField("Leader", server.leader());
      facts(out, server);
      out.writeBooleanField("Voter", server.voter());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  static void state(JsonGenerator out, ClusterHealth cluster) throws IOException {
    List<ServerHealth> byId =
        cluster.servers().stream().sorted(Comparator.comparing(ServerHealth::id)).toList();
    out.writeStartObject();
    out.writeBooleanField("Healthy", cluster.healthy());
    out.writeNumberField("FailureTolerance", cluster.tolerance());
    out.writeNumberField("OptimisticFailureTolerance", cluster.tolerance());
    out.writeObjectFieldStart("Servers");
    for (ServerHealth server : byId) {
      out.writeObjectFieldStart(server.id());
      Json.text(out, "ID", server.id());
      Json.text(out, "Name", server.name());
      Json.text(out, "Address", server.address());
      out.writeStringField("NodeStatus", serf(server.serf()));
      Json.text(out, "Version", server.build());
      facts(out, server);
      out.writeBooleanField("ReadReplica", false);
      out.writeStringField("Status", status(server));
      out.writeNullField("Meta");
      out.writeStringField("NodeType", "voter");
      out.writeEndObject();
    }
    out.writeEndObject();
    String leader =
        byId.stream().filter(ServerHealth::leader).map(ServerHealth::id).findFirst().orElse("");
    out.writeStringField("Leader", leader);
    Json.texts(
        out, "Voters", byId.stream().filter(ServerHealth::voter).map(ServerHealth::id).toList());
    out.writeEndObject();
  }

  private static void facts(JsonGenerator out, ServerHealth server) throws IOException {
    duration(out, "LastContact", server.lastContactNanos());
    Json.unsigned(out, "LastTerm", server.lastTerm());
    Json.unsigned(out, "LastIndex", server.lastIndex());
    out.writeBooleanField("Healthy", server.healthy());
    out.writeStringField(
        "StableSince", Instant.ofEpochMilli(server.stableSinceMillis()).toString());
  }

  private static String status(ServerHealth server) {
    if (server.leader()) {
      return "leader";
    }
    return server.voter() ? "voter" : "non-voter";
  }

  private static String serf(Member.Status status) {
    return status == null ? "none" : status.name().toLowerCase(Locale.ROOT);
  }

  private static void duration(JsonGenerator out, String field, long nanos) throws IOException {
    out.writeStringField(field, GoDuration.format(Duration.ofNanos(nanos)));
  }
}
