package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Blocking reads on a real server, on the way of a servlet (KV) and on that of JAX-RS (the others):
 * they hold no thread, one change answers them all, and a client that has gone is forgotten.
 */
class BlockingReadsIT {
  private static final int WATCHERS = 400;

  @RegisterExtension static final Agents AGENTS = new Agents("blocking-reads");

  private static AgentProcess agent;
  private static InetSocketAddress server;
  private static long idleFiles;

  private final List<Socket> sockets = new ArrayList<>();

  @BeforeAll
  static void start() throws IOException {
    Path limits = AGENTS.folder().resolve("limits.json");
    Files.createDirectories(limits.getParent());
    Files.writeString(
        limits, "{\"limits\": {\"http_max_conns_per_client\": %d}}".formatted(WATCHERS * 2));
    agent =
        AGENTS
            .create("blocking")
            .start("-server", "-bootstrap", "-config-file", limits.toString())
            .awaitLeader();
    server = new InetSocketAddress(agent.address(), 8500);
    idleFiles = openFiles();
  }

  /** Each begins with the same values, and with no connection left of the one before it. */
  @BeforeEach
  void prepare() throws IOException {
    Await.until(
        "the connections of the test before are closed",
        Duration.ofSeconds(60),
        agent::tail,
        () -> openFiles() < idleFiles + WATCHERS / 8);
    agent.mustPut("watched", "before");
    register("before");
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private void register(String output) throws IOException {
    String body =
        """
        {"Node":"watched","Address":"192.0.2.1","Service":{"Service":"watched"},
         "Check":{"CheckID":"c","Name":"c","ServiceID":"watched","Status":"passing","Output":"%s"}}
        """
            .formatted(output);
    RawHttp.Answer answer =
        RawHttp.send(server, "PUT", "/v1/catalog/register", body.getBytes(StandardCharsets.UTF_8));
    assertThat(answer.body()).isEqualTo("true");
  }

  /** Sends a request that waits, on a connection of its own, and does not wait for the answer. */
  private void block(String path, String index, String wait) throws IOException {
    Socket socket = new Socket();
    socket.connect(server);
    socket.setSoTimeout(30_000);
    socket
        .getOutputStream()
        .write(
            "GET %s?index=%s&wait=%s HTTP/1.1\r\nHost: it\r\n\r\n"
                .formatted(path, index, wait)
                .getBytes(StandardCharsets.US_ASCII));
    sockets.add(socket);
  }

  private String index(String path) throws IOException {
    return RawHttp.send(server, "GET", path, null).header("X-Consul-Index");
  }

  private int threads() throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(agent.pid()), "status")).stream()
        .filter(line -> line.startsWith("Threads:"))
        .map(line -> Integer.parseInt(line.substring("Threads:".length()).strip()))
        .findFirst()
        .orElseThrow();
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(agent.pid()), "fd"))) {
      return files.count();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/kv/watched", "/v1/health/service/watched"})
  void manyHoldNoThreadAndOneChangeAnswersAll(String path) throws IOException {
    String index = index(path);
    for (int i = 0; i < WATCHERS; i++) {
      block(path, index, "10m");
    }
    agent.awaitBlocking(WATCHERS);
    assertThat(threads()).isLessThan(WATCHERS / 2);

    agent.mustPut("watched", "after");
    register("after");

    for (Socket socket : sockets) {
      byte[] begin = socket.getInputStream().readNBytes(12);
      assertThat(new String(begin, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
    }
    String next = index(path);
    assertThat(Long.parseLong(next)).isGreaterThan(Long.parseLong(index));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/kv/watched", "/v1/health/service/watched"})
  void aClientThatHasGoneIsForgottenAtTheEndOfItsWait(String path) throws IOException {
    String index = index(path);
    for (int i = 0; i < WATCHERS; i++) {
      block(path, index, "40s");
    }
    agent.awaitBlocking(WATCHERS);
    long files = openFiles();

    close();

    Await.until(
        "no query waits, no connection is left",
        Duration.ofSeconds(90),
        agent::tail,
        () -> agent.blocking() == 0 && openFiles() < files - WATCHERS * 3 / 4);
    assertThat(RawHttp.send(server, "GET", "/v1/kv/watched?raw", null).body()).isEqualTo("before");
  }
}
