package org.comitia.it.clients;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.comitia.it.Await;
import org.comitia.it.Http;
import org.comitia.it.OnThreeServers;
import org.comitia.it.ThreeServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Spring Cloud Consul in an application of its own ({@code it/clients/spring}): it takes its
 * configuration from the key/value store and follows it, registers itself with an HTTP check, finds
 * other services, and deregisters when it stops.
 */
@OnThreeServers
class SpringCloudConsulIT {
  private static final Duration START = Duration.ofSeconds(120);
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String GREETING = "/v1/kv/config/orders/greeting";

  @TempDir Path folder;

  @Test
  void anApplicationIsConfiguredFoundAndFindsOthers(ThreeServers servers) throws Exception {
    put(servers, GREETING, "hello");
    try (ClientProcess app = ClientProcess.start(folder.resolve("app.out"), command(servers))) {
      Await.until(
          "the application is found on another server, passing",
          START,
          () -> app.output() + servers.tails(),
          () -> {
            app.failWhenEnded();
            return passing(servers).size() == 1;
          });
      JsonObject service = passing(servers).getJsonObject(0).getJsonObject("Service");
      Http orders = new Http(service.getString("Address") + ":" + service.getInt("Port"));
      assertThat(orders.get("/greeting").body()).as(app.output()).isEqualTo("hello");

      put(servers, GREETING, "good evening");
      Await.until(
          "the application follows its configuration",
          SOON,
          () -> app.output() + servers.tails(),
          () -> orders.get("/greeting").body().equals("good evening"));

      try (LocalService first =
              new LocalService(servers.http(2), "stock", "stock-1", "127.0.0.21", 7001);
          LocalService second =
              new LocalService(servers.http(3), "stock", "stock-2", "127.0.0.22", 7002)) {
        first.passes();
        second.passes();
        awaitStock(servers, app, orders, "[\"127.0.0.21:7001\",\"127.0.0.22:7002\"]");
        assertThat(orders.get("/services").body()).contains("\"orders\"", "\"stock\"");
        assertThat(orders.get("/choice/stock").body()).isIn("127.0.0.21:7001", "127.0.0.22:7002");
        first.fails();
        awaitStock(servers, app, orders, "[\"127.0.0.22:7002\"]");
      }
      awaitStock(servers, app, orders, "[]");
      assertThat(orders.get("/choice/stock").body()).isEqualTo("none");

      app.terminate();
      Await.until(
          "the application deregistered itself",
          SOON,
          () -> app.output() + servers.tails(),
          () -> servers.http(2).get("/v1/catalog/service/orders").json().asJsonArray().isEmpty());
    }
  }

  private static List<String> command(ThreeServers servers) {
    Path module = ClientProcess.folder("spring").resolve("target");
    assertThat(module.resolve("lib")).as("built by the module it/clients/spring").exists();
    return List.of(
        ProcessHandle.current().info().command().orElse("java"),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xmx256m",
        "-cp",
        module.resolve("classes") + ":" + module.resolve("lib") + "/*",
        "org.comitia.it.spring.OrdersApplication",
        "--spring.cloud.consul.host=" + servers.host(1),
        "--spring.cloud.consul.port=" + ThreeServers.PORT,
        "--spring.cloud.consul.discovery.prefer-ip-address=true",
        "--spring.cloud.consul.discovery.ip-address=127.0.0.1",
        "--server.address=127.0.0.1",
        "--server.port=0");
  }

  private static void put(ThreeServers servers, String path, String value) throws IOException {
    assertThat(servers.http(1).put(path, value).body()).isEqualToIgnoringWhitespace("true");
  }

  private static JsonArray passing(ThreeServers servers) throws IOException {
    return servers.http(2).get("/v1/health/service/orders?passing").json().asJsonArray();
  }

  private static void awaitStock(
      ThreeServers servers, ClientProcess app, Http orders, String instances) {
    Await.until(
        "the application finds " + instances,
        SOON,
        () -> app.output() + servers.tails(),
        () -> orders.get("/instances/stock").body().equals(instances));
  }
}
