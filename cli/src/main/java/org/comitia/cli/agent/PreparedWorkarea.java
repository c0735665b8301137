package org.comitia.cli.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What Liberty works out at its first start on a new output folder: which bundles the features
 * need, and how they are wired. That is a sixth of a start's CPU time. The distribution's build
 * keeps it of an agent that it let run, without anything of the application; it names files by
 * their place, so it is good for a distribution that is where it was built.
 */
final class PreparedWorkarea {
  private final Path home;
  private final Path prepared;

  /**
   * @param home the distribution
   */
  PreparedWorkarea(Path home) {
    this.home = home;
    this.prepared = home.resolve("lib/boot/prepared");
  }

  /**
   * Gives a server that has never started what is prepared; without it Liberty starts as well.
   *
   * @param server its output folder
   * @throws IOException when it cannot be copied; nothing of it is there then
   */
  void copyTo(Path server) throws IOException {
    Path workarea = server.resolve("workarea");
    if (Files.exists(workarea) || !isOfThisPlace()) {
      return;
    }
    Path from = prepared.resolve("workarea");
    // Moved when it is whole: a half one would be taken for what an earlier start has left.
    Path half = Files.createTempDirectory(Files.createDirectories(server), "workarea");
    List<Path> files;
    try (Stream<Path> all = Files.walk(from)) {
      files = all.skip(1).toList();
    }
    for (Path file : files) {
      Files.copy(file, half.resolve(from.relativize(file)));
    }
    Files.move(half, workarea);
  }

  private boolean isOfThisPlace() throws IOException {
    Path place = prepared.resolve("home");
    return Files.exists(place) && Files.readString(place).equals(home.toString());
  }
}
