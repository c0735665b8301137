package org.comitia.cli.client;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code comitia operator raft list-peers}: the servers in Raft's configuration. */
@Command(name = "list-peers", description = "Lists the servers in Raft's configuration.")
final class ListPeersCommand extends ClientCommand {
  @Option(
      names = {"-stale", "--stale"},
      description = "Ask this server itself, even when there is no leader.")
  private boolean stale;

  @Override
  public Integer call() {
    Columns table = new Columns().row("Node", "ID", "Address", "State", "Voter", "RaftProtocol");
    try {
      JsonObject answer =
          agent()
              .get(
                  "/v1/operator/raft/configuration" + (stale ? "?stale" : ""),
                  Duration.ofSeconds(15))
              .asJsonObject();
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
