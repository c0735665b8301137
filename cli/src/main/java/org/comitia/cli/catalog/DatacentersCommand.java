package org.comitia.cli.catalog;

import jakarta.json.JsonArray;
import jakarta.json.JsonString;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code comitia catalog datacenters}: their names. */
@Command(name = "datacenters", description = "Lists the known datacenters, a line each.")
public final class DatacentersCommand extends ScopedCommand {
  @Parameters(arity = "0..*", hidden = true)
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    String problem = Arguments.tooMany(arguments, 0);
    if (problem != null) {
      return fail(problem);
    }
    try {
      JsonArray names = (JsonArray) agent().getValue("/v1/catalog/datacenters", AgentClient.SOON);
      for (JsonString name : names.getValuesAs(JsonString.class)) {
        print(name.getString());
      }
      return 0;
    } catch (AgentException | ClassCastException e) {
      return fail("Error listing datacenters: " + e.getMessage());
    }
  }
}
