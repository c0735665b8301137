package org.comitia.cli.acl;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Option;

/** What a token or a role gets its rules from: policies and identities. */
final class LinkOptions {
  @Option(
      names = {"-policy-id", "--policy-id"},
      paramLabel = "ID",
      description = "The ID of a policy, or its beginning; may be given again.")
  private List<String> policyIds = new ArrayList<>();

  @Option(
      names = {"-policy-name", "--policy-name"},
      paramLabel = "NAME",
      description = "The name of a policy; may be given again.")
  private List<String> policyNames = new ArrayList<>();

  @Option(
      names = {"-service-identity", "--service-identity"},
      paramLabel = "SERVICE[:DC,...]",
      description =
          "A service whose instances need these rules, everywhere or in some datacenters; may be given again.")
  private List<String> services = new ArrayList<>();

  @Option(
      names = {"-node-identity", "--node-identity"},
      paramLabel = "NODE:DC",
      description = "A node whose agent needs these rules; may be given again.")
  private List<String> nodes = new ArrayList<>();

  boolean isEmpty() {
    return policyIds.isEmpty() && policyNames.isEmpty() && services.isEmpty() && nodes.isEmpty();
  }

  List<JsonObject> policies(AclStore acl) throws AgentException {
    return links(acl, AclStore.Kind.POLICY, policyIds, policyNames);
  }

  List<JsonObject> services() {
    return services(services);
  }

  List<JsonObject> nodes() throws AgentException {
    return nodes(nodes);
  }

  /** Links by names, and by ids that may be cut off. */
  static List<JsonObject> links(
      AclStore acl, AclStore.Kind kind, List<String> ids, List<String> names)
      throws AgentException {
    List<JsonObject> links = new ArrayList<>();
    for (String name : names) {
      links.add(Json.createObjectBuilder().add("Name", name).build());
    }
    for (String id : ids) {
      links.add(Json.createObjectBuilder().add("ID", acl.id(kind, id)).build());
    }
    return links;
  }

  static List<JsonObject> services(List<String> given) {
    List<JsonObject> all = new ArrayList<>();
    for (String text : given) {
      String[] parts = text.split(":", 2);
      JsonArrayBuilder datacenters = Json.createArrayBuilder();
      if (parts.length == 2) {
        List.of(parts[1].split(",")).forEach(datacenters::add);
      }
      all.add(
          Json.createObjectBuilder()
              .add("ServiceName", parts[0])
              .add("Datacenters", datacenters)
              .build());
    }
    return all;
  }

  /**
   * @throws AgentException for one without a datacenter
   */
  static List<JsonObject> nodes(List<String> given) throws AgentException {
    List<JsonObject> all = new ArrayList<>();
    for (String text : given) {
      String[] parts = text.split(":", 2);
      if (parts.length != 2) {
        throw new AgentException(
            "Malformed -node-identity argument: \"" + text + "\", must be NODENAME:DATACENTER");
      }
      all.add(
          Json.createObjectBuilder().add("NodeName", parts[0]).add("Datacenter", parts[1]).build());
    }
    return all;
  }

  /** A list as a body has it. */
  static JsonArrayBuilder array(List<JsonObject> objects) {
    JsonArrayBuilder array = Json.createArrayBuilder();
    objects.forEach(array::add);
    return array;
  }

  /**
   * What is there and what comes to it: each link once, of one service one identity.
   *
   * @param field what they are, for example {@code Policies}
   */
  static List<JsonObject> added(List<JsonObject> there, List<JsonObject> added, String field) {
    List<JsonObject> all = new ArrayList<>(there);
    for (JsonObject object : added) {
      all.removeIf(one -> isSame(one, object, field));
      all.add(object);
    }
    return all;
  }

  private static boolean isSame(JsonObject one, JsonObject other, String field) {
    return switch (field) {
      case "ServiceIdentities" -> isSameText(one, other, "ServiceName");
      case "NodeIdentities" ->
          isSameText(one, other, "NodeName") && isSameText(one, other, "Datacenter");
      default -> isSameText(one, other, "ID") || isSameText(one, other, "Name");
    };
  }

  private static boolean isSameText(JsonObject one, JsonObject other, String field) {
    return other.containsKey(field) && other.getString(field).equals(one.getString(field, ""));
  }
}
