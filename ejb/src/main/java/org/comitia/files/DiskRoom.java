package org.comitia.files;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongUnaryOperator;

/**
 * What may still be written to a disk, so that its reserve stays free. Each look asks the file
 * system; any thread.
 *
 * @param usable bytes that are free
 * @param reserve of these, how many stay free
 */
public record DiskRoom(Bytes usable, Bytes reserve) {
  /** A number of bytes that the file system knows. */
  @FunctionalInterface
  public interface Bytes {
    long get() throws IOException;
  }

  /**
   * The disk of a folder or file.
   *
   * @param path is there when anybody looks
   * @param reserve bytes, by those of the whole disk
   */
  public static DiskRoom of(Path path, LongUnaryOperator reserve) {
    return new DiskRoom(
        () -> disk(path).getUsableSpace(), () -> reserve.applyAsLong(disk(path).getTotalSpace()));
  }

  private static FileStore disk(Path path) throws IOException {
    return Files.getFileStore(path);
  }

  /** Bytes that may be written; below zero when the reserve is touched. */
  public long left() throws IOException {
    return usable.get() - reserve.get();
  }
}
