package org.comitia.cli.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.comitia.files.OwnerOnly;

/** The file that tells others this process's number, from the start to an orderly end. */
final class PidFile implements AutoCloseable {
  private final Optional<Path> file;

  private PidFile(Optional<Path> file) {
    this.file = file;
  }

  /**
   * Writes it, for everybody to read; one that a killed process left behind is replaced. A link is
   * refused: in a folder of others it would have this agent overwrite whatever it points to.
   *
   * @param file empty when none is wanted
   */
  static PidFile write(Optional<Path> file) throws AgentException {
    try {
      if (file.isPresent()) {
        write(file.get());
      }
      return new PidFile(file);
    } catch (IOException e) {
      throw new AgentException("Could not open pid file: " + e);
    }
  }

  private static void write(Path file) throws IOException, AgentException {
    if (Files.isSymbolicLink(file)) {
      throw new AgentException(
          "COM1111: pid_file "
              + file
              + " is a link, which is not followed: remove it, or name its target");
    }
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS)) {
      String pid = ProcessHandle.current().pid() + "\n";
      channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)));
    }
    OwnerOnly.letAllRead(file);
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
