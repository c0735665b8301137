package org.comitia.it.chaos;

import jakarta.json.JsonArray;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import org.comitia.it.Http;

/**
 * What a client knows after a request.
 *
 * @param fate whether it was answered, surely not done, or nobody knows
 * @param status of the answer; 0 without one
 * @param body of the answer; "" without one
 * @param invoked when it was sent, nanoseconds of the monotonic clock
 * @param responded when it was known
 */
record Reply(Fate fate, int status, String body, long invoked, long responded) {
  /** What is known of a request. */
  enum Fate {
    ANSWERED,
    NOT_DONE,
    UNKNOWN
  }

  /** Shorter than a server holds a request without a leader: clients give up, too. */
  static final Duration LIMIT = Duration.ofSeconds(5);

  private static final Set<Integer> ANSWERS = Set.of(200, 404, 409);
  private static final Set<Integer> SURELY_NOT_DONE = Set.of(429, 503);

  /** A call of the API. */
  interface Call {
    Http.Answer send() throws IOException;
  }

  static Reply put(Http http, String path, String body) {
    return of(() -> http.put(path, body, LIMIT));
  }

  static Reply get(Http http, String path) {
    return of(() -> http.get(path, LIMIT));
  }

  private static Reply of(Call call) {
    long invoked = System.nanoTime();
    try {
      Http.Answer answer = call.send();
      return new Reply(
          fate(answer), answer.status(), answer.body().strip(), invoked, System.nanoTime());
    } catch (ConnectException | HttpConnectTimeoutException e) {
      return new Reply(Fate.NOT_DONE, 0, "", invoked, System.nanoTime());
    } catch (IOException e) {
      return new Reply(Fate.UNKNOWN, 0, "", invoked, System.nanoTime());
    }
  }

  /** As docs/clients.md tells clients. */
  private static Fate fate(Http.Answer answer) {
    if (ANSWERS.contains(answer.status())) {
      return Fate.ANSWERED;
    }
    return SURELY_NOT_DONE.contains(answer.status())
            || answer.body().contains("No cluster leader")
            || answer.body().contains("No known Consul servers")
            || answer.body().contains("nvalid session")
        ? Fate.NOT_DONE
        : Fate.UNKNOWN;
  }

  boolean answered() {
    return fate == Fate.ANSWERED;
  }

  boolean isTrue() {
    return status == 200 && body.equals("true");
  }

  /** The one key of a {@code GET /v1/kv/key}; an absent one is all empty. */
  Row row() {
    return status == 404 ? new Row("", 0, "", 0) : Row.of(array().getJsonObject(0));
  }

  JsonArray array() {
    return new Http.Answer(status, body, null).json().asJsonArray();
  }

  /** A key as the API shows it. */
  record Row(String value, long modifyIndex, String session, long lockIndex) {
    static Row of(jakarta.json.JsonObject json) {
      String value = json.isNull("Value") ? "" : json.getString("Value");
      return new Row(
          new String(Base64.getDecoder().decode(value)),
          json.getJsonNumber("ModifyIndex").longValue(),
          json.getString("Session", ""),
          json.getJsonNumber("LockIndex").longValue());
    }
  }
}
