package org.comitia.cli.snapshot;

import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.comitia.cli.CommandRun;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.lock.SmallConsul;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code comitia snapshot agent} in front of sessions, keys and archives over HTTP. */
@Timeout(60)
class SnapshotAgentCommandTest {
  private static final String LOCK = "consul-snapshot/lock";

  private final CommandRun command = new CommandRun();
  private final SmallConsul consul = new SmallConsul();
  private final List<String> lines = new CopyOnWriteArrayList<>();

  @TempDir Path folder;

  SnapshotAgentCommandTest() throws IOException {}

  @BeforeEach
  void answer() throws IOException {
    consul.snapshot(SnapshotCommandsTest.archive("dc1"));
  }

  @AfterEach
  void stop() {
    consul.close();
  }

  private int once(String... arguments) {
    String[] all =
        Stream.concat(
                Stream.of("snapshot", "agent", "-interval=0", "-http-addr=" + consul.address()),
                Stream.of(arguments))
            .toArray(String[]::new);
    return command.run(all);
  }

  private static List<String> files(Path in) {
    try (Stream<Path> files = Files.list(in)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(10); // the class's time limit ends it
    }
  }

  private void write(String... names) throws IOException {
    for (String name : names) {
      Files.writeString(folder.resolve(name), "x");
    }
  }

  // --- once ---

  @Test
  void theOldestBeyondRetainGoAndNothingElse() throws Exception {
    write("comitia-20250101T000000.000Z.snap", "comitia-20250102T000000.000Z.snap");
    write("comitia-20250103T000000.000Z.snap");
    String[] others = {
      "backup.snap", "comitia-20250101.snap", "comitia-20251301T000000.000Z.snap", "zz"
    };
    write(others);

    assertThat(once("-retain=2", "-local-path=" + folder)).as(command.out()).isZero();

    List<String> left = files(folder);
    assertThat(left).contains(others).contains("comitia-20250103T000000.000Z.snap");
    assertThat(left).hasSize(others.length + 2);
    Path made =
        folder.resolve(
            left.stream()
                .filter(name -> name.compareTo("comitia-2025") > 0)
                .skip(3)
                .findFirst()
                .orElseThrow());
    assertThat(Files.readAllBytes(made)).isEqualTo(SnapshotCommandsTest.archive("dc1"));
    assertThat(Files.getPosixFilePermissions(made)).containsOnly(OWNER_READ, OWNER_WRITE);
    assertThat(command.out())
        .containsPattern("Z \\[INFO\\]  snapshot: saved and verified \\S+\\.snap to index 12\n")
        .contains("deleted " + folder.resolve("comitia-20250101T000000.000Z.snap"))
        .contains("deleted " + folder.resolve("comitia-20250102T000000.000Z.snap"));
    assertThat(consul.sessionBodies()).as("no lock for one").isEmpty();
  }

  /** A clock that was wrong once. */
  @Test
  void theNewOneStaysThoughOthersAreOfTheFuture() throws Exception {
    write("comitia-29990101T000000.000Z.snap");
    assertThat(once("-retain=1", "-local-path=" + folder)).isZero();
    assertThat(files(folder)).singleElement().asString().doesNotContain("2999");
  }

  @Test
  void whatIsNotWholeReplacesNothing() throws Exception {
    write("comitia-20250101T000000.000Z.snap", "comitia-20250102T000000.000Z.snap");
    byte[] damaged = SnapshotCommandsTest.archive("dc1");
    damaged[damaged.length / 2] ^= 1;
    consul.snapshot(damaged);
    assertThat(once("-retain=1", "-local-path=" + folder)).isEqualTo(1);
    assertThat(command.out())
        .contains(" [ERROR] snapshot: Error verifying snapshot file: COM3041: ")
        .doesNotContain("Next attempt");
    assertThat(files(folder)).hasSize(2);
  }

  // --- configuration ---

  @Test
  void theFileSaysWhatNoOptionSays() throws Exception {
    Path file = folder.resolve("agent.json");
    Path to = Files.createDirectory(folder.resolve("to"));
    Files.writeString(
        file,
        String.format(
            "{\"snapshot_agent\": {\"http_addr\": \"%s\", \"snapshot\": {\"interval\": \"0\","
                + " \"retain\": 1, \"stale\": true}, \"local_storage\": {\"path\": \"%s\"}}}",
            consul.address(), to));
    for (int i = 0; i < 2; i++) {
      assertThat(command.run("snapshot", "agent", "-config-file=" + file)).isZero();
    }
    assertThat(files(to)).hasSize(1);
    assertThat(command.run("snapshot", "agent", "-retain=0", "-config-file=" + file)).isZero();
    assertThat(files(to)).hasSize(2);
  }

  @Test
  void thePagesFileIsUnderstood() throws Exception {
    String page = Files.readString(Path.of("../docs/operations.md"));
    int begin = page.indexOf("{\"snapshot_agent\"");
    Path file = folder.resolve("agent.json");
    Files.writeString(file, page.substring(begin, page.indexOf("```", begin)));
    SnapshotAgentFile read = SnapshotAgentFile.read(file);
    assertThat(read.option("-retain")).isEqualTo("30");
    assertThat(read.option("-local-path")).isEqualTo("/var/backups/comitia");
    assertThat(read.environment()).containsEntry("COMITIA_HTTP_ADDR", "10.0.0.1:8500");
  }

  @Test
  void whatCannotBeDoneIsRefusedAtOnce() throws Exception {
    Path file = folder.resolve("agent.json");
    Files.writeString(file, "{\"snapshot_agent\": {\"aws_storage\": {\"s3_bucket\": \"b\"}}}");
    refused(
        "snapshot_agent.aws_storage: there is local_storage only, a folder",
        "-config-file=" + file);
    Files.writeString(file, "{\"snapshot_agent\": {\"log\": {}}}");
    refused("unknown key snapshot_agent.log. Known are [", "-config-file=" + file);
    Files.writeString(file, "{\"snapshot_agent\": {\"snapshot\": {\"retain\": \"many\"}}}");
    refused("-retain: \"many\" is no whole number", "-config-file=" + file);
    Files.writeString(file, "{\"snapshot\": {}}");
    refused("expected {\"snapshot_agent\": {...}} only", "-config-file=" + file);
    refused("none.json: no such file or directory", "-config-file=" + folder + "/none.json");
    refused("there is no folder " + folder + "/none", "-local-path=" + folder + "/none");
    refused("retain must not be negative", "-retain=-1");
    assertThat(command.out()).isEmpty();
  }

  private void refused(String why, String option) {
    assertThat(once(option)).isEqualTo(1);
    assertThat(command.err().lines().toList())
        .last()
        .asString()
        .startsWith("Error in the configuration: ")
        .contains(why);
  }

  // --- again and again ---

  private SnapshotRunner runner(Path into, Duration interval) {
    SnapshotPlan plan = new SnapshotPlan(interval, 0, 2, LOCK, into, null, false);
    return new SnapshotRunner(new AgentClient(consul.address(), null), plan, lines::add);
  }

  private Thread start(Path into) {
    SnapshotRunner runner = runner(into, Duration.ofMillis(20));
    Thread thread =
        new Thread(
            () -> {
              try {
                runner.run();
              } catch (InterruptedException e) {
                // ended
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private boolean said(String text) {
    return lines.stream().anyMatch(line -> line.contains(text));
  }

  @Test
  void oneOfSeveralWorksAndAnotherTakesItsPlace() throws Exception {
    Path a = Files.createDirectory(folder.resolve("a"));
    Path b = Files.createDirectory(folder.resolve("b"));
    Files.writeString(a.resolve("comitia-20250101T000000.000Z.snap.123.tmp"), "of a killed run");
    Thread first = start(a);
    await(() -> files(a).size() > 2);
    assertThat(files(a)).noneMatch(name -> name.endsWith(".123.tmp"));
    assertThat(consul.sessions()).contains(consul.holder(LOCK));
    Thread second = start(b);
    await(() -> consul.sessions().size() == 2);
    int before = files(a).size();
    await(() -> files(a).size() > before + 2);
    assertThat(files(b)).isEmpty();

    first.interrupt();
    first.join();
    await(() -> files(b).size() > 2);
    assertThat(files(a)).allMatch(name -> name.endsWith("Z.snap"));

    second.interrupt();
    second.join();
    assertThat(lines).last().asString().endsWith(" [INFO]  snapshot: ended as told\n");
    assertThat(consul.holder(LOCK)).isEmpty();
    assertThat(consul.sessions()).isEmpty();
  }

  @Test
  void whatFailsIsSaidAndTriedAgainAndTheLockIsGivenUp() throws Exception {
    consul.noSnapshot("COM4041: ask a server");
    Thread thread = start(folder);
    await(() -> said("2 failures in a row, giving the lock up"));
    assertThat(lines)
        .anyMatch(
            line ->
                line.endsWith(
                    " [ERROR] snapshot: Error saving snapshot: Unexpected response code: 500"
                        + " (COM4041: ask a server). Next attempt in 20ms\n"));
    consul.snapshot(SnapshotCommandsTest.archive("dc1"));
    await(() -> !files(folder).isEmpty());
    thread.interrupt();
    thread.join();
  }

  @Test
  void aLockThatIsLostIsWaitedForAgain() throws Exception {
    Thread thread = start(folder);
    await(() -> !consul.holder(LOCK).isEmpty());
    consul.invalidate(consul.holder(LOCK));
    await(() -> said("lost the lock " + LOCK));
    int before = files(folder).size();
    await(() -> files(folder).size() > before + 2);
    thread.interrupt();
    thread.join();
  }

  /** Else one that is started again and again would push the older ones out. */
  @Test
  void aStartWaitsForTheNextMoment() throws Exception {
    SnapshotRunner hourly = runner(folder, Duration.ofHours(1));
    Instant now = Instant.parse("2026-01-01T12:00:00Z");
    assertThat(hourly.untilDue(now)).isZero();
    write("comitia-20260101T114500.000Z.snap");
    assertThat(hourly.untilDue(now)).hasMinutes(45);
    assertThat(hourly.untilDue(now.plusSeconds(86_400))).isZero();
    assertThat(hourly.untilDue(now.minusSeconds(86_400))).as("the clock was set back").isZero();
  }
}
