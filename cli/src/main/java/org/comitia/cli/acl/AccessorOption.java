package org.comitia.cli.acl;

import org.comitia.cli.client.AgentException;
import picocli.CommandLine.Option;

/** Which token. */
final class AccessorOption {
  @Option(
      names = {"-accessor-id", "--accessor-id", "-id", "--id"},
      paramLabel = "ID",
      description = "The token's AccessorID, or its beginning.")
  private String accessor = "";

  boolean isGiven() {
    return !accessor.isEmpty();
  }

  /**
   * @throws AgentException when no token is meant, or more than one
   */
  String id(AclStore acl) throws AgentException {
    try {
      return acl.id(AclStore.Kind.TOKEN, accessor);
    } catch (AgentException e) {
      throw new AgentException("Error determining token ID: " + e.getMessage());
    }
  }
}
