package org.comitia.cli.acl;

import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Option;

/** The roles of a token. */
final class RoleLinkOptions {
  @Option(
      names = {"-role-id", "--role-id"},
      paramLabel = "ID",
      description = "The ID of a role, or its beginning; may be given again.")
  private List<String> ids = new ArrayList<>();

  @Option(
      names = {"-role-name", "--role-name"},
      paramLabel = "NAME",
      description = "The name of a role; may be given again.")
  private List<String> names = new ArrayList<>();

  boolean isEmpty() {
    return ids.isEmpty() && names.isEmpty();
  }

  List<JsonObject> roles(AclStore acl) throws AgentException {
    return LinkOptions.links(acl, AclStore.Kind.ROLE, ids, names);
  }
}
