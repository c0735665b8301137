package org.comitia.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.comitia.cluster.StoreDisk;

/**
 * Whether the file that a connection has open still is the one of that name: what is written to one
 * that was deleted is gone with the process. The same of its write-ahead log. For any thread.
 */
final class FileWatch {
  private final Path file;
  private final Path wal;
  private Object fileKey;
  private Object walKey;

  FileWatch(Path file) {
    this.file = file;
    this.wal = file.resolveSibling(file.getFileName() + "-wal");
    opened();
  }

  /** A connection has opened it: what lies there now is the store's. */
  synchronized void opened() {
    fileKey = key(file);
    walKey = key(wal);
  }

  /**
   * Nobody has it open for a moment, and the write-ahead log goes with the last connection: nothing
   * is told until it is opened again.
   */
  synchronized void closed() {
    fileKey = null;
    walKey = null;
  }

  /** What happened to it, in words; empty when nothing did. */
  synchronized String replaced() {
    String what = changed(file, fileKey);
    if (what.isEmpty() && walKey == null && fileKey != null) {
      walKey = key(wal); // made by the first write
    }
    return what.isEmpty() ? changed(wal, walKey) : what;
  }

  /** Whether only the write-ahead log is another one: all of it can still be saved. */
  synchronized boolean onlyWal() {
    return changed(file, fileKey).isEmpty() && !changed(wal, walKey).isEmpty();
  }

  private static String changed(Path path, Object known) {
    if (known == null || known.equals(key(path))) {
      return "";
    }
    return "COM3076: "
        + path
        + (Files.exists(path) ? " was replaced by another file" : " was deleted")
        + " while the server runs. Put the file back that was there, if it was only moved."
        + " catalog.db is written anew by itself; without log.db do not restart this server unless"
        + " the others have a leader: COM3076 in docs/errors.md";
  }

  private static Object key(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (IOException none) {
      return null;
    }
  }

  StoreDisk disk() {
    return new StoreDisk(replaced(), usable(file.getParent()));
  }

  private static long usable(Path directory) {
    try {
      return Files.getFileStore(directory).getUsableSpace();
    } catch (IOException unknown) {
      return -1;
    }
  }
}
