package org.comitia.it.chaos;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.comitia.it.Http;
import org.comitia.it.chaos.Operation.Kind;

/** Reads and writes two keys together by transactions, and one of them alone. */
final class TransactionClient extends Client {
  private static final int SECONDS = 20;
  private static final Map<String, String> NONE = Map.of();

  TransactionClient(int place, Cluster cluster, History history, long seed) {
    super("transactions", place, cluster, history, seed);
  }

  @Override
  void next() {
    String object = "transaction/" + period(SECONDS);
    int choice = random.nextInt(10);
    if (choice < 4) {
      Map<String, String> values = Map.of("a", value(), "b", value());
      Reply reply = send(set(object, "a", values), set(object, "b", values));
      record(object, Kind.KEYS, reply, reply.status() == 200, NONE, NONE, values);
    } else if (choice < 5) {
      Reply reply = Reply.get(http(), "/v1/kv/" + object + "/a");
      if (reply.answered()) {
        record(object, Kind.KEYS, reply, true, NONE, Map.of("a", reply.row().value()), NONE);
      }
    } else {
      Map<String, Reply.Row> rows = read(object);
      if (rows != null && choice < 8) {
        compareOneSetBoth(object, rows.get("a"));
      }
    }
  }

  private Map<String, Reply.Row> read(String object) {
    return read(object, http(), this);
  }

  /** Both keys at one moment; null when it was not answered. */
  static Map<String, Reply.Row> read(String object, Http http, Client client) {
    Reply reply =
        send(http, operation("get-or-empty", object, "a"), operation("get-or-empty", object, "b"));
    if (reply.status() != 200) {
      return null;
    }
    JsonArray results =
        new Http.Answer(200, reply.body(), null).json().asJsonObject().getJsonArray("Results");
    Map<String, Reply.Row> rows = new LinkedHashMap<>();
    rows.put("a", Reply.Row.of(results.getJsonObject(0).getJsonObject("KV")));
    rows.put("b", Reply.Row.of(results.getJsonObject(1).getJsonObject("KV")));
    Map<String, String> seen = Map.of("a", rows.get("a").value(), "b", rows.get("b").value());
    client.record(object, Kind.KEYS, reply, true, NONE, seen, NONE);
    return rows;
  }

  private void compareOneSetBoth(String object, Reply.Row a) {
    Map<String, String> values = Map.of("a", value(), "b", value());
    Reply reply =
        send(
            operation("cas", object, "a")
                .add("Index", a.modifyIndex())
                .add("Value", encoded(values.get("a"))),
            set(object, "b", values));
    record(object, Kind.KEYS, reply, reply.status() == 200, Map.of("a", a.value()), NONE, values);
  }

  private static JsonObjectBuilder operation(String verb, String object, String key) {
    return Json.createObjectBuilder().add("Verb", verb).add("Key", object + "/" + key);
  }

  private static JsonObjectBuilder set(String object, String key, Map<String, String> values) {
    return operation("set", object, key).add("Value", encoded(values.get(key)));
  }

  private static String encoded(String value) {
    return Base64.getEncoder().encodeToString(value.getBytes());
  }

  private Reply send(JsonObjectBuilder... operations) {
    return send(http(), operations);
  }

  private static Reply send(Http http, JsonObjectBuilder... operations) {
    JsonArrayBuilder body = Json.createArrayBuilder();
    for (JsonObjectBuilder operation : operations) {
      body.add(Json.createObjectBuilder().add("KV", operation));
    }
    return Reply.put(http, "/v1/txn", body.build().toString());
  }
}
