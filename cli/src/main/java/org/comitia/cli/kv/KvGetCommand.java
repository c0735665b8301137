package org.comitia.cli.kv;

import jakarta.json.JsonArray;
import jakarta.json.JsonString;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.Columns;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code comitia kv get}: one key's value, or what lies below a prefix. */
@Command(
    name = "get",
    description = {
      "Prints the value of a key, or what lies below a prefix.",
      "The value is printed as it is, followed by a newline. A key that does not exist is an error."
    },
    footer = {
      "comitia kv get redis/config/connections",
      "comitia kv get -detailed redis/config/connections",
      "comitia kv get -recurse redis/",
      "comitia kv get -keys -separator=/ redis/"
    })
public final class KvGetCommand extends ScopedCommand {
  @Option(
      names = {"-base64", "--base64"},
      description = "Print values in base64.")
  private boolean base64;

  @Option(
      names = {"-detailed", "--detailed"},
      description = "Print indexes, flags and the session that holds the key as well.")
  private boolean detailed;

  @Option(
      names = {"-keys", "--keys"},
      description = "Print only the names of the keys that start with the prefix.")
  private boolean keys;

  @Option(
      names = {"-recurse", "--recurse"},
      description = "Print every key that starts with the prefix, with its value.")
  private boolean recurse;

  @Option(
      names = {"-separator", "--separator"},
      paramLabel = "TEXT",
      description = "With -keys: names are cut behind it and listed once. Default: /.")
  private String separator = "/";

  @Parameters(paramLabel = "[KEY_OR_PREFIX]", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    String problem = Arguments.tooMany(arguments, 1);
    if (problem != null) {
      return fail(problem);
    }
    String key = Arguments.key(arguments);
    if (key.isEmpty() && !recurse && !keys) {
      return fail("Error! Missing KEY argument");
    }
    try {
      if (keys) {
        return printKeys(key);
      }
      KvStore store = new KvStore(agent());
      if (recurse) {
        return printTree(store.list(key, reading(), AgentClient.SOON).pairs());
      }
      KvPair pair = store.get(key, reading(), AgentClient.SOON).pair();
      if (pair == null) {
        return fail("Error! No key exists at: " + key);
      }
      print(detailed ? details(pair) : base64 ? ascii(pair.base64()) : pair.value());
      return 0;
    } catch (AgentException | ClassCastException e) {
      return fail("Error querying Consul agent: " + e.getMessage());
    }
  }

  private int printKeys(String prefix) throws AgentException {
    AgentClient.Answer answer =
        agent()
            .find(
                "/v1/kv/"
                    + AgentClient.path(prefix)
                    + reading().flag("keys", true).add("separator", separator),
                AgentClient.SOON);
    if (answer.found()) {
      for (JsonString key : ((JsonArray) answer.json()).getValuesAs(JsonString.class)) {
        print(key.getString());
      }
    }
    return 0;
  }

  private int printTree(List<KvPair> pairs) {
    for (int i = 0; i < pairs.size(); i++) {
      KvPair pair = pairs.get(i);
      if (detailed) {
        print(details(pair));
        if (i < pairs.size() - 1) {
          print("");
        }
      } else {
        print(joined(pair.key() + ":", base64 ? ascii(pair.base64()) : pair.value()));
      }
    }
    return 0;
  }

  private byte[] details(KvPair pair) {
    List<String> lines =
        Columns.wide()
            .row("CreateIndex", Long.toUnsignedString(pair.createIndex()))
            .row("Flags", Long.toUnsignedString(pair.flags()))
            .row("Key", pair.key())
            .row("LockIndex", Long.toUnsignedString(pair.lockIndex()))
            .row("ModifyIndex", Long.toUnsignedString(pair.modifyIndex()))
            .row("Session", pair.session().isEmpty() ? "-" : pair.session())
            .row("Value", "")
            .lines();
    return joined(String.join("\n", lines), base64 ? ascii(pair.base64()) : pair.value());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] joined(String text, byte[] value) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    line.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    line.writeBytes(value);
    return line.toByteArray();
  }
}
