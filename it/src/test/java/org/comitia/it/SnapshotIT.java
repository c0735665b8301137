package org.comitia.it;

import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Snapshots of three servers, by curl and by the command, opened by the system's own tools. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SnapshotIT {
  /** Some 18 MiB when they are packed: more than what waits in the sockets of one client. */
  private static final int LARGE_KEYS = 60;

  @RegisterExtension static final Agents AGENTS = new Agents("snapshot");

  private static final List<AgentProcess> SERVERS = new ArrayList<>();
  private static AgentProcess client;
  private static Path folder;

  @BeforeAll
  static void start() throws Exception {
    folder = Files.createDirectories(AGENTS.folder().resolve("saved"));
    List<String> flags = new ArrayList<>(List.of("-server", "-bootstrap-expect=3"));
    for (String name : List.of("n1", "n2", "n3")) {
      SERVERS.add(AGENTS.create(name));
    }
    List<String> join = new ArrayList<>(List.of("-retry-interval", "1s"));
    SERVERS.forEach(server -> join.addAll(List.of("-retry-join", server.address())));
    flags.addAll(join);
    SERVERS.forEach(server -> server.start(flags.toArray(String[]::new)));
    client = AGENTS.create("client").start(join.toArray(String[]::new));
    SERVERS.forEach(AgentProcess::awaitLeader);
    Agents.awaitAllVoters(SERVERS.toArray(AgentProcess[]::new));
    client.awaitLeader();
    write();
  }

  private static void write() throws IOException {
    Random random = new Random(1);
    byte[] bytes = new byte[300 * 1024];
    for (int i = 0; i < LARGE_KEYS; i++) {
      random.nextBytes(bytes);
      put(SERVERS.get(0), "/v1/kv/large/" + i, Base64.getEncoder().encodeToString(bytes));
    }
    put(SERVERS.get(0), "/v1/agent/service/register", "{\"Name\": \"web\", \"Port\": 80}");
    put(SERVERS.get(0), "/v1/session/create", "{\"Name\": \"lock\"}");
    put(client, "/v1/kv/named/%FF", "a name that is not UTF-8");
  }

  private static void put(AgentProcess agent, String path, String body) throws IOException {
    Http.Answer answer = agent.http().put(path, body);
    assertThat(answer.status()).as(path + ": " + answer.body()).isEqualTo(200);
  }

  private static AgentProcess follower() throws IOException {
    String leader = SERVERS.get(0).leader();
    return SERVERS.stream()
        .filter(server -> !server.serverAddress().equals(leader))
        .findFirst()
        .orElseThrow();
  }

  private static String run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private static String url(AgentProcess agent) {
    return "http://" + agent.address() + ":8500/v1/snapshot";
  }

  @Test
  @Order(1)
  void curlTakesOneOfAFollowerWithEachAcknowledgedWrite() throws Exception {
    put(SERVERS.get(0), "/v1/kv/last", "written just now");
    String curl = run("curl", "-sS", "-D", "-", "-o", "curl.snap", url(follower()));
    assertThat(curl)
        .startsWith("HTTP/1.1 200")
        .containsIgnoringCase("\r\nContent-Type: application/x-gzip\r\n")
        .containsIgnoringCase("\r\nX-Consul-KnownLeader: true\r\n")
        .containsIgnoringCase("\r\nX-Consul-LastContact: ")
        .doesNotContainIgnoringCase("Content-Encoding");
    assertThat(run("tar", "tzf", "curl.snap")).isEqualTo("meta.json\nstate.bin\nSHA256SUMS\n");
    run("tar", "xzf", "curl.snap");
    assertThat(run("sha256sum", "-c", "SHA256SUMS")).isEqualTo("meta.json: OK\nstate.bin: OK\n");
    String meta = Files.readString(folder.resolve("meta.json"));
    assertThat(meta)
        .contains("\"Format\": \"comitia-snapshot\"")
        .contains("\"Datacenter\": \"dc1\"")
        .contains("\"Name\": \"n3\"")
        .contains("\"kv\": " + (LARGE_KEYS + 2));
    String index = meta.replaceAll("(?s).*\"Index\": (\\d+).*", "$1");
    assertThat(curl).containsIgnoringCase("\r\nX-Consul-Index: " + index + "\r\n");
  }

  @Test
  @Order(2)
  void theCommandSavesAndInspects() throws Exception {
    Path file = folder.resolve("backup.snap");
    CommandLine.Result saved = CommandLine.at(SERVERS.get(1), "snapshot save", file.toString());
    assertThat(saved.exitCode()).as(saved.toString()).isZero();
    assertThat(saved.out()).matches("Saved and verified snapshot to index \\d+\n");
    assertThat(Files.getPosixFilePermissions(file)).containsOnly(OWNER_READ, OWNER_WRITE);
    assertThat(folder.resolve("backup.snap.tmp")).doesNotExist();

    CommandLine.Result shown = CommandLine.run("snapshot", "inspect", file.toString());
    assertThat(shown.exitCode()).as(shown.toString()).isZero();
    String index = saved.out().replaceAll("\\D", "");
    assertThat(shown.out())
        .containsPattern("(?m)^ Index +" + index + "$")
        .containsPattern("(?m)^ kv +" + (LARGE_KEYS + 2) + " +23\\.\\dMB *$")
        .containsPattern("(?m)^ sessions +1 +\\d+B *$")
        .containsPattern("(?m)^ nodes +4 ");

    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Path flipped = Files.write(folder.resolve("flipped.snap"), bytes);
    CommandLine.Result refused = CommandLine.run("snapshot", "inspect", flipped.toString());
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err())
        .startsWith("Error reading snapshot: COM3041: the snapshot is damaged")
        .contains("state.bin: ");
  }

  @Test
  @Order(3)
  void aClientAgentSaysWhomToAsk() throws Exception {
    Http.Answer answer = client.http().get("/v1/snapshot");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).startsWith("COM4041: ").contains(SERVERS.get(0).address());
    CommandLine.Result result =
        CommandLine.at(client, "snapshot save", folder.resolve("none.snap").toString());
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .startsWith("Error saving snapshot: Unexpected response code: 500 (COM4041: ");
    assertThat(folder.resolve("none.snap")).doesNotExist();
    Http.Answer refused = client.http().put("/v1/snapshot", "an archive");
    assertThat(refused.status()).isEqualTo(500);
    assertThat(refused.body()).startsWith("COM4050: ").contains(SERVERS.get(0).address());
    assertThat(client.http().post("/v1/snapshot").status()).isEqualTo(405);
    assertThat(SERVERS.get(0).http().get("/v1/snapshot?dc=dc2").body())
        .isEqualTo("No path to datacenter");
  }

  @Test
  @Order(4)
  void oneOfTheAgentsSavesAgainAndAgain() throws Exception {
    Path first = Files.createDirectories(folder.resolve("first"));
    Path second = Files.createDirectories(folder.resolve("second"));
    try (RunningCommand holder = snapshotAgent(SERVERS.get(0), first)) {
      holder.awaitPrinted("deleted " + first);
      try (RunningCommand waiting = snapshotAgent(SERVERS.get(1), second)) {
        waiting.awaitPrinted("waiting for the lock consul-snapshot/lock");
        assertThat(files(second)).isEmpty();
        assertThat(holder.signal("TERM").awaitExit()).as(holder.printed()).isZero();
        waiting.awaitPrinted("saved and verified " + second);
        assertThat(waiting.signal("INT").awaitExit()).as(waiting.printed()).isZero();
      }
    }
    List<Path> kept = files(first);
    assertThat(kept).isNotEmpty().hasSizeLessThanOrEqualTo(2);
    for (Path file : kept) {
      assertThat(file.getFileName().toString()).matches("comitia-\\d{8}T\\d{6}\\.\\d{3}Z\\.snap");
      assertThat(Files.getPosixFilePermissions(file)).containsOnly(OWNER_READ, OWNER_WRITE);
      assertThat(CommandLine.run("snapshot", "inspect", file.toString()).exitCode()).isZero();
    }
    assertThat(SERVERS.get(0).http().get("/v1/kv/consul-snapshot/lock").body())
        .as("nobody holds it")
        .doesNotContain("\"Session\"");
  }

  private static RunningCommand snapshotAgent(AgentProcess at, Path into) {
    return RunningCommand.at(
        at, folder, "snapshot agent", "-interval=1s", "-retain=2", "-local-path=" + into);
  }

  private static List<Path> files(Path in) throws IOException {
    try (Stream<Path> files = Files.list(in)) {
      return files.toList();
    }
  }

  /** They hold a version of the state each, and no thread. */
  @Test
  @Order(5)
  void clientsThatTakeNothingAreFewAndGiveTheirPlaceBack() throws Exception {
    AgentProcess server = SERVERS.get(0);
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        Socket socket = new Socket(server.address(), 8500);
        slow.add(socket);
        socket
            .getOutputStream()
            .write("GET /v1/snapshot HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        assertThat(socket.getInputStream().read()).isEqualTo('H');
      }
      Http.Answer third = server.http().get("/v1/snapshot");
      assertThat(third.status()).isEqualTo(429);
      assertThat(third.body()).startsWith("COM4042: ");
      assertThat(third.raw().headers().firstValue("Retry-After")).isPresent();
      put(server, "/v1/kv/meanwhile", "x");
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
    Await.until(
        "their places are free",
        AgentProcess.SOON,
        server::tail,
        () -> server.http().get("/v1/snapshot").status() == 200);
  }

  @Test
  @Order(6)
  void withoutALeaderThereIsAStaleOne() throws Exception {
    AgentProcess last = SERVERS.get(2);
    Path file = folder.resolve("stale.snap");
    CommandLine.at(last, "snapshot save", file.toString());
    SERVERS.get(0).kill();
    SERVERS.get(1).kill();
    Await.until(
        "n3 knows of no leader", AgentProcess.SOON, AGENTS::tails, () -> last.leader().isEmpty());
    CommandLine.Result refused = CommandLine.at(last, "snapshot save", file.toString());
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(1);
    assertThat(refused.err()).contains("500 (No cluster leader)");
    CommandLine.Result saved = CommandLine.at(last, "snapshot save", "-stale", file.toString());
    assertThat(saved.exitCode()).as(saved.toString()).isZero();
    assertThat(run("curl", "-sS", "-D", "-", "-o", "curl.snap", url(last) + "?stale"))
        .containsIgnoringCase("\r\nX-Consul-KnownLeader: false\r\n");
  }
}
