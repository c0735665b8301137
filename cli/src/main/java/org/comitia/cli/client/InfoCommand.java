package org.comitia.cli.client;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;

/** {@code comitia info}: the agent's counters and state, group by group. */
@Command(name = "info", description = "Prints the agent's counters and state, for operators.")
public final class InfoCommand extends ClientCommand {
  @Override
  public Integer call() {
    JsonObject stats;
    try {
      stats =
          ((JsonObject) agent().getValue("/v1/agent/self", AgentClient.SOON))
              .getJsonObject("Stats");
    } catch (AgentException e) {
      return fail("Error querying agent: " + words(e));
    } catch (ClassCastException e) {
      return fail("Error querying agent: " + e.getMessage());
    }
    if (stats == null) {
      return fail("Agent response did not contain 'Stats' key");
    }
    for (Map.Entry<String, JsonValue> group : new TreeMap<>(stats).entrySet()) {
      print(group.getKey() + ":");
      for (Map.Entry<String, JsonValue> entry :
          new TreeMap<>(group.getValue().asJsonObject()).entrySet()) {
        print("\t" + entry.getKey() + " = " + text(entry.getValue()));
      }
    }
    return 0;
  }

  /** An agent that does not run answers with an object in which one sentence says why. */
  private static String words(AgentException problem) {
    try (JsonReader reader = Json.createReader(new StringReader(problem.answer()))) {
      return ((JsonString) reader.readObject().getValue("/Stats/agent/not_running")).getString();
    } catch (JsonException | ClassCastException e) {
      return problem.getMessage();
    }
  }

  private static String text(JsonValue value) {
    return value instanceof JsonString string ? string.getString() : value.toString();
  }
}
