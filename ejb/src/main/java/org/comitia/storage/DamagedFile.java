package org.comitia.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.comitia.files.DurableFiles;

/**
 * A SQLite file that is damaged, and what is kept of it: {@code catalog.db.damaged-TIME} beside it.
 * To be touched while no connection has it open.
 */
final class DamagedFile {
  /** More copies are not made: a disk that damages one after the other is not to be filled too. */
  static final int COPIES = 3;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final Path directory;
  private final String name;

  DamagedFile(Path directory, String name) {
    this.directory = directory;
    this.name = name;
  }

  /** Whether there is such a file: else the database is none. */
  boolean isThere() {
    return Files.exists(directory.resolve(name));
  }

  /**
   * @return what the copy is called; empty when there are {@link #COPIES} already
   */
  String copy() throws IOException {
    int copies = 0;
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, name + ".damaged-*")) {
      for (Path file : found) {
        copies += file.toString().endsWith("-wal") ? 0 : 1;
      }
    }
    if (copies >= COPIES) {
      return "";
    }
    String kept = kept();
    for (String suffix : new String[] {"", "-wal"}) {
      Path file = directory.resolve(name + suffix);
      if (Files.exists(file)) {
        Files.copy(file, directory.resolve(kept + suffix));
        try (FileChannel copy =
            FileChannel.open(directory.resolve(kept + suffix), StandardOpenOption.WRITE)) {
          copy.force(true);
        }
      }
    }
    DurableFiles.syncDirectory(directory);
    return kept;
  }

  /**
   * Renames it, and its write-ahead log.
   *
   * @return what it is called now; empty when there was none
   */
  String putAway() throws IOException {
    String kept = kept();
    boolean any = isThere();
    for (String suffix : new String[] {"-wal", ""}) {
      Path file = directory.resolve(name + suffix);
      if (Files.exists(file)) {
        Files.move(file, directory.resolve(kept + suffix));
      }
    }
    Files.deleteIfExists(directory.resolve(name + "-shm"));
    DurableFiles.syncDirectory(directory);
    return any ? kept : "";
  }

  /** Deletes it; a copy is kept. */
  String delete() throws IOException {
    for (String suffix : new String[] {"-wal", "-shm", ""}) {
      Files.deleteIfExists(directory.resolve(name + suffix));
    }
    return "";
  }

  private String kept() {
    return name + ".damaged-" + TIME.format(Instant.now());
  }
}
