package org.comitia.cli.acl;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Tokens, policies and roles for people, as Consul prints them.
 *
 * @param meta whether hash and indexes are shown
 */
record AclText(boolean meta) {
  /** How Go prints a time. */
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .appendPattern("uuuu-MM-dd HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .appendLiteral(" +0000 UTC")
          .toFormatter(Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final int OF_TOKENS = 18;
  private static final int OF_OTHERS = 14;

  String token(JsonObject token) {
    Lines lines = new Lines("", OF_TOKENS);
    lines.field("AccessorID", token.getString("AccessorID", ""));
    lines.field("SecretID", token.getString("SecretID", ""));
    lines.field("Description", token.getString("Description", ""));
    lines.field("Local", Boolean.toString(token.getBoolean("Local", false)));
    if (token.containsKey("AuthMethod")) {
      lines.field("Auth Method", token.getString("AuthMethod"));
    }
    lines.field("Create Time", time(token.getString("CreateTime", "")));
    if (token.containsKey("ExpirationTime")) {
      lines.field("Expiration Time", time(token.getString("ExpirationTime")));
    }
    lines.meta(token);
    lines.links("Policies", token);
    lines.links("Roles", token);
    lines.identities(token);
    return lines.toString();
  }

  private static String time(String text) {
    try {
      return TIME.format(Instant.parse(text));
    } catch (DateTimeParseException e) {
      return text;
    }
  }

  String policy(JsonObject policy) {
    Lines lines = new Lines("", OF_OTHERS);
    lines.field("ID", policy.getString("ID", ""));
    lines.field("Name", policy.getString("Name", ""));
    policyFields(lines, policy);
    lines.line("Rules:");
    return lines + policy.getString("Rules", "");
  }

  String policyEntry(JsonObject policy) {
    Lines lines = new Lines("   ", OF_OTHERS);
    lines.field("ID", policy.getString("ID", ""));
    policyFields(lines, policy);
    return policy.getString("Name", "") + ":\n" + lines;
  }

  private void policyFields(Lines lines, JsonObject policy) {
    lines.field("Description", policy.getString("Description", ""));
    lines.field("Datacenters", joined(policy));
    lines.meta(policy);
  }

  String role(JsonObject role) {
    Lines lines = new Lines("", OF_OTHERS);
    lines.field("ID", role.getString("ID", ""));
    lines.field("Name", role.getString("Name", ""));
    roleFields(lines, role);
    return lines.toString();
  }

  String roleEntry(JsonObject role) {
    Lines lines = new Lines("   ", OF_OTHERS);
    lines.field("ID", role.getString("ID", ""));
    roleFields(lines, role);
    return role.getString("Name", "") + ":\n" + lines;
  }

  private void roleFields(Lines lines, JsonObject role) {
    lines.field("Description", role.getString("Description", ""));
    lines.meta(role);
    lines.links("Policies", role);
    lines.identities(role);
  }

  private static String joined(JsonObject object) {
    return array(object, "Datacenters").getValuesAs(JsonString.class).stream()
        .map(JsonString::getString)
        .collect(Collectors.joining(", "));
  }

  /** A list; an empty one when it is left out or null. */
  static JsonArray array(JsonObject object, String field) {
    return object.get(field) instanceof JsonArray array ? array : JsonArray.EMPTY_JSON_ARRAY;
  }

  /** Lines with what they begin with, and where the values stand. */
  private final class Lines {
    private final String indent;
    private final int width;
    private final StringBuilder text = new StringBuilder();

    Lines(String indent, int width) {
      this.indent = indent;
      this.width = width;
    }

    void line(String line) {
      text.append(indent).append(line).append('\n');
    }

    void field(String label, String value) {
      line(label + ":" + " ".repeat(width - label.length() - 1) + value);
    }

    void meta(JsonObject object) {
      if (meta) {
        byte[] hash = Base64.getDecoder().decode(object.getString("Hash", ""));
        field("Hash", HexFormat.of().formatHex(hash));
        field("Create Index", String.valueOf(object.get("CreateIndex")));
        field("Modify Index", String.valueOf(object.get("ModifyIndex")));
      }
    }

    void links(String label, JsonObject object) {
      JsonArray links = array(object, label);
      if (!links.isEmpty()) {
        line(label + ":");
        for (JsonObject link : links.getValuesAs(JsonObject.class)) {
          line("   " + link.getString("ID", "") + " - " + link.getString("Name", ""));
        }
      }
    }

    void identities(JsonObject object) {
      JsonArray services = array(object, "ServiceIdentities");
      if (!services.isEmpty()) {
        line("Service Identities:");
        for (JsonObject service : services.getValuesAs(JsonObject.class)) {
          String where = joined(service);
          line(
              "   "
                  + service.getString("ServiceName", "")
                  + " (Datacenters: "
                  + (where.isEmpty() ? "all" : where)
                  + ")");
        }
      }
      JsonArray nodes = array(object, "NodeIdentities");
      if (!nodes.isEmpty()) {
        line("Node Identities:");
        for (JsonObject node : nodes.getValuesAs(JsonObject.class)) {
          line(
              "   "
                  + node.getString("NodeName", "")
                  + " (Datacenter: "
                  + node.getString("Datacenter", "")
                  + ")");
        }
      }
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
