package org.comitia.cli.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What Liberty works out at its first start on a new output folder: which bundles the features
 * need, and how they are wired. That is a sixth of a start's CPU time. The distribution's build
 * keeps it of an agent that it let run, without anything of the application; it names files by
 * their place, so it is good for a distribution that is where it was built.
 */
final class PreparedWorkarea {
  private static final Logger LOG = Logger.getLogger("agent");

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
   * Gives a server that has never started what is prepared, if it is for this place and can be read
   * and copied; without it Liberty starts as well, only slower.
   *
   * @param server its output folder
   */
  void copyTo(Path server) {
    Path workarea = server.resolve("workarea");
    Path half = server.resolve("workarea.half");
    try {
      if (!Files.exists(workarea) && isOfThisPlace()) {
        Trees.delete(half);
        Files.createDirectories(server);
        Trees.copy(prepared.resolve("workarea"), half);
        // Moved when it is whole: a half one would be taken for what an earlier start has left.
        Files.move(half, workarea);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.log(Level.FINE, "starts without what is prepared", e);
      deleteIfPossible(half);
    }
  }

  private static void deleteIfPossible(Path folder) {
    try {
      Trees.delete(folder);
    } catch (IOException | UncheckedIOException e) {
      LOG.log(Level.FINE, "cannot delete " + folder, e);
    }
  }

  private boolean isOfThisPlace() throws IOException {
    Path place = prepared.resolve("home");
    return Files.exists(place) && Files.readString(place).equals(home.toString());
  }
}
