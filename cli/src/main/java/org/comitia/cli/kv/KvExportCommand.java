package org.comitia.cli.kv;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
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
      "Values are base64. Without a prefix every key is printed. The format is Consul's.",
      "A state of more than 16 MiB, or one whose size the agent does not tell, is read bit by bit, not at one moment."
    },
    footer = {"comitia kv export redis/ > redis.json", "comitia kv import @redis.json"})
public final class KvExportCommand extends ScopedCommand {
  /** A state so small is read by one request, as it is at one moment. */
  private static final long SMALL = 16L << 20;

  /** How many keys are read at a time of a larger one: values of 8 MiB together at most. */
  private static final int PAGE = 16;

  @Parameters(paramLabel = "[PREFIX]", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  private boolean begun;

  @Override
  public Integer call() {
    String problem = Arguments.tooMany(arguments, 1);
    if (problem != null) {
      return fail(problem);
    }
    String prefix = Arguments.key(arguments);
    Set<String> doubtful = new LinkedHashSet<>();
    Set<String> unreadable = new LinkedHashSet<>();
    try {
      KvStore store = new KvStore(agent());
      if (isSmall()) {
        for (KvPair pair : store.list(prefix, reading(), AgentClient.SOON).pairs()) {
          print(pair);
          if (isDoubtful(pair.key())) {
            doubtful.add(pair.key());
          }
        }
      } else {
        printPages(store, store.keys(prefix, reading(), AgentClient.SOON), unreadable);
      }
    } catch (AgentException e) {
      return fail("Error querying Consul agent: " + e.getMessage());
    }
    print(begun ? "\n]" : "[]");
    if (terminal().out().checkError()) {
      return fail("Error! Not all of it could be written");
    }
    if (!doubtful.isEmpty()) {
      return fail(
          "Error! U+FFFD may stand for what is not UTF-8 in these names: "
              + String.join(" ", doubtful));
    }
    return unreadable.isEmpty()
        ? 0
        : fail("Error! Left out, since their names are not UTF-8: " + String.join(" ", unreadable));
  }

  /** One answer with all of a large state may take more memory than its server has. */
  private boolean isSmall() {
    try {
      JsonObject self = (JsonObject) agent().getValue("/v1/agent/self", AgentClient.SOON);
      JsonObject raft = self.getJsonObject("Stats").getJsonObject("raft");
      return Long.parseLong(raft.getString("state_bytes")) <= SMALL;
    } catch (AgentException | RuntimeException unknown) { // no server, or not ours
      return false;
    }
  }

  /**
   * @param unreadable takes names that the agent lists in another way than they are
   */
  private void printPages(KvStore store, List<String> listed, Set<String> unreadable)
      throws AgentException {
    Set<String> names = new LinkedHashSet<>();
    for (String name : listed) {
      if (!names.add(name)) {
        unreadable.add(name); // one of the two at least has another name
      }
    }
    List<String> keys = List.copyOf(names);
    for (int from = 0; from < keys.size(); from += PAGE) {
      List<String> page = keys.subList(from, Math.min(from + PAGE, keys.size()));
      Set<String> missing = new LinkedHashSet<>(page);
      for (KvPair pair : store.getAll(page, reading(), AgentClient.SOON)) {
        print(pair);
        missing.remove(pair.key());
      }
      missing.removeIf(key -> !isDoubtful(key)); // those were deleted meanwhile
      unreadable.addAll(missing);
    }
  }

  /** The agent lists bytes that are not UTF-8 so. */
  private static boolean isDoubtful(String name) {
    return name.indexOf('\uFFFD') >= 0;
  }

  private void print(KvPair pair) {
    JsonObject entry =
        Json.createObjectBuilder()
            .add("key", pair.key())
            .add("flags", new BigInteger(Long.toUnsignedString(pair.flags())))
            .add("value", pair.base64())
            .build();
    String text = IndentedJson.of(entry, "\t").replace("\n", "\n\t");
    terminal().out().print((begun ? "," : "[") + "\n\t" + text);
    begun = true;
  }
}
