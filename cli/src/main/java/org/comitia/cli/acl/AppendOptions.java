package org.comitia.cli.acl;

import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Option;

/** What a token gets besides what it has. */
final class AppendOptions {
  @Option(
      names = {"-append-policy-id", "--append-policy-id"},
      paramLabel = "ID",
      description = "A policy besides those that are there; may be given again.")
  private List<String> policyIds = new ArrayList<>();

  @Option(
      names = {"-append-policy-name", "--append-policy-name"},
      paramLabel = "NAME",
      description = "The same by its name.")
  private List<String> policyNames = new ArrayList<>();

  @Option(
      names = {"-append-role-id", "--append-role-id"},
      paramLabel = "ID",
      description = "A role besides those that are there; may be given again.")
  private List<String> roleIds = new ArrayList<>();

  @Option(
      names = {"-append-role-name", "--append-role-name"},
      paramLabel = "NAME",
      description = "The same by its name.")
  private List<String> roleNames = new ArrayList<>();

  @Option(
      names = {"-append-service-identity", "--append-service-identity"},
      paramLabel = "SERVICE[:DC,...]",
      description = "A service identity besides those that are there; may be given again.")
  private List<String> services = new ArrayList<>();

  @Option(
      names = {"-append-node-identity", "--append-node-identity"},
      paramLabel = "NODE:DC",
      description = "A node identity besides those that are there; may be given again.")
  private List<String> nodes = new ArrayList<>();

  List<JsonObject> policies(AclStore acl) throws AgentException {
    return LinkOptions.links(acl, AclStore.Kind.POLICY, policyIds, policyNames);
  }

  List<JsonObject> roles(AclStore acl) throws AgentException {
    return LinkOptions.links(acl, AclStore.Kind.ROLE, roleIds, roleNames);
  }

  List<JsonObject> services() {
    return LinkOptions.services(services);
  }

  List<JsonObject> nodes() throws AgentException {
    return LinkOptions.nodes(nodes);
  }
}
