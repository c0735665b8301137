package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A snapshot becomes the state of three running servers, and of another cluster. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RestoreIT {
  private static final Duration LONG = Duration.ofMinutes(3);

  @RegisterExtension static final Agents AGENTS = new Agents("restore");

  private static final List<AgentProcess> SERVERS = new ArrayList<>();
  private static final List<String> FLAGS = new ArrayList<>();
  private static Path folder;
  private static Path backup;
  private static String session;

  @BeforeAll
  static void start() throws Exception {
    folder = Files.createDirectories(AGENTS.folder().resolve("saved"));
    backup = folder.resolve("backup.snap");
    FLAGS.addAll(List.of("-server", "-bootstrap-expect=3"));
    for (String name : List.of("n1", "n2", "n3")) {
      SERVERS.add(AGENTS.create(name));
    }
    FLAGS.addAll(List.of("-retry-interval", "1s"));
    SERVERS.forEach(server -> FLAGS.addAll(List.of("-retry-join", server.address())));
    SERVERS.forEach(server -> server.start(FLAGS.toArray(String[]::new)));
    SERVERS.forEach(AgentProcess::awaitLeader);
    Agents.awaitAllVoters(SERVERS.toArray(AgentProcess[]::new));
    awaitLevel(SERVERS);
    write();
  }

  private static void awaitLevel(List<AgentProcess> servers) {
    servers.forEach(server -> server.awaitInfo("raft", "feature_level", "3"));
  }

  private static void write() throws IOException {
    Random random = new Random(1);
    byte[] bytes = new byte[200 * 1024];
    for (int i = 0; i < 10; i++) {
      random.nextBytes(bytes);
      put(SERVERS.get(0), "/v1/kv/large/" + i, Base64.getEncoder().encodeToString(bytes));
    }
    put(SERVERS.get(0), "/v1/kv/k", "old");
    put(SERVERS.get(1), "/v1/kv/named/%FF", "a name that is not UTF-8");
    session =
        put(SERVERS.get(0), "/v1/session/create", "{\"TTL\": \"3600s\"}")
            .json()
            .asJsonObject()
            .getString("ID");
    put(SERVERS.get(0), "/v1/kv/lock?acquire=" + session, "held");
  }

  private static Http.Answer put(AgentProcess agent, String path, String body) throws IOException {
    Http.Answer answer = agent.http().put(path, body);
    assertThat(answer.status()).as(path + ": " + answer.body()).isEqualTo(200);
    return answer;
  }

  private static AgentProcess follower() throws IOException {
    String leader = SERVERS.get(0).leader();
    return SERVERS.stream()
        .filter(server -> !server.serverAddress().equals(leader))
        .findFirst()
        .orElseThrow();
  }

  private static long index(Http.Answer answer) {
    return Long.parseLong(answer.raw().headers().firstValue("X-Consul-Index").orElseThrow());
  }

  private static List<Path> leftFiles() throws IOException {
    List<Path> left = new ArrayList<>();
    for (AgentProcess server : SERVERS) {
      try (Stream<Path> files = Files.list(server.dataDir())) {
        files.filter(f -> f.getFileName().toString().startsWith("restore-")).forEach(left::add);
      }
    }
    return left;
  }

  @Test
  @Order(1)
  void allServersShowTheOldStateAndWhoWaitsIsWoken() throws Exception {
    CommandLine.Result saved = CommandLine.at(SERVERS.get(0), "snapshot save", backup.toString());
    assertThat(saved.exitCode()).as(saved.toString()).isZero();
    put(SERVERS.get(0), "/v1/kv/k", "new");
    put(SERVERS.get(0), "/v1/kv/later", "x");
    put(SERVERS.get(0), "/v1/session/destroy/" + session, "");
    put(SERVERS.get(2), "/v1/agent/service/register", "{\"Name\": \"web\", \"Port\": 80}");
    long before = index(SERVERS.get(2).http().get("/v1/kv/large/3"));
    CompletableFuture<Http.Answer> waiting = new CompletableFuture<>();
    Thread waits =
        new Thread(
            () -> {
              try {
                waiting.complete(
                    SERVERS.get(2).http().get("/v1/kv/large/3?wait=110s&index=" + before));
              } catch (IOException e) {
                waiting.completeExceptionally(e);
              }
            });
    waits.start();
    SERVERS.get(2).awaitBlocking(1);

    CommandLine.Result restored = CommandLine.at(follower(), "snapshot restore", backup.toString());
    assertThat(restored.exitCode()).as(restored.toString()).isZero();
    assertThat(restored.out()).isEqualTo("Restored snapshot\n");

    Http.Answer woken = waiting.get(60, TimeUnit.SECONDS);
    assertThat(index(woken)).isGreaterThan(before);
    for (AgentProcess server : SERVERS) {
      assertThat(server.read("k", false)).isEqualTo("old");
      assertThat(server.http().get("/v1/kv/later").status()).isEqualTo(404);
      assertThat(server.http().get("/v1/kv/named/%FF?raw").body())
          .isEqualTo("a name that is not UTF-8");
      assertThat(index(server.http().get("/v1/kv/later"))).isGreaterThanOrEqualTo(index(woken));
      JsonObject lock = server.http().get("/v1/kv/lock").json().asJsonArray().getJsonObject(0);
      assertThat(lock.getString("Session")).isEqualTo(session);
      assertThat(server.http().get("/v1/session/info/" + session).json().asJsonArray()).hasSize(1);
    }
    assertThat(leftFiles()).isEmpty();
    // The leader and the agents put back what is theirs.
    Await.until(
        "the member's check is passing",
        AgentProcess.SOON,
        AGENTS::tails,
        () -> SERVERS.get(0).http().get("/v1/health/node/n3").body().contains("passing"));
  }

  @Test
  @Order(2)
  void aServerThatIsRestartedAtOnceHasIt() throws Exception {
    put(SERVERS.get(0), "/v1/kv/k", "newer");
    AgentProcess follower = follower();
    Http.Answer answer = follower.http().put("/v1/snapshot", backup, LONG);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
    follower.kill();
    follower.start(FLAGS.toArray(String[]::new)).awaitLeader();
    assertThat(follower.read("k", false)).isEqualTo("old");
    put(follower, "/v1/kv/behind", "it");
    Agents.awaitConverged(SERVERS.toArray(AgentProcess[]::new));
    for (AgentProcess server : SERVERS) {
      assertThat(server.read("behind", true)).isEqualTo("it");
    }
  }

  private static void isRefused(Path file, String reason) throws Exception {
    put(SERVERS.get(0), "/v1/kv/k", "kept");
    Http.Answer answer = follower().http().put("/v1/snapshot", file, LONG);
    assertThat(answer.status()).as(answer.body()).isEqualTo(500);
    assertThat(answer.body()).contains(reason);
    assertThat(SERVERS.get(0).read("k", false)).isEqualTo("kept");
    CommandLine.Result command =
        CommandLine.at(SERVERS.get(1), "snapshot restore", file.toString());
    assertThat(command.exitCode()).isEqualTo(1);
    assertThat(command.err()).startsWith("Error restoring snapshot: ").contains(reason);
  }

  @Test
  @Order(3)
  void whatIsDamagedOrNewerIsRefusedAndChangesNothing() throws Exception {
    byte[] bytes = Files.readAllBytes(backup);
    Path cut = Files.write(folder.resolve("cut.snap"), Arrays.copyOf(bytes, bytes.length - 9_000));
    isRefused(cut, "COM3041: the snapshot is damaged");
    byte[] content;
    try (InputStream in = new GZIPInputStream(Files.newInputStream(backup))) {
      content = in.readAllBytes();
    }
    content[content.length / 2] ^= 1;
    isRefused(packed("flipped.snap", content), "COM3041: the snapshot is damaged");
    content[content.length / 2] ^= 1;
    String text = new String(content, StandardCharsets.ISO_8859_1);
    assertThat(text).contains("\"Level\": 3");
    byte[] newer =
        text.replaceFirst("\"Level\": 3", "\"Level\": 9").getBytes(StandardCharsets.ISO_8859_1);
    isRefused(packed("newer.snap", newer), "COM3043: the snapshot is of a newer version");
    Path none = Files.writeString(folder.resolve("none.snap"), "nothing of the kind");
    Http.Answer refused = follower().http().put("/v1/snapshot", none, LONG);
    assertThat(refused.body()).contains("COM3041: the snapshot is damaged");
    assertThat(CommandLine.at(SERVERS.get(0), "snapshot restore", none.toString()).err())
        .isEqualTo(
            "Error opening snapshot file: " + none + " is no snapshot: it does not begin as one\n");
    assertThat(CommandLine.at(SERVERS.get(0), "snapshot restore", "missing.snap").err())
        .isEqualTo("Error opening snapshot file: open missing.snap: no such file or directory\n");
    assertThat(leftFiles()).isEmpty();
  }

  private static Path packed(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(content);
    }
    return file;
  }

  /** After all servers were lost: the indexes of the archive are higher than the new log's. */
  @Test
  @Order(4)
  void aNewClusterTakesItOver() throws Exception {
    SERVERS.forEach(AgentProcess::end);
    AgentProcess other = AGENTS.create("other").start("-server", "-bootstrap");
    other.awaitLeader();
    awaitLevel(List.of(other));
    CommandLine.Result restored = CommandLine.at(other, "snapshot restore", backup.toString());
    assertThat(restored.exitCode()).as(restored.toString()).isZero();
    assertThat(other.read("k", false)).isEqualTo("old");
    long index = index(other.http().get("/v1/kv/k"));
    put(other, "/v1/kv/k", "on");
    assertThat(index(other.http().get("/v1/kv/k"))).isGreaterThan(index);
    other.kill();
    other.start("-server").awaitLeader();
    assertThat(other.read("k", false)).isEqualTo("on");
    assertThat(other.http().get("/v1/kv/large/9?raw").body()).hasSizeGreaterThan(200 * 1024);
    Await.until(
        "the other cluster's servers are gone from the catalog",
        AgentProcess.SOON,
        other::tail,
        () -> !other.http().get("/v1/catalog/nodes").body().contains("\"n1\""));
  }
}
