package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an agent leaves on the disk is for its user alone, whatever mask it was started with. */
class FilesIT {
  @RegisterExtension final Agents agents = new Agents("files");

  private static String mode(Path file) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void nobodyElseCanReadThem() throws Exception {
    AgentProcess agent = agents.create("files");
    Path logs = agents.folder().resolve("logs");
    Path pid = agents.folder().resolve("agent.pid");
    agent
        .start("-server", "-bootstrap", "-log-file", logs + "/", "-pid-file", pid.toString())
        .awaitLeader();
    agent.mustPut("secret", "s");
    String service =
        "{\"Name\":\"web\",\"Check\":{\"TCP\":\"127.0.0.1:1\",\"Interval\":\"1h\",\"Notes\":\"x\"}}";
    assertThat(agent.http().put("/v1/agent/service/register", service).status()).isEqualTo(200);

    Await.until(
        "all files are looked at, none of which goes meanwhile",
        AgentProcess.SOON,
        agent::tail,
        () -> {
          onlyTheUserReads(agent.dataDir(), logs);
          return true;
        });
    assertThat(mode(pid)).isEqualTo("rw-r--r--");
  }

  private static void onlyTheUserReads(Path dataDir, Path logs) throws IOException {
    List<Path> all;
    try (Stream<Path> data = Files.walk(dataDir);
        Stream<Path> lines = Files.walk(logs)) {
      all = Stream.concat(data, lines).filter(file -> !Files.isSymbolicLink(file)).toList();
    }
    assertThat(all)
        .extracting(file -> file.getFileName().toString())
        .contains("log.db", "catalog.db", "services", "checks", "node-id", "messages.log");
    assertThat(all).allSatisfy(file -> assertThat(mode(file)).as("%s", file).endsWith("------"));
  }
}
