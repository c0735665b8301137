package org.comitia.cli.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.QueryParameters;
import org.comitia.files.DiskRoom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an address may do to the disk that sends more than there is room for. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SnapshotFileTest {
  private static final long RESERVE = 1L << 20;
  private static final long ROOM = 3L << 20;

  @TempDir Path folder;

  private HttpServer endless;

  @BeforeEach
  void start() throws IOException {
    endless = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    endless.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (OutputStream out = exchange.getResponseBody()) {
            for (int i = 0; i < 100; i++) { // enough to be seen
              out.write(new byte[1 << 20]);
            }
          } catch (IOException gone) {
            // as it should be
          }
        });
    endless.start();
  }

  @AfterEach
  void stop() {
    endless.stop(0);
  }

  @Test
  void anEndlessAnswerLeavesTheReserveAndNoFile() throws Exception {
    Path file = folder.resolve("backup.snap");
    Files.writeString(file, "the one of yesterday");
    Path part = Files.createFile(folder.resolve("part"));
    long[] most = {0};
    DiskRoom room =
        new DiskRoom(
            () -> {
              most[0] = Files.size(part);
              return RESERVE + ROOM - most[0];
            },
            () -> RESERVE);
    AgentClient agent = new AgentClient("127.0.0.1:" + endless.getAddress().getPort(), null);

    assertThatThrownBy(() -> SnapshotFile.save(agent, new QueryParameters(), file, part, room))
        .isInstanceOf(SnapshotFile.NotSavedException.class)
        .hasMessage(
            "Error writing unverified snapshot file: the folder's disk has no room for more than 3.0 MiB of"
                + " it, beside the 1.0 MiB that stay free: make room there, or save elsewhere");

    assertThat(most[0]).isLessThanOrEqualTo(ROOM);
    assertThat(file).hasContent("the one of yesterday");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(file);
    }
  }
}
