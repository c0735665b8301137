package org.comitia.cli.snapshot;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A folder of snapshots that are named by when they were begun, {@code
 * comitia-20260101T000000.000Z.snap}. Files of other names are left alone. Blocks on the disk.
 */
final class SnapshotFolder {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final String PATTERN = "comitia-(\\d{8}T\\d{6}\\.\\d{3}Z)\\.snap";
  private static final Pattern NAME = Pattern.compile(PATTERN);
  private static final Pattern UNFINISHED = Pattern.compile(PATTERN + "\\.\\d+\\.tmp");

  private final Path folder;

  SnapshotFolder(Path folder) {
    this.folder = folder.toAbsolutePath();
  }

  /** A file for one that is begun now; none of that name is there. */
  Path next(Instant now) {
    Instant time = now;
    Path file;
    do {
      file = folder.resolve("comitia-" + TIME.format(time) + ".snap");
      time = time.plusMillis(1);
    } while (Files.exists(file, LinkOption.NOFOLLOW_LINKS));
    return file;
  }

  /**
   * @return when the newest was begun; null when there is none
   */
  Instant newest() throws IOException {
    TreeMap<Instant, Path> snapshots = snapshots();
    return snapshots.isEmpty() ? null : snapshots.lastKey();
  }

  /**
   * Deletes the oldest until so many are left.
   *
   * @param retain 0: all stay
   * @param saved this one stays, whatever the clock said before
   * @param deleted is told of each one that is gone
   */
  void prune(int retain, Path saved, Consumer<Path> deleted) throws IOException {
    if (retain == 0) {
      return;
    }
    List<Path> others = new ArrayList<>(snapshots().values());
    others.remove(saved);
    for (Path old : others.subList(0, Math.max(0, others.size() - (retain - 1)))) {
      Files.deleteIfExists(old);
      deleted.accept(old);
    }
  }

  /** Deletes what a run that was killed left, as far as that is possible. */
  void deleteUnfinished() throws IOException {
    for (Path file : files()) {
      if (UNFINISHED.matcher(file.getFileName().toString()).matches()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private TreeMap<Instant, Path> snapshots() throws IOException {
    TreeMap<Instant, Path> found = new TreeMap<>();
    for (Path file : files()) {
      Matcher name = NAME.matcher(file.getFileName().toString());
      if (name.matches() && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        try {
          found.put(TIME.parse(name.group(1), Instant::from), file);
        } catch (DateTimeException e) {
          // no moment: not one of these
        }
      }
    }
    return found;
  }

  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      all.forEach(files::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return files;
  }
}
