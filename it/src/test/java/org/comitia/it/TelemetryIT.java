package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a server and a client agent tell of themselves and of each other: log, figures, user events,
 * network coordinates.
 */
class TelemetryIT {
  @RegisterExtension static final Agents agents = new Agents("telemetry");

  /** Coordinates are told every 15 to 30 s, figures every 10 s. */
  private static final Duration TOLD = Duration.ofSeconds(90);

  private static AgentProcess server;
  private static AgentProcess client;

  @BeforeAll
  static void startAServerAndAClient() {
    server = agents.create("a");
    client = agents.create("d");
    server.start("-server", "-bootstrap");
    client.start("-retry-join", server.address(), "-retry-interval", "1s");
    server.awaitLeader();
    client.awaitLeader();
  }

  private static JsonArray list(AgentProcess agent, String path) throws IOException {
    Http.Answer answer = agent.http().get(path);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json().asJsonArray();
  }

  @Test
  void theLogIsStreamed() throws Exception {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://" + server.address() + ":8500/v1/agent/monitor?loglevel=debug")
                .toURL()
                .openConnection();
    connection.setReadTimeout(60_000);
    try (InputStream in = connection.getInputStream()) {
      assertThat(connection.getResponseCode()).isEqualTo(200);
      assertThat(connection.getContentType()).isEqualTo("text/plain; charset=utf-8");
      // a log line of the agent's
      assertThat(server.http().put("/v1/event/fire/monitored", "").status()).isEqualTo(200);
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      String line = lines.readLine();
      while (!line.contains("event_name=monitored")) {
        line = lines.readLine();
      }
      assertThat(line).contains("Z [DEBUG] agent: new user event: event_name=monitored event_id=");
    } finally {
      connection.disconnect();
    }
    Http.Answer refused = server.http().get("/v1/agent/monitor?loglevel=loud");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.body()).isEqualTo("Bad request: Unknown log level: loud");
  }

  @Test
  void figuresCountWhatHappened() throws Exception {
    server.mustPut("counted", "1");
    Await.until(
        "a write is in the figures",
        TOLD,
        agents::tails,
        () -> {
          server.mustPut("counted", "1");
          JsonObject report = server.http().get("/v1/agent/metrics").json().asJsonObject();
          boolean applied =
              report.getJsonArray("Counters").getValuesAs(JsonObject.class).stream()
                  .anyMatch(c -> c.getString("Name").equals("consul.raft.apply"));
          boolean requested =
              report.getJsonArray("Samples").getValuesAs(JsonObject.class).stream()
                  .anyMatch(
                      s ->
                          s.getString("Name").equals("consul.api.http")
                              && s.getJsonObject("Labels").getString("path").equals("v1_kv_")
                              && s.getJsonObject("Labels").getString("method").equals("PUT"));
          return applied && requested;
        });
    JsonObject report = server.http().get("/v1/agent/metrics").json().asJsonObject();
    assertThat(report.keySet())
        .containsExactly("Timestamp", "Gauges", "Points", "Counters", "Samples");
    assertThat(report.getJsonArray("Gauges").getValuesAs(JsonObject.class))
        .extracting(gauge -> gauge.getString("Name"))
        .contains("consul.raft.last_snapshot_index", "consul.raft.fsm.feature_level");
    Http.Answer off = server.http().get("/v1/agent/metrics?format=prometheus");
    assertThat(off.status()).isEqualTo(415);
    assertThat(off.body())
        .isEqualTo("Prometheus is not enabled since its retention time is not positive");
  }

  @Test
  void eventsReachEveryAgentTheyConcern() throws Exception {
    String index =
        client
            .http()
            .get("/v1/event/list?name=deploy")
            .raw()
            .headers()
            .firstValue("X-Consul-Index")
            .orElseThrow();
    assertThat(index).isEqualTo("1");
    CompletableFuture<Http.Answer> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return client.http().get("/v1/event/list?name=deploy&index=1&wait=60s");
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    JsonObject fired =
        server.http().put("/v1/event/fire/deploy?node=d", "v2").json().asJsonObject();
    assertThat(fired.getString("Payload")).isEqualTo("djI=");
    assertThat(fired.getInt("LTime")).isZero();
    Http.Answer seen = waiting.get(60, TimeUnit.SECONDS);
    JsonObject event = seen.json().asJsonArray().getJsonObject(0);
    assertThat(event.getString("ID")).isEqualTo(fired.getString("ID"));
    assertThat(event.getString("NodeFilter")).isEqualTo("d");
    assertThat(event.getInt("LTime")).isPositive();
    assertThat(list(server, "/v1/event/list?name=deploy")).isEmpty();
    Http.Answer wrong = server.http().put("/v1/event/fire/deploy?tag=x", "");
    assertThat(wrong.status()).isEqualTo(500);
    assertThat(wrong.body()).isEqualTo("Cannot provide tag filter without service filter");
  }

  @Test
  void agentsFindOutWhereTheyAre() throws Exception {
    Await.until(
        "both agents' coordinates are in the catalog and not at the origin",
        TOLD,
        agents::tails,
        () ->
            list(client, "/v1/coordinate/nodes").getValuesAs(JsonObject.class).stream()
                    .filter(
                        node ->
                            node.getJsonObject("Coord").getJsonNumber("Error").doubleValue() < 1.5)
                    .count()
                == 2);
    JsonObject own = list(server, "/v1/coordinate/node/d").getJsonObject(0).getJsonObject("Coord");
    assertThat(own.getJsonArray("Vec")).hasSize(8);
    assertThat(own.keySet()).containsExactly("Vec", "Error", "Adjustment", "Height");
    assertThat(server.http().get("/v1/coordinate/node/nobody").status()).isEqualTo(404);
    JsonObject datacenter = list(server, "/v1/coordinate/datacenters").getJsonObject(0);
    assertThat(datacenter.getString("Datacenter")).isEqualTo("dc1");
    assertThat(datacenter.getJsonArray("Coordinates").getJsonObject(0).getString("Node"))
        .isEqualTo("a.dc1");

    // far away by somebody's word: last from the server's point of view
    String body =
        "{\"Node\":\"far\",\"Coord\":{\"Vec\":[9,9,9,9,9,9,9,9],\"Error\":0.1,\"Height\":0.001}}";
    assertThat(
            server
                .http()
                .put("/v1/catalog/register", "{\"Node\":\"far\",\"Address\":\"10.1.1.1\"}")
                .status())
        .isEqualTo(200);
    assertThat(server.http().put("/v1/coordinate/update", body).status()).isEqualTo(200);
    assertThat(names("/v1/catalog/nodes?near=a")).endsWith("far").startsWith("a");
    assertThat(names("/v1/catalog/nodes?near=far")).startsWith("far");
    assertThat(names("/v1/catalog/nodes?near=_agent")).startsWith("a").endsWith("far");
    Http.Answer other = server.http().put("/v1/coordinate/update", "{\"Node\":\"a\"}");
    assertThat(other.status()).isEqualTo(500);
    assertThat(other.body()).isEqualTo("incompatible coordinate");
  }

  private static java.util.List<String> names(String path) throws IOException {
    return list(server, path).getValuesAs(JsonObject.class).stream()
        .map(node -> node.getString("Node"))
        .toList();
  }
}
