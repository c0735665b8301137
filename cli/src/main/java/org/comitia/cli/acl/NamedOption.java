package org.comitia.cli.acl;

import jakarta.json.JsonObject;
import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Option;

/** Which policy or role. */
final class NamedOption {
  @Option(
      names = {"-id", "--id"},
      paramLabel = "ID",
      description = "Its ID, or the beginning of it.")
  private String id = "";

  @Option(
      names = {"-name", "--name"},
      paramLabel = "NAME",
      description = "Its name; of an update with -id its new one.")
  private String name = "";

  /** The name that was given; empty for none. */
  String name() {
    return name;
  }

  boolean isGiven() {
    return !id.isEmpty() || !name.isEmpty();
  }

  /** By the id, or if there is none by the name. */
  JsonObject read(AclStore acl, AclStore.Kind kind) throws AgentException {
    return id.isEmpty() ? acl.byName(kind, name) : acl.byId(kind, acl.id(kind, id));
  }

  /** Without reading it, where the id is known. */
  String id(AclStore acl, AclStore.Kind kind) throws AgentException {
    return id.isEmpty() ? acl.byName(kind, name).getString("ID", "") : acl.id(kind, id);
  }
}
