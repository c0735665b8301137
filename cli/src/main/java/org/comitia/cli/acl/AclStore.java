package org.comitia.cli.acl;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.QueryParameters;

/**
 * An agent's {@code /v1/acl}. Blocks; not safe for several threads.
 *
 * @param reading the parameters of a read
 * @param writing the parameters of a write
 */
record AclStore(
    AgentClient agent, Supplier<QueryParameters> reading, Supplier<QueryParameters> writing) {
  private static final String PATH = "/v1/acl/";
  private static final int UUID_LENGTH = 36;

  /** What is listed under a path, and the field of its id. */
  enum Kind {
    TOKEN("token", "tokens", "AccessorID"),
    POLICY("policy", "policies", "ID"),
    ROLE("role", "roles", "ID");

    final String name;
    final String list;
    final String idField;

    Kind(String name, String list, String idField) {
      this.name = name;
      this.list = list;
      this.idField = idField;
    }
  }

  /** An object by a path below {@code /v1/acl}. */
  JsonObject get(String path) throws AgentException {
    AgentClient.Answer answer = agent.find(PATH + path + reading.get(), AgentClient.SOON);
    if (!answer.found()) {
      throw new AgentException("there is no " + path);
    }
    return object(path, answer.json());
  }

  /** One by its id. */
  JsonObject byId(Kind kind, String id) throws AgentException {
    return get(kind.name + "/" + AgentClient.segment(id));
  }

  /** A policy or a role by its name. */
  JsonObject byName(Kind kind, String name) throws AgentException {
    return get(kind.name + "/name/" + AgentClient.segment(name));
  }

  List<JsonObject> list(Kind kind) throws AgentException {
    JsonValue found = agent.getValue(PATH + kind.list + reading.get(), AgentClient.SOON);
    if (found instanceof JsonArray array) {
      return array.getValuesAs(JsonObject.class);
    }
    throw new AgentException("the answer of " + PATH + kind.list + " is no list");
  }

  JsonObject create(Kind kind, JsonObject object) throws AgentException {
    return put(kind.name, object);
  }

  JsonObject update(Kind kind, String id, JsonObject object) throws AgentException {
    return put(kind.name + "/" + AgentClient.segment(id), object);
  }

  JsonObject put(String path, JsonObject body) throws AgentException {
    byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
    return object(path, agent.put(PATH + path + writing.get(), bytes, AgentClient.SOON).json());
  }

  void delete(Kind kind, String id) throws AgentException {
    agent.delete(
        PATH + kind.name + "/" + AgentClient.segment(id) + writing.get(), AgentClient.SOON);
  }

  private static JsonObject object(String path, JsonValue value) throws AgentException {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw new AgentException("the answer of " + PATH + path + " is no object");
  }

  /**
   * The id that somebody means who gives its beginning.
   *
   * @throws AgentException when there is none, or more than one
   */
  String id(Kind kind, String beginning) throws AgentException {
    if (beginning.length() == UUID_LENGTH) {
      return beginning;
    }
    List<String> fitting =
        list(kind).stream()
            .map(object -> object.getString(kind.idField, ""))
            .filter(id -> id.startsWith(beginning))
            .toList();
    if (fitting.size() == 1) {
      return fitting.get(0);
    }
    throw new AgentException(
        fitting.isEmpty()
            ? "no such " + kind.name + " ID with prefix: " + beginning
            : "multiple " + kind.list + " have an ID with prefix " + Arguments.quoted(beginning));
  }
}
