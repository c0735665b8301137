package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Clients of Consul always hold a blocking read. It is answered when the stop begins, and holds up
 * none: a server waits for whatever is under way, and the process is cut off with exit code 1 when
 * that takes too long.
 */
class StopIT {
  /** Requests of each kind. */
  private static final int EACH = 5;

  @RegisterExtension final Agents agents = new Agents("stop");

  /** Requests that wait for something at one agent. */
  private static final class Parked {
    private static final String HALF = "half a body";

    private record One(
        String path,
        String index,
        Set<Integer> statuses,
        CompletableFuture<RawHttp.Answer> answer) {}

    private final InetSocketAddress agent;
    private final String name;
    private static final Duration GIVEN_UP = Duration.ofSeconds(10);

    private final List<One> waiting = new ArrayList<>();
    private long halvesBegan;

    /**
     * @param name of what is waited for: of nobody else's concern
     */
    Parked(String address, String name) {
      agent = new InetSocketAddress(address, 8500);
      this.name = name;
    }

    private void put(String path, String body) throws IOException {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      assertThat(RawHttp.send(agent, "PUT", path, bytes).status()).as(path).isEqualTo(200);
    }

    /** Waits with KV, a catalog read, a hash, for an event, and for lines of the log. */
    Parked begin() throws IOException {
      put("/v1/kv/" + name, "value");
      put("/v1/agent/service/register", "{\"Name\":\"" + name + "\",\"Port\":1}");
      put("/v1/event/fire/" + name, "x");
      Await.until(
          "the servers are in the catalog",
          AgentProcess.SOON,
          () -> "",
          () ->
              RawHttp.send(agent, "GET", "/v1/health/service/consul", null)
                  .body()
                  .contains("serfHealth"));
      Map<String, String> paths = new LinkedHashMap<>();
      paths.put("/v1/kv/" + name, "index");
      paths.put("/v1/health/service/consul", "index");
      paths.put("/v1/event/list?name=" + name, "index");
      paths.put("/v1/agent/service/" + name, "hash");
      for (Map.Entry<String, String> one : paths.entrySet()) {
        boolean hash = one.getValue().equals("hash");
        String header = hash ? "X-Consul-ContentHash" : "X-Consul-Index";
        String known = RawHttp.send(agent, "GET", one.getKey(), null).header(header);
        for (int i = 0; i < EACH; i++) {
          String target =
              one.getKey()
                  + (one.getKey().contains("?") ? "&" : "?")
                  + "wait=10m&"
                  + one.getValue()
                  + "="
                  + known;
          park(target, hash ? null : known);
        }
      }
      park("/v1/agent/monitor", null);
      return this;
    }

    /** Just before the stop: each is given up when nothing comes for {@link #GIVEN_UP}. */
    void beginHalves() throws IOException {
      halvesBegan = System.nanoTime();
      String host = agent.getHostString() + ":" + agent.getPort();
      String half =
          "PUT /v1/kv/" + name + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 9\r\n\r\nhalf";
      // The container's threads read as many as there are processors, and wait for the next piece
      // 10
      // s: 408, or 404 when the application is gone meanwhile. Those of ours say 503 at once.
      for (int i = 0; i < Runtime.getRuntime().availableProcessors() + 3; i++) {
        RawHttp http = connect();
        http.begin(half);
        await(http, HALF, null, Set.of(404, 408, 503));
      }
    }

    private RawHttp connect() throws IOException {
      return new RawHttp(agent, Math.toIntExact(AgentProcess.START.toMillis()));
    }

    /** Returns when the request is on its way. */
    private void park(String target, String index) throws IOException {
      RawHttp http = connect();
      http.begin("GET", target);
      await(http, target, index, Set.of(200));
    }

    private void await(RawHttp http, String target, String index, Set<Integer> statuses) {
      CompletableFuture<RawHttp.Answer> answer =
          CompletableFuture.supplyAsync(
              () -> {
                try (http) {
                  return http.answer();
                } catch (IOException e) {
                  return new RawHttp.Answer(0, e.toString(), Map.of(), new byte[0]);
                }
              },
              task -> new Thread(task, "waits for " + target).start());
      waiting.add(new One(target, index, statuses, answer));
    }

    void allWait() {
      assertThat(waiting).allSatisfy(one -> assertThat(one.answer).as(one.path).isNotDone());
    }

    void allAreAnswered(String tail) throws Exception {
      // It waits for ever: its answer says that the stop has begun.
      waiting.get(0).answer.get(AgentProcess.START.toSeconds(), TimeUnit.SECONDS);
      boolean beforeTheyAreGivenUp = System.nanoTime() - halvesBegan - GIVEN_UP.toNanos() < 0;
      for (One one : waiting) {
        RawHttp.Answer answer = one.answer.get(AgentProcess.START.toSeconds(), TimeUnit.SECONDS);
        assertThat(answer.status())
            .as("%s: %s %s%n%s", one.path, answer.reason(), answer.body(), tail)
            .isIn(one.statuses);
        if (one.index != null) {
          assertThat(answer.header("X-Consul-Index")).as(one.path).isEqualTo(one.index);
        }
      }
      if (beforeTheyAreGivenUp) {
        assertThat(waiting)
            .as("half a body that a thread of ours waits for")
            .anyMatch(one -> one.path.equals(HALF) && one.answer.join().status() == 503);
      }
    }
  }

  @Test
  void anAgentThatStopsOrLeavesAnswersWhatWaitsAndEndsWithZero() throws Exception {
    AgentProcess server = agents.create("server").start("-server", "-bootstrap");
    AgentProcess client =
        agents.create("client").start("-retry-join", server.address(), "-retry-interval", "1s");
    server.awaitLeader();
    client.awaitLeader();
    Parked atClient = new Parked(client.address(), "client").begin();
    Parked atServer = new Parked(server.address(), "server").begin();
    server.awaitBlocking(4 * EACH); // those of the client agent as well
    atClient.allWait();
    atServer.allWait();

    atClient.beginHalves();
    client.signal("INT");
    atClient.allAreAnswered(client.tail());
    assertThat(client.awaitExit(AgentProcess.START)).as(client.tail()).isZero();

    atServer.beginHalves();
    server.signal("TERM");
    atServer.allAreAnswered(server.tail());
    assertThat(server.awaitExit(AgentProcess.START)).as(server.tail()).isZero();
  }

  @Test
  void anUndeployAnswersWhatWaits() throws Exception {
    LibertyFolder folder =
        new LibertyFolder(agents.folder().resolve("usr"), "ear", Loopback.next())
            .set("comitia.server", "true")
            .set("comitia.bootstrap", "true")
            .prepareForRedeploy();
    try (LibertyProcess liberty = new LibertyProcess(folder)) {
      folder.deploy();
      Await.until(
          "it writes",
          AgentProcess.START,
          folder::tail,
          () -> folder.http().put("/v1/kv/ready", "x").body().strip().equals("true"));
      Parked waiting = new Parked(folder.address(), "ear").begin();
      waiting.allWait();
      waiting.beginHalves();
      folder.undeploy();
      waiting.allAreAnswered(folder.tail());
      assertThat(liberty.isAlive()).isTrue();
    }
  }
}
