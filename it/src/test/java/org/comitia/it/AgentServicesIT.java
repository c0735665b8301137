package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Services and checks of a client agent: by request and by file, followed by the catalog, brought
 * back after a crash, repaired, in maintenance, reloaded, and gone after a leave.
 */
class AgentServicesIT {
  private static final String DEFINED =
      """
      {"services": [{"id": "defined-1", "name": "defined", "port": 81,
        "checks": [{"check_id": "script", "args": ["sh", "-c", "echo it works"], "interval": "1s"}]}],
       "node_meta": {"rack": "r1"}, "enable_local_script_checks": true}
      """;

  @RegisterExtension final Agents agents = new Agents("agent-services");

  private AgentProcess server;
  private AgentProcess client;
  private Path file;

  @Test
  void theCatalogFollowsAnAgentThroughItsLife() throws Exception {
    server = agents.create("server").start("-server", "-bootstrap");
    client = agents.create("client");
    file = Files.writeString(agents.folder().resolve("services.json"), DEFINED);
    startClient();
    server.awaitLeader();
    client.awaitLeader();

    definitionsAndRequestsReachTheCatalog();
    waitsEndWithTheChange();
    healthIsAStatusCode();
    aReloadFollowsTheFileAndRepairsTheCatalog();
    aCrashForgetsNothing();
    aLeaveTakesAllOutOfTheCatalog();
    assertThat(client.errorLines()).as("standard error").isEmpty();
    assertThat(client.foreignLines()).as("standard output").isEmpty();
  }

  private void startClient() {
    client
        .start(
            "-retry-join",
            server.address(),
            "-retry-interval",
            "1s",
            "-rejoin",
            "-config-file",
            file.toString())
        .awaitHttp();
  }

  private void definitionsAndRequestsReachTheCatalog() throws Exception {
    awaitServices("defined-1");
    awaitCheck("script", "passing");
    put("/v1/agent/service/register", "{\"Name\":\"web\",\"Port\":80,\"Check\":{\"TTL\":\"1h\"}}");
    put("/v1/agent/check/register", "{\"Name\":\"disk\",\"TTL\":\"1h\",\"Status\":\"passing\"}");
    awaitServices("defined-1", "web");
    awaitCheck("service:web", "critical");
    put("/v1/agent/check/pass/service:web?note=fine", "");
    awaitCheck("service:web", "passing");
    awaitCheck("disk", "passing");
    JsonObject node = node().getJsonObject("Node");
    assertThat(node.getJsonObject("Meta").getString("rack")).isEqualTo("r1");
    assertThat(client.info("agent", "services")).isEqualTo("2");
  }

  private void waitsEndWithTheChange() throws Exception {
    Http.Answer now = client.http().get("/v1/agent/service/web");
    String hash = now.raw().headers().firstValue("X-Consul-ContentHash").orElseThrow();
    assertThat(now.json().asJsonObject().getString("ContentHash")).isEqualTo(hash);
    CompletableFuture<Http.Answer> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return client.http().get("/v1/agent/service/web?wait=10s&hash=" + hash);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    put(
        "/v1/agent/service/register",
        "{\"Name\":\"web\",\"Port\":8080,\"Check\":{\"TTL\":\"1h\"}}");
    assertThat(waiting.join().json().asJsonObject().getInt("Port")).isEqualTo(8080);
  }

  private void healthIsAStatusCode() throws Exception {
    assertHealth(200, "passing");
    put("/v1/agent/check/warn/service:web", "");
    assertHealth(429, "warning");
    put("/v1/agent/service/maintenance/web?enable=true&reason=upgrade", "");
    assertHealth(503, "maintenance");
    awaitCheck("_service_maintenance:web", "critical");
    put("/v1/agent/service/maintenance/web?enable=false", "");
    put("/v1/agent/maintenance?enable=true", "");
    assertHealth(503, "maintenance");
    awaitCheck("_node_maintenance", "critical");
    put("/v1/agent/maintenance?enable=false", "");
    put("/v1/agent/check/pass/service:web?note=fine", "");
    assertHealth(200, "passing");
    Await.until(
        "no maintenance in the catalog",
        AgentProcess.SOON,
        agents::tails,
        () -> checks().keySet().stream().noneMatch(id -> id.contains("maintenance")));
    assertThat(client.http().get("/v1/agent/health/service/id/no?format=text").status())
        .isEqualTo(404);
  }

  private void assertHealth(int code, String text) throws IOException {
    for (String by : new String[] {"id", "name"}) {
      Http.Answer answer = client.http().get("/v1/agent/health/service/" + by + "/web?format=text");
      assertThat(answer.body()).as(by + client.tail()).isEqualTo(text);
      assertThat(answer.status()).isEqualTo(code);
    }
  }

  private void aReloadFollowsTheFileAndRepairsTheCatalog() throws Exception {
    damageTheCatalog();
    Files.writeString(file, DEFINED.replace("defined", "renewed").replace("r1", "r2"));
    put("/v1/agent/reload", "");
    awaitServices("renewed-1", "web");
    awaitCheck("script", "passing");
    awaitCheck("service:web", "passing");
    assertThat(node().getJsonObject("Node").getJsonObject("Meta").getString("rack"))
        .isEqualTo("r2");
    assertThat(client.self().getJsonObject("Meta").getString("rack")).isEqualTo("r2");

    Files.writeString(file, "{\"service\": {\"port\": 1}}");
    Http.Answer refused = client.http().put("/v1/agent/reload", "");
    assertThat(refused.status()).isEqualTo(500);
    assertThat(refused.body()).isEqualTo(file + ": Missing service name");
    assertThat(client.logged("[DEBUG]")).as("log level").isFalse();

    Files.writeString(file, DEFINED.replaceFirst("\\{", "{\"log_level\": \"debug\", "));
    client.signal("HUP");
    awaitServices("defined-1", "web");
    client.awaitLog("[DEBUG]", AgentProcess.SOON);
  }

  private void damageTheCatalog() throws IOException {
    String named = "{\"Node\":\"client\",";
    assertThat(
            server.http().put("/v1/catalog/deregister", named + "\"ServiceID\":\"web\"}").status())
        .isEqualTo(200);
    String alien = "\"SkipNodeUpdate\":true,\"Service\":{\"Service\":\"alien\"}}";
    assertThat(server.http().put("/v1/catalog/register", named + alien).status()).isEqualTo(200);
  }

  private void aCrashForgetsNothing() throws Exception {
    client.kill();
    damageTheCatalog();
    startClient();
    awaitServices("defined-1", "web");
    awaitCheck("service:web", "passing");
    assertThat(checks().get("service:web").getString("Output")).isEqualTo("fine");
    assertThat(services().get("web").getInt("Port")).isEqualTo(8080);
    awaitCheck("disk", "critical"); // nobody has said anything yet
  }

  private void aLeaveTakesAllOutOfTheCatalog() throws Exception {
    client.signal("INT");
    assertThat(client.awaitExit(AgentProcess.STOP)).as(client.tail()).isZero();
    Await.until(
        "the node is out of the catalog",
        AgentProcess.SOON,
        agents::tails,
        () -> server.http().get("/v1/catalog/node/client").json() == JsonValue.NULL);
    startClient();
    awaitServices("defined-1", "web");
  }

  private void put(String path, String body) throws IOException {
    Http.Answer answer = client.http().put(path, body);
    assertThat(answer.status()).as(path + ": " + answer.body() + client.tail()).isEqualTo(200);
    assertThat(answer.body()).as(path).isEmpty();
  }

  private JsonObject node() throws IOException {
    return server.http().get("/v1/catalog/node/client").json().asJsonObject();
  }

  private Map<String, JsonObject> services() throws IOException {
    Map<String, JsonObject> services = new TreeMap<>();
    node()
        .getJsonObject("Services")
        .forEach((id, service) -> services.put(id, service.asJsonObject()));
    return services;
  }

  private Map<String, JsonObject> checks() throws IOException {
    Map<String, JsonObject> checks = new TreeMap<>();
    for (JsonValue check : server.http().get("/v1/health/node/client").json().asJsonArray()) {
      checks.put(check.asJsonObject().getString("CheckID"), check.asJsonObject());
    }
    return checks;
  }

  private void awaitServices(String... ids) {
    Await.until(
        "the catalog has exactly " + Set.of(ids),
        AgentProcess.SOON,
        agents::tails,
        () -> services().keySet().equals(Set.of(ids)));
  }

  private void awaitCheck(String id, String status) {
    Await.until(
        "check " + id + " is " + status + " in the catalog",
        AgentProcess.SOON,
        agents::tails,
        () -> checks().get(id).getString("Status").equals(status));
  }
}
