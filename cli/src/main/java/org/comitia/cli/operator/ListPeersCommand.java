package org.comitia.cli.operator;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.List;
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
    Columns table =
        new Columns()
            .row(
                "Node",
                "ID",
                "Address",
                "State",
                "Voter",
                "RaftProtocol",
                "Commit Index",
                "Trails Leader By");
    try {
      JsonObject answer =
          (JsonObject)
              agent().getValue("/v1/operator/raft/configuration" + reading(), AgentClient.SOON);
      List<JsonObject> servers = answer.getJsonArray("Servers").getValuesAs(JsonObject.class);
      long last =
          servers.stream()
              .filter(ListPeersCommand::leads)
              .mapToLong(ListPeersCommand::lastIndex)
              .sum();
      for (JsonObject server : servers) {
        table.row(
            server.getString("Node", "(unknown)"),
            server.getString("ID", ""),
            server.getString("Address", ""),
            leads(server) ? "leader" : "follower",
            String.valueOf(server.getBoolean("Voter", false)),
            protocol(server),
            index(server),
            behind(server, last));
      }
    } catch (AgentException | ClassCastException | NullPointerException e) {
      return fail("Error getting peers: Failed to retrieve raft configuration: " + e.getMessage());
    }
    table.lines().forEach(this::print);
    return 0;
  }

  private static boolean leads(JsonObject server) {
    return server.getBoolean("Leader", false);
  }

  private static long lastIndex(JsonObject server) {
    return server.containsKey("LastIndex") ? server.getJsonNumber("LastIndex").longValue() : 0;
  }

  /** Only the leader knows; one that does not says 0. */
  private static String index(JsonObject server) {
    long index = lastIndex(server);
    return index == 0 ? "-" : String.valueOf(index);
  }

  private static String behind(JsonObject server, long last) {
    long index = lastIndex(server);
    if (leads(server) || last == 0 || index == 0) {
      return "-";
    }
    return last - index == 1 ? "1 commit" : last - index + " commits";
  }

  private static String protocol(JsonObject server) {
    JsonValue value = server.get("ProtocolVersion");
    return value == null ? "" : value.toString().replace("\"", "");
  }
}
