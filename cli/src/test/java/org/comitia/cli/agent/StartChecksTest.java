package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.comitia.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartChecksTest {
  private static final String ADDRESS = "127.0.10.77";

  @TempDir private Path files;

  @Test
  void secondAgentOnADirectoryIsToldWhoHoldsIt() throws Exception {
    Path path = files.resolve("a/b");
    try (DataDirectory held = DataDirectory.open(path)) {
      assertThat(held.path()).isDirectory();
      assertThatThrownBy(() -> DataDirectory.open(path))
          .isInstanceOf(AgentException.class)
          .hasMessageContaining(
              "in use by another agent, process " + ProcessHandle.current().pid());
    }
    DataDirectory.open(path).close();
  }

  @Test
  void directoryThatIsAFileIsRefused() throws Exception {
    Path file = Files.createFile(files.resolve("file"));

    assertThatThrownBy(() -> DataDirectory.open(file)).hasMessageContaining("is not a directory");
    assertThatThrownBy(() -> DataDirectory.open(file.resolve("below")))
        .isInstanceOf(AgentException.class);
  }

  @Test
  void temporaryDirectoryIsDeletedWithAllInIt() throws Exception {
    DataDirectory directory = DataDirectory.open(files.resolve("dev"));
    Path raft = Files.createDirectories(directory.path().resolve("raft"));
    Files.writeString(raft.resolve("log.db"), "x");
    directory.close();

    directory.delete();

    assertThat(directory.path()).doesNotExist();
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void aNewDataDirectoryIsItsOwnersAlone() throws Exception {
    Path path = files.resolve("parent/data");
    try (DataDirectory directory = DataDirectory.open(path)) {
      assertThat(mode(path)).isEqualTo("rwx------");
      assertThat(mode(path.resolve("agent.lock"))).isEqualTo("rw-------");
      assertThat(directory.warning()).isEmpty();
    }
  }

  @Test
  void anOlderDirectoryThatOthersCanReadIsWarnedAbout() throws Exception {
    Path path = Files.createDirectory(files.resolve("old"));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
    try (DataDirectory directory = DataDirectory.open(path)) {
      assertThat(directory.warning()).isEmpty();
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x---"));
      assertThat(directory.warning()).contains(path.toString(), "rwx--x---", "chmod");
    }
  }

  @Test
  void aPidFileIsReplacedButALinkIsNotFollowed() throws Exception {
    Path file = files.resolve("agent.pid");
    Files.writeString(file, "4711 and more");
    PidFile.write(Optional.of(file)).close();
    assertThat(file).doesNotExist();
    try (PidFile written = PidFile.write(Optional.of(file))) {
      assertThat(file).hasContent(ProcessHandle.current().pid() + "\n");
      assertThat(mode(file)).isEqualTo("rw-r--r--");
    }
    Path target = Files.writeString(files.resolve("target"), "kept");
    for (Path points : List.of(target, files.resolve("missing"))) {
      Path link = Files.createSymbolicLink(files.resolve("link-" + points.getFileName()), points);
      assertThatThrownBy(() -> PidFile.write(Optional.of(link)))
          .isInstanceOf(AgentException.class)
          .hasMessageContaining("is a link");
      assertThat(link).isSymbolicLink();
    }
    assertThat(target).hasContent("kept");
    assertThat(files.resolve("missing")).doesNotExist();
  }

  private static Settings settings(int http, int server, int serf) throws Exception {
    return settings(ADDRESS, http, server, serf);
  }

  private static Settings settings(String client, int http, int server, int serf) throws Exception {
    return Settings.of(
        Map.of(
            "comitia.server",
            "true",
            "comitia.data-dir",
            "/d",
            "comitia.bind-address",
            ADDRESS,
            "comitia.client-address",
            client,
            "comitia.http-port",
            String.valueOf(http),
            "comitia.server-port",
            String.valueOf(server),
            "comitia.serf-lan-port",
            String.valueOf(serf)));
  }

  private final List<String> notices = new ArrayList<>();

  private void check(Settings settings) throws AgentException, InterruptedException {
    Listeners.check(settings, Duration.ofMinutes(1), notices::add);
  }

  /**
   * A socket that has the port and does not listen is to others as a connection of a dead process.
   */
  @Test
  void aPortThatIsInUseThoughNobodyAnswersIsAwaited() throws Exception {
    Socket held = new Socket();
    held.bind(new InetSocketAddress(ADDRESS, 0));
    int port = held.getLocalPort();
    assertThatThrownBy(
            () -> Listeners.check(settings(port, 18300, 18301), Duration.ZERO, notices::add))
        .hasMessageContaining("address already in use");
    notices.clear();
    Listeners.check(
        settings(port, 18300, 18301),
        Duration.ofMinutes(1),
        notice -> {
          notices.add(notice);
          try {
            held.close();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    assertThat(notices).singleElement().asString().contains(ADDRESS + ":" + port);
  }

  @Test
  void takenPortIsToldByItsName() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(ADDRESS))) {
      int port = taken.getLocalPort();

      assertThatThrownBy(() -> check(settings(port, 18300, 18301)))
          .hasMessageContaining("the HTTP API: listen tcp " + ADDRESS + ":" + port)
          .hasMessageContaining("address already in use");
      assertThatThrownBy(() -> check(settings(18500, port, 18301)))
          .hasMessageContaining("the server port");
      assertThatThrownBy(() -> check(settings(18500, 18300, port)))
          .hasMessageContaining("the membership channel");
    }
    // Whoever listens on one address of this host has the port of all.
    try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Settings all = settings("0.0.0.0", one.getLocalPort(), 18300, 18301);
      assertThatThrownBy(() -> check(all)).hasMessageContaining("address already in use");
    }
    assertThat(notices).as("somebody answers there: nothing is waited for").isEmpty();
  }

  @Test
  void freePortsPassAndEqualOnesDoNot() throws Exception {
    check(settings(18500, 18300, 18301));

    assertThatThrownBy(() -> check(settings(18500, 18301, 18301)))
        .hasMessageContaining("cannot share");
  }
}
