package org.comitia.storage;

import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.spi.JsonProvider;
import java.util.List;
import java.util.function.Function;
import org.comitia.access.AccessObject;
import org.comitia.access.NodeIdentity;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.ServiceIdentity;
import org.comitia.access.Token;

/** The body of a row of access control: a JSON object of all but the id and the indexes. */
final class AccessJson {
  private static final JsonProvider JSON = JsonProvider.provider();

  private AccessJson() {}

  static String text(AccessObject object) {
    JsonObjectBuilder out = JSON.createObjectBuilder();
    if (object instanceof Policy policy) {
      out.add("name", policy.name())
          .add("description", policy.description())
          .add("rules", policy.rules())
          .add("datacenters", texts(policy.datacenters()));
    } else if (object instanceof Role role) {
      out.add("name", role.name())
          .add("description", role.description())
          .add("policies", texts(role.policies()));
      addIdentities(role.serviceIdentities(), role.nodeIdentities(), out);
    } else {
      Token token = (Token) object;
      out.add("secret", token.secret())
          .add("description", token.description())
          .add("policies", texts(token.policies()))
          .add("roles", texts(token.roles()))
          .add("local", token.local())
          .add("auth_method", token.authMethod())
          .add("create_millis", token.createMillis())
          .add("expiration_millis", token.expirationMillis());
      addIdentities(token.serviceIdentities(), token.nodeIdentities(), out);
    }
    return JsonText.text(out.build());
  }

  private static void addIdentities(
      List<ServiceIdentity> services, List<NodeIdentity> nodes, JsonObjectBuilder out) {
    JsonArrayBuilder serviceList = JSON.createArrayBuilder();
    for (ServiceIdentity one : services) {
      serviceList.add(
          JSON.createObjectBuilder()
              .add("service", one.service())
              .add("datacenters", texts(one.datacenters())));
    }
    JsonArrayBuilder nodeList = JSON.createArrayBuilder();
    for (NodeIdentity one : nodes) {
      nodeList.add(
          JSON.createObjectBuilder().add("node", one.node()).add("datacenter", one.datacenter()));
    }
    out.add("service_identities", serviceList).add("node_identities", nodeList);
  }

  private static JsonArrayBuilder texts(List<String> texts) {
    JsonArrayBuilder out = JSON.createArrayBuilder();
    texts.forEach(out::add);
    return out;
  }

  /**
   * The object that a body is, without indexes.
   *
   * @param row what an error names instead of the body, which may have a secret
   */
  static AccessObject object(String kind, String id, String body, String row) {
    return JsonText.parseSecret(body, row, json -> object(kind, id, json.asJsonObject()));
  }

  private static AccessObject object(String kind, String id, JsonObject body) {
    return switch (kind) {
      case "policy" ->
          new Policy(
              id,
              body.getString("name"),
              body.getString("description"),
              body.getString("rules"),
              texts(body, "datacenters"),
              0,
              0);
      case "role" ->
          new Role(
              id,
              body.getString("name"),
              body.getString("description"),
              texts(body, "policies"),
              services(body),
              nodes(body),
              0,
              0);
      case "token" -> token(id, body);
      default -> throw new IllegalArgumentException("unknown kind " + kind);
    };
  }

  private static Token token(String id, JsonObject body) {
    return new Token(
        id,
        body.getString("secret"),
        body.getString("description"),
        texts(body, "policies"),
        texts(body, "roles"),
        services(body),
        nodes(body),
        body.getBoolean("local"),
        body.getString("auth_method"),
        body.getJsonNumber("create_millis").longValueExact(),
        body.getJsonNumber("expiration_millis").longValueExact(),
        0,
        0);
  }

  private static List<ServiceIdentity> services(JsonObject body) {
    return list(
        body.getJsonArray("service_identities"),
        one -> new ServiceIdentity(one.getString("service"), texts(one, "datacenters")));
  }

  private static List<NodeIdentity> nodes(JsonObject body) {
    return list(
        body.getJsonArray("node_identities"),
        one -> new NodeIdentity(one.getString("node"), one.getString("datacenter")));
  }

  private static <T> List<T> list(JsonArray array, Function<JsonObject, T> as) {
    return array.getValuesAs(JsonObject.class).stream().map(as).toList();
  }

  private static List<String> texts(JsonObject body, String name) {
    return body.getJsonArray(name).getValuesAs(JsonString.class).stream()
        .map(JsonString::getString)
        .toList();
  }
}
