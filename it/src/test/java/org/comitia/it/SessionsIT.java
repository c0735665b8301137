package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Sessions, locks and transactions on three servers and a client agent. What is measured here are
 * lower bounds that are promised: a session never ends before its time, a lock is never taken
 * before its delay is over.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SessionsIT {
  @RegisterExtension static final Agents agents = new Agents("sessions");

  private static final Duration LOCK_DELAY = Duration.ofSeconds(5);
  private static final Duration TTL = Duration.ofSeconds(10);
  private static final Duration RENEW_EVERY = Duration.ofSeconds(2);
  private static final Duration ENDS = Duration.ofSeconds(120);

  private static AgentProcess[] servers;
  private static AgentProcess client;

  @BeforeAll
  static void startThreeAndAClient() {
    servers = new AgentProcess[] {agents.create("a"), agents.create("b"), agents.create("c")};
    client = agents.create("d");
    for (AgentProcess server : servers) {
      start(server);
    }
    client.start("-retry-join", servers[0].address(), "-retry-interval", "1s");
    Agents.awaitLeader(servers);
    Agents.awaitAllVoters(servers);
    client.awaitLeader();
  }

  private static void start(AgentProcess server) {
    server.start(
        "-server",
        "-bootstrap-expect",
        "3",
        "-retry-interval",
        "1s",
        "-retry-join",
        servers[0].address(),
        "-retry-join",
        servers[1].address(),
        "-retry-join",
        servers[2].address());
  }

  private static AgentProcess otherThan(AgentProcess one) {
    return Arrays.stream(servers).filter(server -> server != one).findFirst().orElseThrow();
  }

  // ---- requests ----

  private static String create(AgentProcess agent, String body) throws IOException {
    Http.Answer answer = agent.http().put("/v1/session/create", body);
    assertThat(answer.status()).as(answer.body() + agent.tail()).isEqualTo(200);
    return answer.json().asJsonObject().getString("ID");
  }

  private static boolean acquire(AgentProcess agent, String key, String session)
      throws IOException {
    Http.Answer answer = agent.http().put("/v1/kv/" + key + "?acquire=" + session, "held");
    requireLeader(answer);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.body().equals("true");
  }

  private static JsonObject entry(AgentProcess agent, String key) throws IOException {
    Http.Answer answer = agent.http().get("/v1/kv/" + key);
    return answer.status() == 404 ? null : answer.json().asJsonArray().getJsonObject(0);
  }

  private static boolean lives(AgentProcess agent, String session) throws IOException {
    Http.Answer answer = agent.http().get("/v1/session/info/" + session);
    requireLeader(answer);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return !answer.json().asJsonArray().isEmpty();
  }

  /** An election under way is "not yet" for whoever waits, and no wrong answer. */
  private static void requireLeader(Http.Answer answer) throws IOException {
    if (answer.status() == 500) {
      throw new IOException("500: " + answer.body());
    }
  }

  /** Else its TTL ends it while a later test looks. */
  private static void destroy(AgentProcess agent, String session) {
    Await.until(
        "session " + session + " is destroyed",
        AgentProcess.SOON,
        agents::tails,
        () -> agent.http().put("/v1/session/destroy/" + session, "").body().equals("true"));
  }

  private static void awaitNode(AgentProcess through, String node) {
    Await.until(
        node + " has a passing serfHealth",
        AgentProcess.SOON,
        agents::tails,
        () -> serfHealth(through, node).equals("passing"));
  }

  private static String serfHealth(AgentProcess through, String node) throws IOException {
    JsonArray checks = through.http().get("/v1/health/node/" + node).json().asJsonArray();
    for (JsonObject check : checks.getValuesAs(JsonObject.class)) {
      if (check.getString("CheckID").equals("serfHealth")) {
        return check.getString("Status");
      }
    }
    return "";
  }

  // ---- tests ----

  @Test
  @Order(1)
  void aLockIsFreeAfterItsDelayWhenTheAgentOfItsHolderDies() throws Exception {
    AgentProcess server = servers[1];
    awaitNode(server, "d");
    String holders = create(client, "{\"LockDelay\":\"" + LOCK_DELAY.toSeconds() + "s\"}");
    assertThat(server.http().get("/v1/session/node/d").body()).contains(holders);
    assertThat(acquire(client, "lock", holders)).isTrue();
    assertThat(renew(client, holders).body()).as("through a client agent").contains(holders);
    assertThat(renew(client, "40e4a748-2192-161a-0510-9bf59fe950b5").status()).isEqualTo(404);
    String other = create(server, "{\"NodeChecks\":[]}");
    assertThat(acquire(server, "lock", other)).isFalse();

    client.kill();
    long[] lastHeld = {System.nanoTime()};
    Await.until(
        "the dead agent's session has lost its lock",
        Duration.ofSeconds(60),
        agents::tails,
        () -> {
          long before = System.nanoTime();
          boolean held = entry(server, "lock").containsKey("Session");
          if (held) {
            lastHeld[0] = before;
          }
          return !held;
        });
    assertThat(serfHealth(server, "d")).isEqualTo("critical");
    assertThat(lives(server, holders)).isFalse();

    Await.until(
        "the lock can be taken",
        Duration.ofSeconds(60),
        agents::tails,
        () -> acquire(server, "lock", other));
    assertThat(Duration.ofNanos(System.nanoTime() - lastHeld[0]))
        .as("the lock-delay")
        .isGreaterThanOrEqualTo(LOCK_DELAY);
    assertThat(entry(server, "lock").getInt("LockIndex")).isEqualTo(2);
    assertThat(entry(server, "lock").getString("Session")).isEqualTo(other);
  }

  @Test
  @Order(2)
  void aSessionThatIsRenewedOutlivesItsLeaderAndOneThatIsNotEnds() throws Exception {
    AgentProcess leader = Agents.awaitOneLeader(servers);
    AgentProcess follower = otherThan(leader);
    String ttl = "\"TTL\":\"" + TTL.toSeconds() + "s\",\"NodeChecks\":[]";
    long begun = System.nanoTime();
    String renewed = create(follower, "{" + ttl + "}");
    String silent = create(follower, "{" + ttl + ",\"Behavior\":\"delete\"}");
    assertThat(acquire(follower, "ephemeral", silent)).isTrue();
    leader.kill();

    AgentProcess[] left =
        Arrays.stream(servers).filter(s -> s != leader).toArray(AgentProcess[]::new);
    long[] next = {0, 0};
    Await.until(
        "the session that nobody renews ends",
        ENDS,
        agents::tails,
        () -> {
          keepAlive(renewed, left, next);
          return !lives(follower, silent);
        });
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .as("a session lives as long as its TTL at least")
        .isGreaterThanOrEqualTo(TTL);
    assertThat(entry(follower, "ephemeral")).as("its key").isNull();
    assertThat(next[1]).as("renewals").isPositive();
    assertThat(lives(follower, renewed)).as("the renewed session" + agents.tails()).isTrue();
    start(leader);
    leader.awaitLeader();
    assertThat(leader.http().put("/v1/session/destroy/" + renewed, "").body()).isEqualTo("true");
    assertThat(lives(follower, renewed)).isFalse();
    assertThat(renew(follower, renewed).status()).isEqualTo(404);
  }

  @Test
  @Order(3)
  void aLeaderThatIsFrozenForLongerThanASessionLivesDoesNotEndItWhenItWakes() throws Exception {
    Agents.awaitAllVoters(servers);
    AgentProcess leader = Agents.awaitOneLeader(servers);
    AgentProcess[] others =
        Arrays.stream(servers).filter(s -> s != leader).toArray(AgentProcess[]::new);
    String session = create(others[0], "{\"TTL\":\"" + TTL.toSeconds() + "s\",\"NodeChecks\":[]}");
    long[] next = {0, 0};
    leader.signal("STOP");
    try {
      keepAliveFor(TTL.multipliedBy(2).plusSeconds(3), session, others, next);
    } finally {
      leader.signal("CONT");
    }
    keepAliveFor(Duration.ofSeconds(5), session, servers, next);
    leader.awaitLeader();
    assertThat(lives(leader, session)).as(agents.tails()).isTrue();
    destroy(leader, session);
  }

  private static void keepAliveFor(
      Duration time, String session, AgentProcess[] through, long[] next) {
    long until = System.nanoTime() + time.toNanos();
    Await.until(
        "the session is renewed for " + time,
        time.plus(AgentProcess.SOON),
        agents::tails,
        () -> {
          keepAlive(session, through, next);
          return System.nanoTime() - until >= 0;
        });
  }

  private static Http.Answer renew(AgentProcess agent, String session) throws IOException {
    return agent.http().put("/v1/session/renew/" + session, "");
  }

  /** Renews every {@link #RENEW_EVERY}, through one server after the other. */
  private static void keepAlive(String session, AgentProcess[] through, long[] next)
      throws IOException {
    if (System.nanoTime() - next[0] < 0) {
      return;
    }
    next[0] = System.nanoTime() + RENEW_EVERY.toNanos();
    Http.Answer answer = renew(through[(int) (next[1]++ % through.length)], session);
    // 500 while nobody leads; 404 would mean that a live session was ended
    assertThat(answer.status()).as(answer.body() + agents.tails()).isIn(200, 500);
  }

  @Test
  @Order(4)
  void aSessionOutlivesARollingRestart() throws Exception {
    Agents.awaitAllVoters(servers);
    String session = create(servers[0], "{\"TTL\":\"" + TTL.toSeconds() + "s\",\"NodeChecks\":[]}");
    String forever = create(servers[0], "{\"NodeChecks\":[]}");
    assertThat(acquire(servers[1], "rolling", session)).isTrue();
    long[] next = {0, 0};
    for (AgentProcess restarted : servers) {
      AgentProcess[] others =
          Arrays.stream(servers).filter(s -> s != restarted).toArray(AgentProcess[]::new);
      restarted.signal("TERM");
      Await.until(
          restarted.name + " stops",
          AgentProcess.STOP,
          agents::tails,
          () -> {
            keepAlive(session, others, next);
            return !restarted.isAlive();
          });
      restarted.awaitExit(Duration.ofSeconds(5));
      start(restarted);
      Await.until(
          restarted.name + " is back",
          AgentProcess.START,
          agents::tails,
          () -> {
            keepAlive(session, others, next);
            return "2".equals(restarted.info("raft", "num_peers")) && !restarted.leader().isEmpty();
          });
    }
    AgentProcess one = servers[0];
    assertThat(lives(one, session)).as(agents.tails()).isTrue();
    assertThat(lives(one, forever)).isTrue();
    assertThat(entry(one, "rolling").getString("Session")).isEqualTo(session);
    assertThat(entry(one, "rolling").getInt("LockIndex")).isEqualTo(1);
    destroy(one, session);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Http.Answer txn(AgentProcess agent, String... ops) throws IOException {
    return agent.http().put("/v1/txn", "[" + String.join(",", ops) + "]");
  }

  private static String get(String key) {
    return "{\"KV\":{\"Verb\":\"get\",\"Key\":\"" + key + "\"}}";
  }

  private static String set(String key, String value) {
    return "{\"KV\":{\"Verb\":\"set\",\"Key\":\"%s\",\"Value\":\"%s\"}}"
        .formatted(key, base64(value));
  }

  private static String cas(String key, String value, long index) {
    return "{\"KV\":{\"Verb\":\"cas\",\"Key\":\"%s\",\"Value\":\"%s\",\"Index\":%d}}"
        .formatted(key, base64(value), index);
  }

  private static String value(JsonObject entry) {
    return new String(Base64.getDecoder().decode(entry.getString("Value")), StandardCharsets.UTF_8);
  }

  private static List<JsonObject> rows(Http.Answer answer) {
    return answer
        .json()
        .asJsonObject()
        .getJsonArray("Results")
        .getValuesAs(JsonObject.class)
        .stream()
        .map(row -> row.getJsonObject("KV"))
        .toList();
  }

  /** Two counters that one transaction raises together: they are equal wherever they are read. */
  @Test
  @Order(5)
  void aTransactionHappensAsAWholeOrNotAtAllThroughWhicheverServer() throws Exception {
    int increments = 20;
    assertThat(txn(servers[0], set("left", "0"), set("right", "0")).status()).isEqualTo(200);
    ExecutorService threads = Executors.newFixedThreadPool(servers.length);
    try {
      List<Future<Integer>> counted = new ArrayList<>();
      for (AgentProcess server : servers) {
        counted.add(threads.submit((Callable<Integer>) () -> increment(server, increments)));
      }
      int conflicts = 0;
      for (Future<Integer> one : counted) {
        conflicts += one.get();
      }
      assertThat(conflicts).as("writers met").isPositive();
    } finally {
      threads.shutdownNow();
    }
    for (AgentProcess server : servers) {
      List<JsonObject> both = rows(txn(server, get("left"), get("right")));
      assertThat(both).extracting(SessionsIT::value).containsOnly("" + 3 * increments);
    }
  }

  /** Raises both so often. @return how often another was faster */
  private static int increment(AgentProcess server, int times) throws IOException {
    int conflicts = 0;
    for (int done = 0; done < times; ) {
      List<JsonObject> both = rows(txn(server, get("left"), get("right")));
      assertThat(value(both.get(0))).as("read as one").isEqualTo(value(both.get(1)));
      String more = String.valueOf(Integer.parseInt(value(both.get(0))) + 1);
      Http.Answer answer =
          txn(
              server,
              cas("left", more, both.get(0).getInt("ModifyIndex")),
              cas("right", more, both.get(1).getInt("ModifyIndex")));
      if (answer.status() == 200) {
        done++;
      } else {
        assertThat(answer.status()).as(answer.body()).isEqualTo(409);
        assertThat(answer.body()).contains("\"OpIndex\":0", "index is stale");
        conflicts++;
      }
    }
    return conflicts;
  }

  @Test
  @Order(6)
  void whatIsRefusedSaysWhyAndChangesNothing() throws Exception {
    AgentProcess server = servers[2];
    String before = server.http().get("/v1/session/list").body();
    Http.Answer node = server.http().put("/v1/session/create", "{\"Node\":\"nowhere\"}");
    assertThat(node.status()).isEqualTo(500);
    assertThat(node.body()).isEqualTo("apply failed: Missing node registration");
    Http.Answer ttl = server.http().put("/v1/session/create", "{\"TTL\":\"1s\"}");
    assertThat(ttl.status()).isEqualTo(500);
    assertThat(ttl.body()).contains("must be between [10s=24h0m0s]");
    Http.Answer json = server.http().put("/v1/session/create", "{\"TTL\":");
    assertThat(json.status()).isEqualTo(400);
    assertThat(json.body()).startsWith("Request decode failed: ");
    Http.Answer info = server.http().get("/v1/session/info/nope");
    assertThat(info.status()).isEqualTo(500);
    assertThat(info.body())
        .isEqualTo("failed session lookup: index error: UUID must be 36 characters");
    assertThat(info.raw().headers().firstValue("X-Consul-Index")).contains("1");
    Http.Answer txn = server.http().put("/v1/txn", "[{\"KV\":{\"Verb\":\"set\",\"Value\":\"*\"}}]");
    assertThat(txn.status()).isEqualTo(400);
    assertThat(txn.body()).startsWith("Failed to parse body: illegal base64 data");
    Http.Answer large = server.http().put("/v1/txn", "[" + " ".repeat(512 * 1024) + "]");
    assertThat(large.status()).isEqualTo(413);
    assertThat(large.body()).contains("txn_max_req_len");
    assertThat(server.http().get("/v1/session/list").body()).isEqualTo(before);
  }
}
