package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.comitia.cluster.Durability;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurabilityProbeTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "WAL, FULL, true",
    "WAL, EXTRA, true",
    "DELETE, FULL, true",
    "WAL, NORMAL, false",
    "WAL, OFF, false",
    "MEMORY, FULL, false",
    "OFF, FULL, false"
  })
  void readsTheSettingsBack(String journal, String synchronous, boolean synced) throws Exception {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("a.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=" + journal);
      statement.execute("PRAGMA synchronous=" + synchronous);

      Durability verdict = DurabilityProbe.probe(connection, Product.SQLITE, directory);

      assertThat(verdict.synced()).isEqualTo(synced);
      assertThat(verdict.summary())
          .startsWith("SQLite 3.")
          .contains("journal_mode=" + journal.toLowerCase())
          .contains("synchronous=" + synchronous.toLowerCase());
      if (!synced) {
        assertThat(verdict.warning()).isNotEmpty();
      }
    }
  }

  /** SQLite stands in for a product whose name nobody knows. */
  @Test
  void anUnknownProductCountsAsNotSynced() throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:")) {
      assertThat(DurabilityProbe.probe(connection, Product.OTHER, directory).synced()).isFalse();
      assertThat(DurabilityProbe.probe(connection, Product.H2, directory).synced()).isFalse();
    }
  }

  @Test
  void warnsOfMemoryAndNetworkFileSystems() {
    assertThat(DurabilityProbe.warningFor("tmpfs", directory)).contains("gone after a restart");
    assertThat(DurabilityProbe.warningFor("nfs4", directory)).contains("network file system");
    assertThat(DurabilityProbe.warningFor("ext4", directory)).isEmpty();
  }

  @Test
  void asksTheFileSystemThatTheDirectoryIsOn() {
    Path shared = Path.of("/dev/shm");
    org.junit.jupiter.api.Assumptions.assumeTrue(
        java.nio.file.Files.isDirectory(shared), "no /dev/shm here");
    assertThat(DurabilityProbe.fileSystemWarning(shared)).contains("tmpfs");
  }
}
