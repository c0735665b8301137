package org.comitia.cli.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.UUID;
import org.comitia.files.OwnerOnly;

/**
 * The agent's data directory, held by this process alone from {@link #open} until the process ends
 * or {@link #close}. The kernel drops the hold with the process, however it ends.
 */
final class DataDirectory implements AutoCloseable {
  private final Path path;
  private final FileChannel lockFile;

  private DataDirectory(Path path, FileChannel lockFile) {
    this.path = path;
    this.lockFile = lockFile;
  }

  /**
   * Where data that are thrown away may go: a path that nobody uses and nobody can guess; made by
   * {@link #open}.
   */
  static Path temporary() {
    return Path.of(System.getProperty("java.io.tmpdir"), "comitia-dev-" + UUID.randomUUID());
  }

  /**
   * Makes the directory when it is missing, for its owner alone, and takes hold of it.
   *
   * @throws AgentException when it cannot be made or written, or another agent holds it
   */
  static DataDirectory open(Path path) throws AgentException {
    try {
      make(path);
    } catch (FileAlreadyExistsException e) {
      throw new AgentException("data_dir \"" + path + "\": " + e.getFile() + " is not a directory");
    } catch (IOException e) {
      throw unusable(path, e);
    }
    Path file = path.resolve("agent.lock");
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              OwnerOnly.FILE);
      if (!lock(channel)) {
        String holder = Files.readString(file).trim();
        channel.close();
        throw new AgentException(
            "COM1102: data_dir \""
                + path
                + "\" is in use by another agent, process "
                + (holder.isEmpty() ? "unknown" : holder)
                + ". Stop that one, or give this one a -data-dir of its own");
      }
      byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(pid), 0);
      return new DataDirectory(path, channel);
    } catch (IOException e) {
      throw unusable(path, e);
    }
  }

  Path path() {
    return path;
  }

  /** What a person should know of an older directory; "" for nothing. */
  String warning() {
    try {
      String mode = OwnerOnly.openTo(path);
      return mode.isEmpty()
          ? ""
          : "COM1104: data_dir \""
              + path
              + "\" is open to other users ("
              + mode
              + "), and what is in it may hold secrets: chmod -R go= "
              + path;
    } catch (IOException e) {
      return "";
    }
  }

  private static void make(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return;
    }
    Path parent = path.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.createDirectory(path, OwnerOnly.DIRECTORY);
  }

  /** Lets go of the directory. */
  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException e) {
      // the process ends right after, and the kernel lets go then
    }
  }

  /** Deletes the directory with all that is in it, as far as that can be done. */
  void delete() {
    try {
      Files.walkFileTree(
          path,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure)
                throws IOException {
              Files.deleteIfExists(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      // it lies in the directory for temporary files: somebody else clears that
    }
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static AgentException unusable(Path path, IOException failure) {
    String why = failure.getMessage();
    if (failure instanceof AccessDeniedException denied) {
      why = "permission denied: " + denied.getFile();
    } else if (failure instanceof NoSuchFileException missing) {
      why = "no such file or directory: " + missing.getFile();
    }
    return new AgentException("COM1103: data_dir \"" + path + "\" cannot be used: " + why);
  }
}
