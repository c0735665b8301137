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
import org.comitia.files.DiskRoom;
import org.comitia.files.DurableFiles;
import org.comitia.state.StateLimit;

/**
 * A SQLite file that is damaged, and what is kept of it: {@code catalog.db.damaged-TIME} beside it.
 * To be touched while no connection has it open.
 */
final class DamagedFile {
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
   * Copies it, unless there is a copy: a disk that damages it again and again is not to be filled
   * too. So much room as the copy takes stays free for what mends the file.
   *
   * @return what is kept of it, in words
   */
  String copy(DiskRoom room) throws IOException {
    String earlier = earlier();
    if (!earlier.isEmpty()) {
      return "no copy is kept, since there is an earlier one, " + earlier;
    }
    long bytes = bytes();
    if (room.left() < 2 * bytes) {
      return "no copy is kept, since the disk has no room for it: "
          + StateLimit.text(bytes)
          + ", and as much for mending it, beside its reserve (comitia.disk-reserve)";
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
    return words(kept);
  }

  /** How a file is spoken of that is kept. */
  static String words(String kept) {
    return kept.isEmpty() ? "no copy is kept" : "a copy of the damaged file is " + kept;
  }

  /** What was kept before; empty for nothing. */
  String earlier() throws IOException {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, name + ".damaged-*")) {
      for (Path file : found) {
        if (!file.toString().endsWith("-wal")) {
          return file.getFileName().toString();
        }
      }
    }
    return "";
  }

  /** What it takes on the disk, with its write-ahead log. */
  long bytes() throws IOException {
    long bytes = 0;
    for (String suffix : new String[] {"", "-wal"}) {
      Path file = directory.resolve(name + suffix);
      bytes += Files.exists(file) ? Files.size(file) : 0;
    }
    return bytes;
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

  /**
   * The same, unless something is kept already: then it is deleted.
   *
   * @return what it is called now; empty when it is gone
   */
  String putAwayOnce() throws IOException {
    if (earlier().isEmpty()) {
      return putAway();
    }
    for (String suffix : new String[] {"-wal", "-shm", ""}) {
      Files.deleteIfExists(directory.resolve(name + suffix));
    }
    return "";
  }

  private String kept() {
    return name + ".damaged-" + TIME.format(Instant.now());
  }
}
