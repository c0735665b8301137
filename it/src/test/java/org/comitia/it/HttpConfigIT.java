package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consul's {@code http_config} and {@code limits} from a file, on a real server. */
class HttpConfigIT {
  private static final int LIMIT = 5;
  private static final AtomicInteger CHANGES = new AtomicInteger();

  @RegisterExtension static final Agents AGENTS = new Agents("http-config");

  private static final ExecutorService CLIENTS = Executors.newFixedThreadPool(2 * LIMIT);
  private static InetSocketAddress server;

  @BeforeAll
  static void server() throws IOException {
    Path file = AGENTS.folder().resolve("http.json");
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        """
        {"http_config": {"response_headers": {"Access-Control-Allow-Origin": "*"},
                         "block_endpoints": ["/v1/agent/leave"],
                         "body_timeout": "2s", "max_header_bytes": 20000,
                         "allowed_hosts": ["consul.example.com"],
                         "allow_write_http_from": ["127.0.0.0/8"]},
         "limits": {"http_max_conns_per_client": %d},
         "state_limit": "4000000"}
        """
            .formatted(LIMIT));
    AgentProcess agent =
        AGENTS
            .create("config")
            .start("-server", "-bootstrap", "-config-file", file.toString())
            .awaitLeader();
    server = new InetSocketAddress(agent.address(), 8500);
    agent.mustPut("watched", "0");
  }

  @AfterAll
  static void end() {
    CLIENTS.shutdownNow();
  }

  private static RawHttp.Answer send(String method, String target, String body) throws IOException {
    return RawHttp.send(
        server, method, target, body == null ? null : body.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void headersAreOnEveryAnswerAndSomePathsAreBlocked() throws IOException {
    for (String target : List.of("/", "/v1/status/leader", "/v1/kv/none", "/nope")) {
      assertThat(send("GET", target, null).header("Access-Control-Allow-Origin")).isEqualTo("*");
    }
    RawHttp.Answer blocked = send("PUT", "/v1/agent/leave", null);
    assertThat(blocked.status()).isEqualTo(403);
    assertThat(blocked.body()).isEqualTo("Endpoint is blocked by agent configuration");
    assertThat(send("PUT", "/v1/kv/written", "x").body()).isEqualTo("true");
  }

  @Test
  void aFullStateIsA429AndDeletionsMakeRoom() throws IOException {
    String value = "x".repeat(500_000);
    RawHttp.Answer answer = send("PUT", "/v1/kv/full/0", value);
    for (int i = 1; answer.status() == 200 && i < 20; i++) {
      answer = send("PUT", "/v1/kv/full/" + i, value);
    }
    assertThat(answer.status()).isEqualTo(429);
    assertThat(answer.header("Retry-After")).isEqualTo("1");
    assertThat(answer.body()).contains("limit");
    assertThat(send("DELETE", "/v1/kv/full/?recurse", null).body()).isEqualTo("true");
    assertThat(send("PUT", "/v1/kv/full/0", value).body()).isEqualTo("true");
    assertThat(send("DELETE", "/v1/kv/full/?recurse", null).body()).isEqualTo("true");
  }

  @Test
  void aBodyThatDoesNotComeWholeEndsWithATimeout() throws IOException {
    for (String path : List.of("/v1/kv/half", "/v1/catalog/register")) {
      for (String body : List.of("", "half")) {
        try (RawHttp http = new RawHttp(server)) {
          http.begin("PUT " + path + " HTTP/1.1\r\nHost: it\r\nContent-Length: 5\r\n\r\n" + body);
          RawHttp.Answer answer = http.answer();
          assertThat(answer.status()).isEqualTo(408);
          assertThat(answer.body()).startsWith("COM4018: the body did not come in time: ");
          assertThat(answer.header("Connection")).isEqualToIgnoringCase("close");
        }
      }
    }
    assertThat(send("GET", "/v1/kv/half", null).status()).isEqualTo(404);
  }

  @Test
  void aHeaderMayBeAsLongAsTheFileSays() throws IOException {
    String shorter = "X-Long: " + "a".repeat(19_000);
    String longer = "X-Long: " + "a".repeat(20_001);
    assertThat(RawHttp.send(server, "GET", "/v1/status/leader", null, shorter).status())
        .isEqualTo(200);
    assertThat(RawHttp.send(server, "GET", "/v1/status/leader", null, longer).status())
        .isEqualTo(400);
  }

  @Test
  void anotherNameIsAllowed() throws IOException {
    try (RawHttp http = new RawHttp(server)) {
      http.begin("GET /v1/status/leader HTTP/1.1\r\nHost: consul.example.com\r\n\r\n");
      assertThat(http.answer().status()).isEqualTo(200);
    }
  }

  /** One way is a servlet's, the other that of JAX-RS. */
  @ParameterizedTest
  @ValueSource(strings = {"/v1/kv/watched", "/v1/catalog/nodes"})
  void aClientHasABoundedNumberUnderWay(String path) throws Exception {
    for (int round = 0; round < 2; round++) {
      String index = send("GET", path, null).header("X-Consul-Index");
      List<RawHttp.Answer> refused = new ArrayList<>();
      List<CompletableFuture<RawHttp.Answer>> waiting = new ArrayList<>();
      for (int i = 0; i < 2 * LIMIT; i++) {
        waiting.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return send("GET", path + "?wait=60s&index=" + index, null);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                },
                CLIENTS));
      }
      Await.until(
          "all above the limit are refused",
          AgentProcess.SOON,
          () -> waiting.toString(),
          () -> waiting.stream().filter(CompletableFuture::isDone).count() == LIMIT);
      for (CompletableFuture<RawHttp.Answer> one : waiting) {
        if (one.isDone()) {
          refused.add(one.get());
        }
      }
      assertThat(refused)
          .allSatisfy(
              answer -> {
                assertThat(answer.status()).isEqualTo(429);
                assertThat(answer.body())
                    .isEqualTo(
                        "Your IP is issuing too many concurrent connections, please rate limit your"
                            + " calls\n");
              });
      // They come from one address; another is not concerned.
      assertThat(change()).isEqualTo(200);
      for (CompletableFuture<RawHttp.Answer> one : waiting) {
        assertThat(one.get(30, TimeUnit.SECONDS).status()).isIn(200, 429);
      }
      assertThat(waiting.stream().filter(one -> one.join().status() == 200)).hasSize(LIMIT);
    }
  }

  /** Writes what was not there, from another address of loopback. @return the worse status */
  private static int change() throws IOException {
    int change = CHANGES.incrementAndGet();
    String node = "{\"Node\":\"n%d\",\"Address\":\"192.0.2.1\"}".formatted(change);
    return Math.max(
        from("127.0.0.77", "/v1/kv/watched", "change " + change),
        from("127.0.0.77", "/v1/catalog/register", node));
  }

  private static int from(String address, String target, String body) throws IOException {
    try (Socket socket = new Socket()) {
      socket.bind(new InetSocketAddress(address, 0));
      socket.connect(server);
      socket.setSoTimeout(30_000);
      socket
          .getOutputStream()
          .write(
              "PUT %s HTTP/1.1\r\nHost: it\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(target, body.length(), body)
                  .getBytes(StandardCharsets.US_ASCII));
      String begin = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
      return Integer.parseInt(begin.substring(9));
    }
  }
}
