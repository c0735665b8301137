package org.comitia.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Files and directories that are still there after the power failed, and that nobody but their
 * owner can read, since they may hold secrets. Blocks on the disk.
 */
public final class DurableFiles {
  /** The name of the file that is written first ends so. */
  public static final String TEMPORARY = ".tmp";

  private DurableFiles() {}

  /** Creates the directory and what is missing above it, and syncs each parent of a new one. */
  public static void createDirectories(Path directory) throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    for (Path path = directory.toAbsolutePath().normalize();
        path != null && !Files.isDirectory(path);
        path = path.getParent()) {
      missing.push(path);
    }
    for (Path path : missing) {
      Files.createDirectory(path, OwnerOnly.DIRECTORY);
      syncDirectory(path.getParent());
    }
  }

  /** Makes the names in a directory durable. */
  public static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Writes a small file so that after a crash either the old or the whole new content is there. */
  public static void write(Path file, byte[] content) throws IOException {
    replace(file, content, true);
    syncDirectory(file.toAbsolutePath().getParent());
  }

  /**
   * The same in a folder of somebody else's, as root does: the file gets the folder's owner and
   * group, who could not read it otherwise.
   *
   * @throws IOException when this user may not do that, and says so; there is no file then
   */
  public static void writeForFolder(Path file, byte[] content) throws IOException {
    boolean done = false;
    try {
      writeFresh(fresh(file), content, false);
      OwnerOnly.giveToOwnerOf(file.toAbsolutePath().getParent(), fresh(file));
      try (FileChannel channel =
          FileChannel.open(fresh(file), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
        channel.force(true);
      }
      putInPlace(file);
      done = true;
    } finally {
      if (!done) {
        discard(file);
      }
    }
    syncDirectory(file.toAbsolutePath().getParent());
  }

  /** As {@link #write}, for one that a power failure may take away: nobody ever sees half of it. */
  public static void writeUnsynced(Path file, byte[] content) throws IOException {
    replace(file, content, false);
  }

  private static void replace(Path file, byte[] content, boolean synced) throws IOException {
    prepare(file, content, synced);
    putInPlace(file);
  }

  /** Writes what {@link #putInPlace} is to put in the file's place, beside it; whole or not. */
  static void prepare(Path file, byte[] content, boolean synced) throws IOException {
    boolean done = false;
    try {
      writeFresh(fresh(file), content, synced);
      done = true;
    } finally {
      if (!done) {
        discard(file);
      }
    }
  }

  private static void writeFresh(Path fresh, byte[] content, boolean synced) throws IOException {
    Files.deleteIfExists(fresh);
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            OwnerOnly.FILE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      if (synced) {
        channel.force(true);
      }
    }
  }

  static void putInPlace(Path file) throws IOException {
    Files.move(
        fresh(file), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Deletes what was prepared, if anything is left of it and it can be deleted. */
  static void discard(Path file) {
    try {
      Files.deleteIfExists(fresh(file));
    } catch (IOException e) {
      // it is written anew, or deleted, when that is done again
    }
  }

  /** Deletes what a crash left half done in a directory, as far as that is possible. */
  public static void deleteTemporary(Path directory) {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, "*" + TEMPORARY)) {
      for (Path one : left) {
        Files.deleteIfExists(one);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // it takes room, and is not read
    }
  }

  private static Path fresh(Path file) {
    return file.resolveSibling(file.getFileName() + TEMPORARY);
  }
}
