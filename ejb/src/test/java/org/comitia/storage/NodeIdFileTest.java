package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeIdFileTest {
  @TempDir Path directory;

  @Test
  void isMintedOnceAndKept() throws Exception {
    Path dataDir = directory.resolve("a/b");

    UUID id = NodeIdFile.readOrCreate(dataDir);

    assertThat(NodeIdFile.readOrCreate(dataDir)).isEqualTo(id);
    assertThat(Files.readString(dataDir.resolve("node-id")).strip()).isEqualTo(id.toString());
    try (var files = Files.list(dataDir)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void takesWhatConsulWrote() throws Exception {
    Files.writeString(directory.resolve("node-id"), "0C9B66D5-3C3A-4BD1-A9BE-2AC5B0B5E2F5");

    assertThat(NodeIdFile.readOrCreate(directory))
        .isEqualTo(UUID.fromString("0c9b66d5-3c3a-4bd1-a9be-2ac5b0b5e2f5"));
  }

  @Test
  void refusesWhatIsNoIdAndLeavesIt() throws Exception {
    for (String bad : new String[] {"", "n1", "1-2-3-4-5"}) {
      Files.writeString(directory.resolve("node-id"), bad);

      assertThatThrownBy(() -> NodeIdFile.readOrCreate(directory))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("node-id")
          .hasMessageContaining("\"" + bad + "\"");
      assertThat(Files.readString(directory.resolve("node-id"))).isEqualTo(bad);
    }
  }
}
