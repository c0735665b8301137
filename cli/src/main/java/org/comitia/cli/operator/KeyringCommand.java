package org.comitia.cli.operator;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.ClientCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code comitia keyring}: lists and changes the keys that all agents share. */
@Command(
    name = "keyring",
    description = {
      "Lists and changes the encryption keys that all agents share.",
      "Another key without an interruption: -install it, -use it, -remove the one before; each once the last one has ended"
          + " without an error. Every member that is alive is asked; the agent asked must be a server."
    },
    footer = "comitia keyring -install=$(comitia keygen)")
public final class KeyringCommand extends ClientCommand {
  private static final String PATH = "/v1/operator/keyring";
  private static final int MAX_RELAY_FACTOR = 5;

  @Option(
      names = {"-install", "--install"},
      paramLabel = "KEY",
      description = "Have all members take this key from others; none shows it yet.")
  private String install = "";

  @Option(
      names = {"-use", "--use"},
      paramLabel = "KEY",
      description = "Have all members show this key, which all must have installed.")
  private String use = "";

  @Option(
      names = {"-remove", "--remove"},
      paramLabel = "KEY",
      description = "Have all members take this key from nobody any more; not the one in use.")
  private String remove = "";

  @Option(
      names = {"-list", "--list"},
      description = "Show the keys, and how many members hold each.")
  private boolean list;

  @Option(
      names = {"-list-primary", "--list-primary"},
      description = "Show the keys in use, and by how many members.")
  private boolean listPrimary;

  @Option(
      names = {"-relay-factor", "--relay-factor"},
      paramLabel = "N",
      description = "Consul's, 0 to 5; without effect: no answer gets lost on a connection.")
  private int relayFactor;

  @Option(
      names = {"-local-only", "--local-only"},
      description = "Consul's, for -list; without effect: there is one datacenter.")
  private boolean localOnly;

  @Override
  public Integer call() {
    long actions =
        Stream.of(install, use, remove).filter(key -> !key.isEmpty()).count()
            + (list ? 1 : 0)
            + (listPrimary ? 1 : 0);
    if (actions > 1) {
      return fail("Only a single action is allowed");
    }
    if (actions == 0) {
      return fail(usage());
    }
    if (relayFactor < 0 || relayFactor > MAX_RELAY_FACTOR) {
      return fail("Error parsing relay factor: Relay factor must be in range: [0, 5]");
    }
    boolean lists = list || listPrimary;
    if (localOnly && !lists) {
      return fail("Error validating local-only: local-only can only be set for list requests");
    }
    try {
      if (lists) {
        showKeys();
      } else {
        change();
      }
      return 0;
    } catch (AgentException e) {
      return fail("error: " + e.getMessage());
    }
  }

  private void change() throws AgentException {
    if (!install.isEmpty()) {
      print("==> Installing new gossip encryption key...");
      agent().post(PATH, body(install), AgentClient.SOON);
    } else if (!use.isEmpty()) {
      print("==> Changing primary gossip encryption key...");
      agent().put(PATH, body(use), AgentClient.SOON);
    } else {
      print("==> Removing gossip encryption key...");
      agent().delete(PATH, body(remove), AgentClient.SOON);
    }
  }

  private static byte[] body(String key) {
    return Json.createObjectBuilder()
        .add("Key", key)
        .build()
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  private void showKeys() throws AgentException {
    print(
        list
            ? "==> Gathering installed encryption keys..."
            : "==> Gathering installed primary encryption keys...");
    List<JsonObject> pools;
    try {
      pools = ((JsonArray) agent().getValue(PATH, AgentClient.SOON)).getValuesAs(JsonObject.class);
      for (JsonObject pool : pools) {
        print("");
        show(pool, pool.getJsonObject(list ? "Keys" : "PrimaryKeys"));
      }
    } catch (ClassCastException | NullPointerException e) {
      throw new AgentException("the answer of " + PATH + " is not what was expected");
    }
  }

  private void show(JsonObject pool, JsonObject keys) {
    print(pool.getBoolean("WAN") ? "WAN:" : pool.getString("Datacenter") + " (LAN):");
    JsonObject messages =
        Objects.requireNonNullElse(pool.getJsonObject("Messages"), JsonObject.EMPTY_JSON_OBJECT);
    messages.forEach((node, text) -> print("  ===> " + node + ": " + messages.getString(node)));
    keys.forEach(
        (key, count) -> print("  " + key + " [" + count + "/" + pool.getInt("NumNodes") + "]"));
  }
}
