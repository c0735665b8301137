package org.comitia.it.chaos;

import java.util.Map;
import org.comitia.it.Http;
import org.comitia.it.chaos.Operation.Kind;

/** Reads, writes, and compares and sets single keys, two at a time. */
final class RegisterClient extends Client {
  private static final int SECONDS = 20;
  private static final Map<String, String> NONE = Map.of();

  RegisterClient(String what, int place, Cluster cluster, History history, long seed) {
    super(what, place, cluster, history, seed);
  }

  @Override
  void next() {
    String object = "register/" + period(SECONDS) + "-" + random.nextInt(2);
    int choice = random.nextInt(10);
    if (choice < 3) {
      String value = value();
      Reply reply = Reply.put(http(), "/v1/kv/" + object, value);
      record(object, Kind.KEYS, reply, reply.isTrue(), NONE, NONE, Map.of("k", value));
    } else {
      Reply.Row row = read(object);
      if (row != null && choice < 6) {
        compareAndSet(object, row);
      }
    }
  }

  private Reply.Row read(String object) {
    return read(object, http(), this);
  }

  /** A default read; null when it was not answered. */
  static Reply.Row read(String object, Http http, Client client) {
    Reply reply = Reply.get(http, "/v1/kv/" + object);
    if (!reply.answered()) {
      return null;
    }
    client.record(object, Kind.KEYS, reply, true, NONE, Map.of("k", reply.row().value()), NONE);
    return reply.row();
  }

  private void compareAndSet(String object, Reply.Row row) {
    String value = value();
    Reply reply = Reply.put(http(), "/v1/kv/" + object + "?cas=" + row.modifyIndex(), value);
    record(
        object,
        Kind.KEYS,
        reply,
        reply.isTrue(),
        Map.of("k", row.value()),
        NONE,
        Map.of("k", value));
  }
}
