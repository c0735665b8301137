package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackedApplicationTest {
  @TempDir Path folder;

  /** Every build gives its entries one time. */
  private Path ear(String contents) throws IOException {
    Path ear = folder.resolve("comitia.ear");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(ear))) {
      ZipEntry entry = new ZipEntry("comitia-ejb.jar");
      entry.setTime(0);
      zip.putNextEntry(entry);
      zip.write(contents.getBytes(StandardCharsets.UTF_8));
      zip.closeEntry();
    }
    return ear;
  }

  private Path unpacked() throws IOException {
    Path cache = Files.createDirectories(folder.resolve("output/comitia/workarea/cache"));
    return Files.writeString(cache.resolve("comitia-ejb.jar"), "unpacked");
  }

  private void start(Path ear) throws IOException {
    new UnpackedApplication(ear, folder.resolve("output")).dropOther();
  }

  @Test
  void anUpgradeRunsTheNewClasses() throws IOException {
    Path unpacked = unpacked();
    start(ear("one"));
    assertThat(unpacked).as("of whatever ran before this was kept").doesNotExist();

    unpacked();
    start(ear("two"));
    assertThat(unpacked).doesNotExist();
    assertThat(folder.resolve("output/comitia/workarea")).doesNotExist();
  }

  @Test
  void aRestartUnpacksNothingAnew() throws IOException {
    Files.createDirectories(folder.resolve("output"));
    start(ear("one"));
    Path unpacked = unpacked();
    start(ear("one"));
    assertThat(unpacked).exists();
  }
}
