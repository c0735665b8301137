package org.comitia.cli.snapshot;

import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.comitia.cli.CommandRun;
import org.comitia.snapshot.ArchiveWriter;
import org.comitia.snapshot.Manifest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The {@code snapshot} commands, and an agent that answers with an archive. */
class SnapshotCommandsTest {
  private static final String INSPECTED =
      """
             ID              3-12-1603319127176
             Size            2002
             Index           12
             Term            3
             Format          1
             Level           0
             Comitia         0.1.0
             Datacenter      dc1
             Cluster         5f0c
             Time            2020-10-21T22:25:27.176Z

             Type       Count      Size      |
             ----       ----       ----      |
             kv         2          2KB       |
             ----       ----       ----      |
             Total                 2KB       |
            """
          .replace("|", "");

  @TempDir Path folder;

  private final CommandRun command = new CommandRun();
  private HttpServer agent;
  private byte[] body;
  private int status = 200;
  private int announced;
  private String asked = "";
  private byte[] taken;
  private boolean leaderless;

  /** Two keys. */
  static byte[] archive(String datacenter) throws IOException {
    byte[] rows = new byte[2_000];
    rows[0] = 4 << 3 | 2;
    rows[1] = (byte) 0xE8; // 1000
    rows[2] = 7;
    rows[1_003] = 4 << 3 | 2;
    rows[1_004] = (byte) 0xE2; // 994
    rows[1_005] = 7;
    Manifest manifest =
        new Manifest(
            0,
            12,
            3,
            "5f0c",
            datacenter,
            List.of(),
            1,
            "0.1.0",
            Instant.ofEpochMilli(1_603_319_127_176L),
            2_002,
            Map.of("kv", 2L),
            "digest");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveWriter writer = new ArchiveWriter(out, manifest);
    writer.chunk(rows);
    writer.finish();
    return out.toByteArray();
  }

  @BeforeEach
  void start() throws IOException {
    body = archive("dc1");
    agent = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    agent.createContext(
        "/",
        exchange -> {
          if (exchange.getRequestURI().getPath().equals("/v1/operator/raft/configuration")) {
            byte[] said = (leaderless ? "No cluster leader" : "{}").getBytes();
            exchange.sendResponseHeaders(leaderless ? 500 : 200, said.length);
            exchange.getResponseBody().write(said);
            exchange.close();
            return;
          }
          asked = exchange.getRequestMethod() + " " + exchange.getRequestURI();
          taken = exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(status, announced > 0 ? announced : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    agent.start();
  }

  @AfterEach
  void stop() {
    agent.stop(0);
  }

  private int save(String... arguments) {
    String address = "-http-addr=127.0.0.1:" + agent.getAddress().getPort();
    return command.run(
        Stream.concat(Stream.of("snapshot", "save", address), Stream.of(arguments))
            .toArray(String[]::new));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void saveWritesAFileThatItsOwnerAloneReads() throws Exception {
    Path file = folder.resolve("backup.snap");
    Files.writeString(file, "the one of yesterday");
    Files.writeString(folder.resolve("backup.snap.tmp"), "somebody else's");

    assertThat(save("-stale", "-datacenter=dc1", file.toString())).isZero();

    assertThat(asked).isEqualTo("GET /v1/snapshot?dc=dc1&stale");
    assertThat(command.out()).isEqualTo("Saved and verified snapshot to index 12\n");
    assertThat(Files.readAllBytes(file)).isEqualTo(body);
    assertThat(Files.getPosixFilePermissions(file)).containsOnly(OWNER_READ, OWNER_WRITE);
    assertThat(files()).containsExactly("backup.snap", "backup.snap.tmp");
    assertThat(folder.resolve("backup.snap.tmp")).hasContent("somebody else's");
  }

  /** What is written but not checked yet has a name that no other save takes. */
  @Test
  void aSaveThatFailsLeavesWhatAnotherOneWrites() throws Exception {
    Files.writeString(folder.resolve("backup.snap.tmp"), "somebody else's");
    body[body.length / 2] ^= 1;
    assertThat(save(folder.resolve("backup.snap").toString())).isEqualTo(1);
    assertThat(command.err()).startsWith("Error verifying snapshot file: COM3041");
    assertThat(files()).containsExactly("backup.snap.tmp");
    assertThat(folder.resolve("backup.snap.tmp")).hasContent("somebody else's");
  }

  private void isNotSaved(String said) throws IOException {
    Path file = folder.resolve("backup.snap");
    Files.writeString(file, "the one of yesterday");
    assertThat(save(file.toString())).isEqualTo(1);
    assertThat(command.err()).startsWith(said);
    assertThat(command.out()).isEmpty();
    assertThat(file).hasContent("the one of yesterday");
    assertThat(files()).containsExactly("backup.snap");
  }

  @Test
  void anErrorOfTheAgentIsShown() throws Exception {
    status = 500;
    body = "No cluster leader".getBytes();
    isNotSaved("Error saving snapshot: Unexpected response code: 500 (No cluster leader)");
  }

  @Test
  void whatIsDamagedOnItsWayIsNotKept() throws Exception {
    body[body.length / 2] ^= 1;
    isNotSaved("Error verifying snapshot file: COM3041: the snapshot is damaged");
  }

  @Test
  void whatTheAgentCutOffIsNotKept() throws Exception {
    body = Arrays.copyOf(body, body.length - 1);
    isNotSaved("Error verifying snapshot file: COM3041: the snapshot is damaged");
  }

  @Test
  void anAnswerThatBreaksOffIsNotKept() throws Exception {
    announced = body.length;
    body = Arrays.copyOf(body, body.length - 1);
    isNotSaved("Error ");
  }

  @Test
  void saveTakesOneFile() throws Exception {
    assertThat(save()).isEqualTo(1);
    assertThat(command.err()).isEqualTo("Missing FILE argument\n");
    assertThat(save("a", "b")).isEqualTo(1);
    assertThat(command.err()).endsWith("Too many arguments (expected 1, got 2)\n");
  }

  /** Before anything is fetched, and without the names of Java's classes. */
  @Test
  void whetherThereIsARoomForTheFileIsKnownFirst() throws Exception {
    Files.writeString(folder.resolve("file"), "");
    isNotWritten(folder.resolve("no/such").toString(), "there is no folder " + folder + "/no");
    isNotWritten(folder.resolve("file/x").toString(), folder + "/file is no folder");
    isNotWritten(folder.toString(), folder + " is a folder");
    isNotWritten("/", "/ is a folder");
  }

  private void isNotWritten(String file, String why) {
    assertThat(save(file)).isEqualTo(1);
    assertThat(command.err())
        .endsWith("Error writing unverified snapshot file: " + why + "\n")
        .doesNotContain("Exception");
    assertThat(asked).isEmpty();
  }

  @Test
  void inspectShowsWhatIsInIt() throws Exception {
    Path file = Files.write(folder.resolve("backup.snap"), body);
    assertThat(command.run("snapshot", "inspect", file.toString())).isZero();
    assertThat(command.out()).isEqualTo(INSPECTED);
  }

  /** Whoever made the archive may want it to look like another one. */
  @Test
  void whatTheArchiveSaysIsOneLineWithoutControlCharacters() throws Exception {
    Path file = Files.write(folder.resolve("x.snap"), archive("a\u001b[1m\nb" + "c".repeat(300)));
    assertThat(command.run("snapshot", "inspect", file.toString())).isZero();
    assertThat(command.out())
        .doesNotContain("\u001b")
        .containsPattern("(?m)^ Datacenter +a\\\\u001b\\[1m\\\\nbc{200,256}\\.\\.\\.$");
    assertThat(command.out().lines()).hasSameSizeAs(INSPECTED.lines().toList());
  }

  /** In inspect's error as in save's. */
  @Test
  void theNamesOfItsFilesAreOneLineWithoutControlCharacters() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream packed = new GZIPOutputStream(out)) {
      byte[] head = new byte[512];
      System.arraycopy("x\u001b[1m\ny".getBytes(), 0, head, 0, 7);
      System.arraycopy("00000000100\0".getBytes(), 0, head, 124, 12); // 64 bytes, which are missing
      Arrays.fill(head, 148, 156, (byte) ' ');
      int sum = 0;
      for (byte one : head) {
        sum += one;
      }
      System.arraycopy(String.format("%06o\0", sum).getBytes(), 0, head, 148, 7);
      packed.write(head);
      packed.write(new byte[32]);
    }
    body = out.toByteArray();
    String said =
        "COM3041: the snapshot is damaged, do not use it: x\\u001b[1m\\ny: cannot be unpacked";
    isNotSaved("Error verifying snapshot file: " + said);
    assertThat(command.err().lines()).hasSize(1);
    Path file = Files.write(folder.resolve("x.snap"), body);
    assertThat(command.run("snapshot", "inspect", file.toString())).isEqualTo(1);
    assertThat(command.err().lines())
        .hasSize(2)
        .last()
        .asString()
        .startsWith("Error reading snapshot: " + said);
  }

  @Test
  void inspectRefusesWhatIsDamaged() throws Exception {
    Path file = Files.write(folder.resolve("backup.snap"), Arrays.copyOf(body, 400));
    assertThat(command.run("snapshot", "inspect", file.toString())).isEqualTo(1);
    assertThat(command.out()).isEmpty();
    assertThat(command.err())
        .startsWith("Error reading snapshot: COM3041: the snapshot is damaged, do not use it: ");
  }

  @Test
  void inspectTakesOneFile() {
    assertThat(command.run("snapshot", "inspect")).isEqualTo(1);
    assertThat(command.err()).isEqualTo("Missing FILE argument\n");
    String none = folder.resolve("none").toString();
    assertThat(command.run("snapshot", "inspect", none)).isEqualTo(1);
    assertThat(command.err())
        .endsWith("Error opening snapshot file: open " + none + ": no such file or directory\n");
    assertThat(command.run("snapshot", "inspect", folder.toString())).isEqualTo(1);
    assertThat(command.err()).endsWith("Error opening snapshot file: " + folder + " is a folder\n");
  }

  @Test
  void sizesAreWrittenAsConsulWritesThem() {
    assertThat(SnapshotInspectCommand.size(0)).isEqualTo("0");
    assertThat(SnapshotInspectCommand.size(313)).isEqualTo("313B");
    assertThat(SnapshotInspectCommand.size(1_843)).isEqualTo("1.8KB");
    assertThat(SnapshotInspectCommand.size(5_120)).isEqualTo("5KB");
    assertThat(SnapshotInspectCommand.size(3L << 30)).isEqualTo("3GB");
  }

  private int restore(String... arguments) {
    String address = "-http-addr=127.0.0.1:" + agent.getAddress().getPort();
    return command.run(
        Stream.concat(Stream.of("snapshot", "restore", address), Stream.of(arguments))
            .toArray(String[]::new));
  }

  @Test
  void restoreSendsAFileThatIsWhole() throws Exception {
    byte[] archive = body;
    Path file = Files.write(folder.resolve("backup.snap"), archive);
    body = new byte[0];
    assertThat(restore("-datacenter=dc1", file.toString())).as(command.err()).isZero();
    assertThat(asked).isEqualTo("PUT /v1/snapshot?dc=dc1");
    assertThat(taken).isEqualTo(archive);
    assertThat(command.out()).isEqualTo("Restored snapshot\n");
  }

  @Test
  void restoreSendsNothingThatIsDamaged() throws Exception {
    Path file = Files.write(folder.resolve("cut.snap"), Arrays.copyOf(body, body.length / 2));
    assertThat(restore(file.toString())).isEqualTo(1);
    assertThat(asked).isEmpty();
    assertThat(command.err())
        .startsWith("Error restoring snapshot: COM3041: the snapshot is damaged");
  }

  @Test
  void restoreSendsNothingWithoutALeader() throws Exception {
    Path file = Files.write(folder.resolve("backup.snap"), body);
    leaderless = true;
    assertThat(restore(file.toString())).isEqualTo(1);
    assertThat(asked).isEmpty();
    assertThat(command.err())
        .isEqualTo(
            "Error restoring snapshot: Unexpected response code: 500 (No cluster leader): nothing"
                + " was changed\n");
  }

  @Test
  void restoreTellsWhatTheServerSays() throws Exception {
    Path file = Files.write(folder.resolve("backup.snap"), body);
    status = 500;
    body = "COM3055: the archive is too large".getBytes();
    assertThat(restore(file.toString())).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo(
            "Error restoring snapshot: Unexpected response code: 500 (COM3055: the archive is too"
                + " large)\n");
    assertThat(restore(folder.resolve("none.snap").toString())).isEqualTo(1);
    assertThat(command.err())
        .contains("Error opening snapshot file: open " + folder.resolve("none.snap"));
    assertThat(restore()).isEqualTo(1);
  }

  /** What is no snapshot is not called a damaged one. */
  @Test
  void whatIsNoSnapshotIsSaidInWords() throws Exception {
    isNone(folder.toString(), " is a folder");
    isNone(Files.writeString(folder.resolve("empty"), "").toString(), " is empty");
    String keys = Files.writeString(folder.resolve("keys.json"), "[\n\t{}\n]").toString();
    isNone(
        keys,
        " is no snapshot, it looks like what `comitia kv export` printed: use `comitia kv import @"
            + keys
            + "`");
    isNone(
        Files.writeString(folder.resolve("text"), "nothing of the kind").toString(),
        " is no snapshot: it does not begin as one");
  }

  private void isNone(String file, String why) {
    assertThat(restore(file)).isEqualTo(1);
    assertThat(command.err()).endsWith("Error opening snapshot file: " + file + why + "\n");
    assertThat(command.run("snapshot", "inspect", file)).isEqualTo(1);
    assertThat(command.err()).endsWith("Error opening snapshot file: " + file + why + "\n");
    assertThat(asked).isEmpty();
  }

  @Test
  void importOfASnapshotIsToldWhatItIs() throws Exception {
    Path file = Files.write(folder.resolve("backup.snap"), body);
    assertThat(command.run("kv", "import", "@" + file)).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo(
            "Cannot unmarshal data: it looks like a snapshot: use `comitia snapshot restore`\n");
  }
}
