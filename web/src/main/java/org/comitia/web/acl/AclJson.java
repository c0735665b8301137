package org.comitia.web.acl;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.comitia.access.AccessObject;
import org.comitia.access.NodeIdentity;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.ServiceIdentity;
import org.comitia.access.Token;
import org.comitia.web.http.Json;

/**
 * Tokens, policies and roles as Consul writes them. Links to what is gone are left out. Whether a
 * token's secret is shown has been decided where the token comes from.
 *
 * @param names of what is linked to, by id
 */
record AclJson(Map<String, String> names) {
  /** The year 1, which is how Go writes a time that was never set. */
  static final String NEVER = "0001-01-01T00:00:00Z";

  interface Shape<T> {
    void write(JsonGenerator out, T object) throws IOException;
  }

  static <T> void list(JsonGenerator out, List<T> objects, Shape<T> shape) throws IOException {
    out.writeStartArray();
    for (T object : objects) {
      shape.write(out, object);
    }
    out.writeEndArray();
  }

  void object(JsonGenerator out, AccessObject object) throws IOException {
    if (object instanceof Token token) {
      token(out, token);
    } else if (object instanceof Policy policy) {
      policy(out, policy);
    } else if (object instanceof Role role) {
      role(out, role);
    }
  }

  void token(JsonGenerator out, Token token) throws IOException {
    out.writeStartObject();
    tokenFields(out, token);
    out.writeEndObject();
  }

  /** The first token: Consul of old had an {@code ID}, and tools look there. */
  void bootstrapped(JsonGenerator out, Token token) throws IOException {
    out.writeStartObject();
    Json.text(out, "ID", token.secret());
    tokenFields(out, token);
    out.writeEndObject();
  }

  private void tokenFields(JsonGenerator out, Token token) throws IOException {
    Json.text(out, "AccessorID", token.id());
    Json.text(out, "SecretID", token.secret());
    Json.text(out, "Description", token.description());
    links(out, "Policies", token.policies());
    links(out, "Roles", token.roles());
    identities(out, token.serviceIdentities(), token.nodeIdentities());
    out.writeBooleanField("Local", token.local());
    if (!token.authMethod().isEmpty()) {
      Json.text(out, "AuthMethod", token.authMethod());
    }
    if (token.expirationMillis() != 0) {
      Json.text(out, "ExpirationTime", time(token.expirationMillis()));
    }
    Json.text(out, "CreateTime", time(token.createMillis()));
    hash(
        out,
        token.description(),
        token.policies(),
        token.roles(),
        token.serviceIdentities(),
        token.nodeIdentities(),
        token.local(),
        token.authMethod(),
        token.expirationMillis());
    indexes(out, token);
  }

  private static String time(long millis) {
    return millis == 0 ? NEVER : Instant.ofEpochMilli(millis).toString();
  }

  void policy(JsonGenerator out, Policy policy) throws IOException {
    out.writeStartObject();
    named(out, policy.id(), policy.name(), policy.description());
    Json.text(out, "Rules", policy.rules());
    if (!policy.datacenters().isEmpty()) {
      Json.texts(out, "Datacenters", policy.datacenters());
    }
    policyEnd(out, policy);
  }

  /** Without its rules, as in a list. */
  void policyStub(JsonGenerator out, Policy policy) throws IOException {
    out.writeStartObject();
    named(out, policy.id(), policy.name(), policy.description());
    if (policy.datacenters().isEmpty()) {
      out.writeNullField("Datacenters");
    } else {
      Json.texts(out, "Datacenters", policy.datacenters());
    }
    policyEnd(out, policy);
  }

  private static void policyEnd(JsonGenerator out, Policy policy) throws IOException {
    hash(out, policy.name(), policy.description(), policy.rules(), policy.datacenters());
    indexes(out, policy);
    out.writeEndObject();
  }

  void role(JsonGenerator out, Role role) throws IOException {
    out.writeStartObject();
    named(out, role.id(), role.name(), role.description());
    links(out, "Policies", role.policies());
    identities(out, role.serviceIdentities(), role.nodeIdentities());
    hash(
        out,
        role.name(),
        role.description(),
        role.policies(),
        role.serviceIdentities(),
        role.nodeIdentities());
    indexes(out, role);
    out.writeEndObject();
  }

  private static void named(JsonGenerator out, String id, String name, String description)
      throws IOException {
    Json.text(out, "ID", id);
    Json.text(out, "Name", name);
    Json.text(out, "Description", description);
  }

  private void links(JsonGenerator out, String field, List<String> ids) throws IOException {
    List<String> there = ids.stream().filter(names::containsKey).toList();
    if (there.isEmpty()) {
      return;
    }
    out.writeArrayFieldStart(field);
    for (String id : there) {
      out.writeStartObject();
      Json.text(out, "ID", id);
      Json.text(out, "Name", names.get(id));
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void identities(
      JsonGenerator out, List<ServiceIdentity> services, List<NodeIdentity> nodes)
      throws IOException {
    if (!services.isEmpty()) {
      out.writeArrayFieldStart("ServiceIdentities");
      for (ServiceIdentity service : services) {
        out.writeStartObject();
        Json.text(out, "ServiceName", service.service());
        if (!service.datacenters().isEmpty()) {
          Json.texts(out, "Datacenters", service.datacenters());
        }
        out.writeEndObject();
      }
      out.writeEndArray();
    }
    if (!nodes.isEmpty()) {
      out.writeArrayFieldStart("NodeIdentities");
      for (NodeIdentity node : nodes) {
        out.writeStartObject();
        Json.text(out, "NodeName", node.node());
        Json.text(out, "Datacenter", node.datacenter());
        out.writeEndObject();
      }
      out.writeEndArray();
    }
  }

  private static void indexes(JsonGenerator out, AccessObject object) throws IOException {
    Json.unsigned(out, "CreateIndex", object.createIndex());
    Json.unsigned(out, "ModifyIndex", object.modifyIndex());
  }

  /**
   * What changes with the content, and with nothing else: 32 bytes as Consul's, which are made in
   * another way.
   */
  private static void hash(JsonGenerator out, Object... content) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Object part : content) {
        byte[] bytes = part.toString().getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
      }
      out.writeBinaryField("Hash", digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JVM has it
    }
  }
}
