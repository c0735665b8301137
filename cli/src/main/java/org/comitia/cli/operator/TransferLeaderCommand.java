package org.comitia.cli.operator;

import jakarta.json.JsonObject;
import java.time.Duration;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code comitia operator raft transfer-leader}: has another server lead. */
@Command(
    name = "transfer-leader",
    description = {
      "Hands leadership over to another server, and ends when that one leads.",
      "Without -id to the one that has the most of the log. Writes that come meanwhile wait for it."
    },
    footer = "comitia operator raft transfer-leader")
public final class TransferLeaderCommand extends ScopedCommand {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @Option(
      names = {"-id", "--id"},
      paramLabel = "ID",
      description = "The server that is to lead, by its id, as list-peers shows it.")
  private String id = "";

  @Override
  public Integer call() {
    try {
      agent().post("/v1/operator/raft/transfer-leader" + writing().add("id", id), LIMIT);
    } catch (AgentException e) {
      return fail("Error transfering leadership: " + e.getMessage());
    }
    print("Success");
    String leader = leader();
    if (!leader.isEmpty()) {
      print(leader + " leads now");
    }
    return 0;
  }

  /** By its name, as the leader itself says; empty when nobody answers. */
  private String leader() {
    try {
      JsonObject answer =
          (JsonObject)
              agent().getValue("/v1/operator/raft/configuration" + writing(), AgentClient.SOON);
      return answer.getJsonArray("Servers").getValuesAs(JsonObject.class).stream()
          .filter(server -> server.getBoolean("Leader", false))
          .map(server -> server.getString("Node", ""))
          .findFirst()
          .orElse("");
    } catch (AgentException | ClassCastException | NullPointerException e) {
      return ""; // it was handed over all the same
    }
  }
}
