package org.comitia.cli.operator;

import java.time.Duration;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code comitia operator raft remove-peer}: takes a server out of Raft's configuration. */
@Command(
    name = "remove-peer",
    description = {
      "Removes a server from Raft's configuration.",
      "For a server that is gone for good and that `comitia members` does not show any more; for one that it shows,"
          + " `comitia force-leave` is the better way."
    },
    footer = "comitia operator raft remove-peer -address=10.0.0.3:8300")
public final class RemovePeerCommand extends ScopedCommand {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @Option(
      names = {"-address", "--address"},
      paramLabel = "IP:PORT",
      description = "The server's address, as list-peers shows it.")
  private String address = "";

  @Option(
      names = {"-id", "--id"},
      paramLabel = "ID",
      description = "The server's id, as list-peers shows it.")
  private String id = "";

  @Override
  public Integer call() {
    if (address.isEmpty() && id.isEmpty()) {
      return fail("Error removing peer: an address or id is required for the peer to remove");
    }
    if (!address.isEmpty() && !id.isEmpty()) {
      return fail("Error removing peer: cannot give both an address and id");
    }
    try {
      agent()
          .delete(
              "/v1/operator/raft/peer" + writing().add("address", address).add("id", id), LIMIT);
    } catch (AgentException e) {
      return fail("Error removing peer: " + e.getMessage());
    }
    print(
        address.isEmpty()
            ? "Removed peer with id " + Arguments.quoted(id)
            : "Removed peer with address " + Arguments.quoted(address));
    print("If it still runs as a member, it is taken in again within seconds: stop it first.");
    return 0;
  }
}
