package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparedWorkareaTest {
  @TempDir Path folder;
  private Path home;
  private Path server;

  @BeforeEach
  void prepare() throws IOException {
    home = folder.resolve("home");
    server = folder.resolve("output/comitia");
    Path bundles = home.resolve("lib/boot/prepared/workarea/platform");
    Files.createDirectories(bundles);
    Files.writeString(bundles.resolve("bundle.cache"), "wired");
    Files.writeString(home.resolve("lib/boot/prepared/home"), home.toString());
  }

  @Test
  void aFirstStartFindsTheBundlesWired() throws IOException {
    new PreparedWorkarea(home).copyTo(server);
    assertThat(server.resolve("workarea/platform/bundle.cache")).hasContent("wired");
    assertThat(server).isDirectoryContaining("glob:**/workarea");
    try (var all = Files.list(server)) {
      assertThat(all).as("nothing half copied is left").hasSize(1);
    }
  }

  @Test
  void whatAnEarlierStartHasLeftStays() throws IOException {
    Path own = Files.createDirectories(server.resolve("workarea"));
    new PreparedWorkarea(home).copyTo(server);
    assertThat(own).isEmptyDirectory();
  }

  @Test
  void aDistributionThatWasMovedStartsWithout() throws IOException {
    Path moved = Files.move(home, folder.resolve("moved"));
    new PreparedWorkarea(moved).copyTo(server);
    assertThat(server).doesNotExist();
  }

  /** The build runs as one user, the agent as another one; root reads everything. */
  @Test
  void whatCannotBeReadIsDoneWithout() throws IOException {
    Path secret = home.resolve("lib/boot/prepared/workarea/platform/bundle.cache");
    Files.delete(secret);
    Files.createSymbolicLink(secret, folder.resolve("gone"));
    new PreparedWorkarea(home).copyTo(server);
    assertThat(server).isEmptyDirectory();
  }

  @Test
  void aDistributionWithoutOneStartsAsWell() throws IOException {
    new PreparedWorkarea(folder.resolve("other")).copyTo(server);
    assertThat(server).doesNotExist();
  }
}
