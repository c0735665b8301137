package org.comitia.cli.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folders with all that is in them. */
final class Trees {
  private Trees() {}

  /**
   * Copies into a folder that is not there yet.
   *
   * @throws IOException when something cannot be read or written; what was copied stays
   */
  static void copy(Path from, Path to) throws IOException {
    for (Path file : all(from)) {
      Files.copy(file, to.resolve(from.relativize(file).toString()));
    }
  }

  /** Deletes it, if it is there. */
  static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      for (Path file : all(folder).stream().sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static List<Path> all(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.toList();
    }
  }
}
