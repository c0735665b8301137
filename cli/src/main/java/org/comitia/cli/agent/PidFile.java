package org.comitia.cli.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The file that tells others this process's number, from the start to an orderly end. */
final class PidFile implements AutoCloseable {
  private final Optional<Path> file;

  private PidFile(Optional<Path> file) {
    this.file = file;
  }

  /**
   * Writes it; one that a killed process left behind is replaced.
   *
   * @param file empty when none is wanted
   */
  static PidFile write(Optional<Path> file) throws AgentException {
    try {
      if (file.isPresent()) {
        Files.writeString(file.get(), ProcessHandle.current().pid() + "\n");
      }
      return new PidFile(file);
    } catch (IOException e) {
      throw new AgentException("Could not open pid file: " + e);
    }
  }

  @Override
  public void close() {
    try {
      if (file.isPresent()) {
        Files.deleteIfExists(file.get());
      }
    } catch (IOException e) {
      // the number of a process that is gone: whoever reads it sees that
    }
  }
}
