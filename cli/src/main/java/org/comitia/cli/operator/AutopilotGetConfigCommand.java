package org.comitia.cli.operator;

import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.Set;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;

/** {@code comitia operator autopilot get-config}: shows what is set. */
@Command(name = "get-config", description = "Shows autopilot's configuration.")
public final class AutopilotGetConfigCommand extends ScopedCommand {
  static final String PATH = "/v1/operator/autopilot/configuration";

  private static final Set<String> INDEXES = Set.of("CreateIndex", "ModifyIndex");
  private static final Set<String> QUOTED = Set.of("RedundancyZoneTag", "UpgradeVersionTag");

  @Override
  public Integer call() {
    JsonObject config;
    try {
      config = (JsonObject) agent().getValue(PATH + reading(), AgentClient.SOON);
    } catch (AgentException | ClassCastException e) {
      return fail("Error querying Autopilot configuration: " + e.getMessage());
    }
    config.forEach(
        (name, value) -> {
          if (!INDEXES.contains(name)) {
            print(name + " = " + shown(name, value));
          }
        });
    return 0;
  }

  private static String shown(String name, JsonValue value) {
    return value instanceof JsonString text && !QUOTED.contains(name)
        ? text.getString()
        : value.toString();
  }
}
