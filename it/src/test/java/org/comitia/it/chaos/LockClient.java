package org.comitia.it.chaos;

import java.util.Map;
import org.comitia.it.Http;
import org.comitia.it.chaos.Operation.Kind;
import org.comitia.it.chaos.Operation.Outcome;

/**
 * Takes a lock by a session that it renews, looks who holds it, and gives it back; sometimes it
 * stops renewing while it holds it, or ends its session. A session ends no earlier than its TTL
 * after its last answered renewal was asked for.
 */
final class LockClient extends Client {
  private static final int SECONDS = 60;
  private static final long TTL = 10_000_000_000L;
  private static final long RENEW = 2_000_000_000L;
  private static final Map<String, String> NONE = Map.of();
  private static final String NODE = "{\"Node\": \"lock-holders\", \"Address\": \"192.0.2.1\"}";
  private static final String SESSION =
      "{\"Node\": \"lock-holders\", \"NodeChecks\": [], \"TTL\": \"10s\", \"LockDelay\": \"0s\"}";

  private String object = "";

  /** "" when there is none. */
  private String session = "";

  private long renewed;
  private boolean registered;

  LockClient(int place, Cluster cluster, History history, long seed) {
    super("locks", place, cluster, history, seed);
  }

  @Override
  void next() {
    String now = "lock/" + period(SECONDS);
    if (!now.equals(object)) {
      abandon();
      object = now;
    }
    if (!ready()) {
      return;
    }
    Map<String, String> mine = Map.of(LockModel.SESSION, session);
    Reply acquired = Reply.put(http(), "/v1/kv/" + object + "?acquire=" + session, value());
    record(object, Kind.ACQUIRE, acquired, acquired.isTrue(), NONE, NONE, mine);
    if (lost(acquired)) {
      return;
    }
    holder(object, http(), this);
    if (!acquired.answered()) {
      abandon();
    } else if (acquired.isTrue()) {
      holdAndEnd(mine);
    }
  }

  private void holdAndEnd(Map<String, String> mine) {
    pause();
    int choice = random.nextInt(200);
    if (choice == 0) {
      abandon();
    } else if (choice < 5) {
      destroy(mine);
    } else {
      Reply released = Reply.put(http(), "/v1/kv/" + object + "?release=" + session, "");
      record(object, Kind.RELEASE, released, released.isTrue(), NONE, NONE, mine);
      if (!lost(released) && !released.answered()) {
        abandon();
      }
    }
  }

  /** A node for the sessions, and a session that was renewed not long ago. */
  private boolean ready() {
    registered = registered || Reply.put(http(), "/v1/catalog/register", NODE).isTrue();
    if (!registered) {
      return false;
    }
    if (session.isEmpty()) {
      Reply created = Reply.put(http(), "/v1/session/create", SESSION);
      if (created.status() != 200) {
        return false;
      }
      session = new Http.Answer(200, created.body(), null).json().asJsonObject().getString("ID");
      renewed = created.invoked();
    } else if (System.nanoTime() - renewed > RENEW) {
      Reply renewal = Reply.put(http(), "/v1/session/renew/" + session, "");
      if (renewal.status() == 200) {
        renewed = renewal.invoked();
      } else if (renewal.status() == 404) {
        gone(renewal);
        return false;
      }
    }
    return true;
  }

  /** Whether the reply says that the session has ended. */
  private boolean lost(Reply reply) {
    if (reply.status() == 500 && reply.body().contains("nvalid session")) {
      gone(reply);
      return true;
    }
    return false;
  }

  private void gone(Reply told) {
    if (told.responded() < renewed + TTL) {
      history()
          .violation(
              name
                  + ": session "
                  + session
                  + " ended "
                  + (renewed + TTL - told.responded()) / 1_000_000
                  + " ms before its TTL: "
                  + told);
    }
    abandon();
  }

  private void destroy(Map<String, String> mine) {
    Reply destroyed = Reply.put(http(), "/v1/session/destroy/" + session, "");
    record(object, Kind.EXPIRY, destroyed, true, NONE, NONE, mine);
    if (!destroyed.isTrue()) {
      abandon();
    }
    session = "";
  }

  /** Leaves the session to its end, which may come when its TTL is over. */
  private void abandon() {
    if (!session.isEmpty()) {
      history()
          .add(
              new Operation(
                  object,
                  Kind.EXPIRY,
                  name,
                  NONE,
                  NONE,
                  Map.of(LockModel.SESSION, session),
                  Outcome.UNKNOWN,
                  renewed + TTL,
                  Operation.NEVER));
      session = "";
    }
  }

  @Override
  void ended() {
    abandon();
  }

  /** Who holds a lock, by a default read. */
  static void holder(String object, Http http, Client client) {
    Reply reply = Reply.get(http, "/v1/kv/" + object);
    if (reply.answered()) {
      Reply.Row row = reply.row();
      Map<String, String> seen =
          Map.of(LockModel.SESSION, row.session(), LockModel.INDEX, Long.toString(row.lockIndex()));
      client.record(object, Kind.HOLDER, reply, true, NONE, seen, NONE);
    }
  }
}
