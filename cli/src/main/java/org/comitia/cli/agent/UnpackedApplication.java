package org.comitia.cli.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * What Liberty keeps unpacked of the application from one start to the next, in {@code workarea}.
 * It takes an archive inside the EAR for unchanged when its time is, and a reproducible build gives
 * each the same time: after an upgrade the old classes would go on running. So it is dropped when
 * the EAR has other contents than at the last start.
 */
final class UnpackedApplication {
  private final Path ear;
  private final Path output;

  /**
   * @param ear the distribution's application
   * @param output Liberty's output folder
   */
  UnpackedApplication(Path ear, Path output) {
    this.ear = ear;
    this.output = output;
  }

  /**
   * Drops what is unpacked of another application. Reads the archive's directory only.
   *
   * @throws IOException when it cannot be told or cannot be dropped
   */
  void dropOther() throws IOException {
    Path known = output.resolve("application");
    String contents = contents();
    if (Files.exists(known) && Files.readString(known).equals(contents)) {
      return;
    }
    try (Stream<Path> servers = Files.list(output)) {
      for (Path server : servers.filter(Files::isDirectory).toList()) {
        Trees.delete(server.resolve("workarea"));
      }
    }
    Files.writeString(known, contents);
  }

  /** Names, lengths and checksums of all entries, in one number. */
  private String contents() throws IOException {
    CRC32 sum = new CRC32();
    try (ZipFile zip = new ZipFile(ear.toFile())) {
      for (ZipEntry entry : zip.stream().map(ZipEntry.class::cast).toList()) {
        String line = entry.getName() + " " + entry.getSize() + " " + entry.getCrc() + "\n";
        sum.update(line.getBytes(StandardCharsets.UTF_8));
      }
    }
    return Long.toHexString(sum.getValue());
  }
}
