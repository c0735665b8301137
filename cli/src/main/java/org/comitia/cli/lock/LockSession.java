package org.comitia.cli.lock;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;

/**
 * A session of this process, renewed on a thread of its own until it is destroyed or found to be
 * gone. It ends with this process's node, or when it is not renewed in time.
 */
final class LockSession {
  private static final Duration TTL = Duration.ofSeconds(15);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final AgentClient agent;
  private final String id;
  private final Thread renewal;

  private LockSession(AgentClient agent, String id, Runnable gone) {
    this.agent = agent;
    this.id = id;
    this.renewal = new Thread(() -> renew(gone), "session-renewal");
    this.renewal.setDaemon(true);
  }

  /**
   * Makes one.
   *
   * @param deletes whether the keys that it holds are deleted with it, not only released
   * @param gone called once, on another thread, when the session is no longer there
   */
  static LockSession create(AgentClient agent, String name, boolean deletes, Runnable gone)
      throws AgentException {
    JsonObjectBuilder wish = Json.createObjectBuilder().add("Name", name).add("TTL", ttl());
    if (deletes) {
      wish.add("Behavior", "delete");
    }
    byte[] body = wish.build().toString().getBytes(StandardCharsets.UTF_8);
    try {
      AgentClient.Answer answer = agent.put("/v1/session/create", body, AgentClient.SOON);
      String id = ((JsonObject) answer.json()).getString("ID");
      LockSession session = new LockSession(agent, id, gone);
      session.renewal.start();
      return session;
    } catch (ClassCastException | NullPointerException e) {
      throw new AgentException("the agent answered without a session id");
    }
  }

  String id() {
    return id;
  }

  /** Ends it, and with it what it holds. When the agent cannot be asked, it ends by itself. */
  void destroy() {
    renewal.interrupt();
    try {
      agent.put("/v1/session/destroy/" + id, AgentClient.SOON);
    } catch (AgentException e) {
      // not renewed any more, it expires
    }
  }

  /** Renews at half the time to live; what was not renewed for a whole one may be gone. */
  private void renew(Runnable gone) {
    long renewed = System.nanoTime();
    Duration pause = TTL.dividedBy(2);
    try {
      while (System.nanoTime() - renewed < TTL.toNanos()) {
        Thread.sleep(pause.toMillis());
        long asked = System.nanoTime();
        try {
          agent.put("/v1/session/renew/" + id, TTL);
          renewed = asked;
          pause = TTL.dividedBy(2);
        } catch (AgentException e) {
          if (!e.passing()) {
            break;
          }
          pause = RETRY;
        }
      }
      gone.run();
    } catch (InterruptedException e) {
      // destroyed
    }
  }

  private static String ttl() {
    return TTL.toSeconds() + "s";
  }
}
