package org.comitia.cli.kv;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.IndentedJson;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code comitia kv export}: the keys below a prefix as JSON. */
@Command(
    name = "export",
    description = {
      "Prints the keys below a prefix as JSON, for `comitia kv import`.",
      "Values are base64. Without a prefix every key is printed. The format is Consul's."
    },
    footer = {"comitia kv export redis/ > redis.json", "comitia kv import @redis.json"})
public final class KvExportCommand extends ScopedCommand {
  @Parameters(paramLabel = "[PREFIX]", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    String problem = Arguments.tooMany(arguments, 1);
    if (problem != null) {
      return fail(problem);
    }
    JsonArrayBuilder entries = Json.createArrayBuilder();
    try {
      String prefix = Arguments.key(arguments);
      for (KvPair pair : new KvStore(agent()).list(prefix, reading(), AgentClient.SOON).pairs()) {
        entries.add(
            Json.createObjectBuilder()
                .add("key", pair.key())
                .add("flags", new BigInteger(Long.toUnsignedString(pair.flags())))
                .add("value", pair.base64()));
      }
    } catch (AgentException e) {
      return fail("Error querying Consul agent: " + e.getMessage());
    }
    print(IndentedJson.of(entries.build(), "\t"));
    return 0;
  }
}
