package org.comitia.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/** Files and directories that are still there after the power failed. */
final class DurableFiles {
  private DurableFiles() {}

  /** Creates the directory and what is missing above it, and syncs each parent of a new one. */
  static void createDirectories(Path directory) throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    for (Path path = directory.toAbsolutePath().normalize();
        path != null && !Files.isDirectory(path);
        path = path.getParent()) {
      missing.push(path);
    }
    for (Path path : missing) {
      Files.createDirectory(path);
      syncDirectory(path.getParent());
    }
  }

  /** Makes the names in a directory durable. */
  static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Writes a small file so that after a crash either the old or the whole new content is there. */
  static void write(Path file, String content) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    syncDirectory(file.toAbsolutePath().getParent());
  }
}
