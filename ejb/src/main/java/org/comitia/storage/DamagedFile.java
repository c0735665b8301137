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
import java.util.List;
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

  /** The write-ahead log comes first: who finds the file finds all of it. */
  private static final List<String> WITH_ITS_LOG = List.of("-wal", "");

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
   * too. Twice as much room as the copy takes stays free for what mends the file.
   *
   * @return what is kept of it, in words
   */
  String copy(DiskRoom room) {
    try {
      return copied(room);
    } catch (IOException e) { // what cannot be copied is to be mended all the same
      return "no copy is kept, since that failed: " + e;
    }
  }

  private String copied(DiskRoom room) throws IOException {
    for (String suffix : WITH_ITS_LOG) {
      Files.deleteIfExists(half(suffix)); // of an attempt that a crash ended
    }
    String earlier = earlier();
    if (!earlier.isEmpty()) {
      return "no copy is kept, since there is an earlier one, " + earlier;
    }
    long bytes = bytes();
    if (room.left() < 3 * bytes) {
      return "no copy is kept, since the disk has no room for it: "
          + StateLimit.text(bytes)
          + ", and twice as much for mending it, beside its reserve (comitia.disk-reserve)";
    }
    String kept = kept();
    try {
      for (String suffix : WITH_ITS_LOG) {
        copy(directory.resolve(name + suffix), half(suffix));
      }
      // What counts as a copy is whole: the file itself is renamed last.
      for (String suffix : WITH_ITS_LOG) {
        if (Files.exists(half(suffix))) {
          Files.move(half(suffix), directory.resolve(kept + suffix));
        }
      }
    } finally {
      for (String suffix : WITH_ITS_LOG) {
        Files.deleteIfExists(half(suffix));
      }
    }
    DurableFiles.syncDirectory(directory);
    return words(kept);
  }

  private Path half(String suffix) {
    return directory.resolve(name + ".copying" + suffix);
  }

  private static void copy(Path file, Path to) throws IOException {
    if (Files.exists(file)) {
      Files.copy(file, to);
      try (FileChannel copy = FileChannel.open(to, StandardOpenOption.WRITE)) {
        copy.force(true);
      }
    }
  }

  /** How a file is spoken of that is kept. */
  static String words(String kept) {
    return kept.isEmpty() ? "no copy is kept" : "a copy of the damaged file is " + kept;
  }

  /** The oldest that is kept; empty for none. */
  private String earlier() throws IOException {
    String oldest = "";
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, name + ".damaged-*")) {
      for (Path file : found) {
        String kept = file.getFileName().toString();
        if (!kept.endsWith("-wal") && (oldest.isEmpty() || kept.compareTo(oldest) < 0)) {
          oldest = kept;
        }
      }
    }
    return oldest;
  }

  /** What it takes on the disk, with its write-ahead log. */
  long bytes() throws IOException {
    long bytes = 0;
    for (String suffix : WITH_ITS_LOG) {
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
    for (String suffix : WITH_ITS_LOG) {
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
   * Of two that are kept the older one is: this one goes, now that there is another in its place.
   *
   * @param kept what {@link #putAway} has called it
   * @return whether it is the one that stays
   */
  boolean keepsOne(String kept) throws IOException {
    if (kept.equals(earlier())) {
      return true;
    }
    for (String suffix : WITH_ITS_LOG) {
      Files.deleteIfExists(directory.resolve(kept + suffix));
    }
    return false;
  }

  private String kept() {
    return name + ".damaged-" + TIME.format(Instant.now());
  }
}
