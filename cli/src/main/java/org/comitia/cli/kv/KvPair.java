package org.comitia.cli.kv;

import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;

/**
 * A key with what is known of it.
 *
 * @param flags 64 bits without a sign
 * @param value never null
 * @param session that holds it; empty for none
 */
public record KvPair(
    String key,
    long createIndex,
    long modifyIndex,
    long lockIndex,
    long flags,
    byte[] value,
    String session) {
  private static final byte[] NOTHING = {};

  /** The pairs of an answer; none when the answer is that there are none. */
  public static List<KvPair> of(AgentClient.Answer answer) throws AgentException {
    if (!answer.found()) {
      return List.of();
    }
    return pairs(answer, json -> ((JsonArray) json).getValuesAs(JsonObject.class));
  }

  /** The pairs that a transaction of reads found. */
  static List<KvPair> ofTransaction(AgentClient.Answer answer) throws AgentException {
    return pairs(
        answer,
        json ->
            ((JsonObject) json)
                .getJsonArray("Results")
                .getValuesAs((JsonObject result) -> result.getJsonObject("KV")));
  }

  private static List<KvPair> pairs(
      AgentClient.Answer answer, Function<JsonValue, List<JsonObject>> listed)
      throws AgentException {
    try {
      List<KvPair> pairs = new ArrayList<>();
      for (JsonObject pair : listed.apply(answer.json())) {
        pairs.add(of(pair));
      }
      return pairs;
    } catch (ClassCastException
        | NullPointerException
        | IllegalArgumentException
        | JsonException e) {
      throw new AgentException("the answer of " + answer.path() + " is no list of keys: " + e);
    }
  }

  private static KvPair of(JsonObject pair) {
    String value =
        pair.isNull("Value") || !pair.containsKey("Value") ? "" : pair.getString("Value");
    return new KvPair(
        pair.getString("Key"),
        number(pair, "CreateIndex"),
        number(pair, "ModifyIndex"),
        number(pair, "LockIndex"),
        number(pair, "Flags"),
        value.isEmpty() ? NOTHING : Base64.getDecoder().decode(value),
        pair.getString("Session", ""));
  }

  private static long number(JsonObject pair, String name) {
    JsonValue number = pair.get(name);
    return number == null ? 0 : Long.parseUnsignedLong(number.toString());
  }

  String base64() {
    return Base64.getEncoder().encodeToString(value);
  }
}
