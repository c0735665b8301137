package org.comitia.it.chaos;

import jakarta.json.JsonValue;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.comitia.it.Http;

/** Writes each key once, for the plainest of all promises: what was acknowledged is there. */
final class UniqueClient extends Client {
  private static final int SECONDS = 60;

  private final Map<String, String> acknowledged;

  UniqueClient(
      int place,
      Cluster cluster,
      History history,
      long seed,
      ConcurrentSkipListMap<String, String> acknowledged) {
    super("unique", place, cluster, history, seed);
    this.acknowledged = acknowledged;
  }

  @Override
  void next() {
    String value = value();
    String key = "unique/" + period(SECONDS) + "/" + value;
    if (Reply.put(http(), "/v1/kv/" + key, value).isTrue()) {
      acknowledged.put(key, value);
    }
  }

  /**
   * Whether this server has all of it.
   *
   * @return how many are missing
   */
  static int missing(String server, Http http, Map<String, String> acknowledged, History history)
      throws IOException {
    int missing = 0;
    Map<String, String> there = new TreeMap<>();
    String folder = "";
    for (Map.Entry<String, String> entry : acknowledged.entrySet()) {
      String its = entry.getKey().substring(0, entry.getKey().lastIndexOf('/') + 1);
      if (!its.equals(folder)) {
        folder = its;
        there = readAll(http, folder);
      }
      if (!entry.getValue().equals(there.get(entry.getKey()))) {
        missing++;
        history.violation("acknowledged, and not on " + server + ": " + entry.getKey());
      }
    }
    return missing;
  }

  /** From this server's own state, whoever leads. */
  private static Map<String, String> readAll(Http http, String folder) throws IOException {
    Map<String, String> all = new TreeMap<>();
    Http.Answer answer = http.get("/v1/kv/" + folder + "?recurse&stale");
    if (answer.status() != 200) {
      throw new IOException("GET " + folder + " was answered " + answer.status());
    }
    for (JsonValue value : answer.json().asJsonArray()) {
      all.put(value.asJsonObject().getString("Key"), Reply.Row.of(value.asJsonObject()).value());
    }
    return all;
  }
}
