package org.comitia.cli.operator;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Columns;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;

/** {@code comitia operator raft list-peers}: the servers in Raft's configuration. */
@Command(
    name = "list-peers",
    description = {
      "Lists the servers in Raft's configuration.",
      "The leader answers; with -stale the asked server itself, also when there is no leader."
    })
public final class ListPeersCommand extends ScopedCommand {
  @Override
  public Integer call() {
    Columns table = new Columns().row("Node", "ID", "Address", "State", "Voter", "RaftProtocol");
    try {
      JsonObject answer =
          (JsonObject)
              agent().getValue("/v1/operator/raft/configuration" + reading(), AgentClient.SOON);
      for (JsonObject server : answer.getJsonArray("Servers").getValuesAs(JsonObject.class)) {
        table.row(
            server.getString("Node", "(unknown)"),
            server.getString("ID", ""),
            server.getString("Address", ""),
            server.getBoolean("Leader", false) ? "leader" : "follower",
            String.valueOf(server.getBoolean("Voter", false)),
            protocol(server));
      }
    } catch (AgentException | ClassCastException | NullPointerException e) {
      return fail("Error getting peers: Failed to retrieve raft configuration: " + e.getMessage());
    }
    table.lines().forEach(this::print);
    return 0;
  }

  private static String protocol(JsonObject server) {
    JsonValue value = server.get("ProtocolVersion");
    return value == null ? "" : value.toString().replace("\"", "");
  }
}
