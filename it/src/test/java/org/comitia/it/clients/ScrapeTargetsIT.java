package org.comitia.it.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.comitia.it.Await;
import org.comitia.it.Http;
import org.comitia.it.OnThreeServers;
import org.comitia.it.ThreeServers;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Prometheus' {@code consul_sd_configs}: targets come, are scraped, and go. Debian builds its
 * Prometheus without this discovery, so it is VictoriaMetrics, which takes the same configuration
 * and answers the same API, with a client of its own.
 */
@Tag("debian")
@OnThreeServers
class ScrapeTargetsIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void targetsComeAndGo(ThreeServers servers) throws Exception {
    Path scraper = Path.of("/usr/bin/victoria-metrics");
    assertThat(Files.isExecutable(scraper)).as("Debian's victoria-metrics is installed").isTrue();
    HttpServer exporter = exporter();
    int metrics = exporter.getAddress().getPort();
    String address = "127.0.0.1:" + freePort();
    Files.writeString(folder.resolve("scrape.yml"), configuration(servers));
    List<String> command =
        List.of(
            scraper.toString(),
            "-promscrape.config=" + folder.resolve("scrape.yml"),
            "-promscrape.consulSDCheckInterval=1s",
            "-storageDataPath=" + folder.resolve("data"),
            "-search.latencyOffset=0s",
            "-httpListenAddr=" + address);
    try (ClientProcess process = ClientProcess.start(folder.resolve("scraper.out"), command)) {
      Http api = new Http(address);
      awaitTargets(process, servers, api, Map.of());
      try (LocalService up =
          new LocalService(servers.http(1), "exporter", "exporter-1", "127.0.0.1", metrics)) {
        awaitTargets(process, servers, api, Map.of("127.0.0.1:" + metrics, "up n1 it"));
        try (LocalService down =
            new LocalService(servers.http(2), "exporter", "exporter-2", "127.0.0.1", 1)) {
          awaitTargets(
              process,
              servers,
              api,
              Map.of("127.0.0.1:" + metrics, "up n1 it", "127.0.0.1:1", "down n2 it"));
        }
        awaitTargets(process, servers, api, Map.of("127.0.0.1:" + metrics, "up n1 it"));
        Await.until(
            "a scraped value is found",
            SOON,
            process::output,
            () -> api.get("/api/v1/query?query=answers_total").body().contains("\"42\""));
      }
      awaitTargets(process, servers, api, Map.of());
    } finally {
      exporter.stop(0);
    }
  }

  private static String configuration(ThreeServers servers) {
    return """
        global:
          scrape_interval: 1s
          scrape_timeout: 1s
        scrape_configs:
          - job_name: found
            consul_sd_configs:
              - server: '%s'
                services: ['exporter']
                tags: ['it']
            relabel_configs:
              - source_labels: [__meta_consul_node]
                target_label: node
              - source_labels: [__meta_consul_tags]
                regex: ',(.*),'
                target_label: tags
        """
        .formatted(servers.address(3));
  }

  private static HttpServer exporter() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          byte[] body =
              "# TYPE answers_total counter\nanswers_total 42\n".getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void awaitTargets(
      ClientProcess process, ThreeServers servers, Http api, Map<String, String> wanted) {
    Await.until(
        "the scraper has the targets " + wanted,
        SOON,
        () -> targetsOrWhyNot(api) + "\n" + process.output() + servers.tails(),
        () -> {
          process.failWhenEnded();
          return targets(api).equals(wanted);
        });
  }

  /** The active targets: {@code host:port} to {@code health node tags}. */
  private static Map<String, String> targets(Http api) throws IOException {
    Map<String, String> targets = new TreeMap<>();
    JsonObject data =
        api.get("/api/v1/targets?state=active").json().asJsonObject().getJsonObject("data");
    for (JsonObject target : data.getJsonArray("activeTargets").getValuesAs(JsonObject.class)) {
      JsonObject labels = target.getJsonObject("labels");
      targets.put(
          labels.getString("instance"),
          target.getString("health")
              + " "
              + labels.getString("node")
              + " "
              + labels.getString("tags"));
    }
    return targets;
  }

  private static String targetsOrWhyNot(Http api) {
    try {
      return "targets: " + targets(api);
    } catch (IOException | RuntimeException e) {
      return "no targets: " + e;
    }
  }
}
