package org.comitia.cli.snapshot;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.QueryParameters;
import org.comitia.files.DurableFiles;
import org.comitia.files.OwnerOnly;
import org.comitia.log.LogLine;
import org.comitia.snapshot.ArchiveReader;
import org.comitia.snapshot.Manifest;

/**
 * A snapshot's way into a file: fetched into another one beside it, synced, read again, and only
 * then given its name. Its owner alone reads it.
 */
final class SnapshotFile {
  /** UTF-16 units of an error that quotes what is in an archive. */
  static final int MAX_ERROR = 1_024;

  /** A server looks at all rows before it sends any: about a second for each million. */
  private static final Duration SILENCE = Duration.ofMinutes(2);

  private SnapshotFile() {}

  /** Nothing was saved; the message says in one line why. */
  static final class NotSavedException extends Exception {
    private static final long serialVersionUID = 1L;

    NotSavedException(String message) {
      super(message);
    }
  }

  /**
   * Saves one; what the file was before stays until then. Blocks.
   *
   * @param reading whom the agent is to ask
   * @param file absolute
   * @return what it says of itself
   */
  static Manifest save(AgentClient agent, QueryParameters reading, Path file)
      throws NotSavedException {
    Path unverified = beside(file);
    try {
      fetch(agent, reading, unverified);
      Manifest manifest = verified(unverified);
      putInPlace(unverified, file);
      return manifest;
    } finally {
      discard(unverified);
    }
  }

  /**
   * A file of a name that another save into the same file does not take. Made before anything is
   * fetched: whether there is a folder is known at once.
   */
  private static Path beside(Path file) throws NotSavedException {
    Path name = file.getFileName();
    if (name == null || Files.isDirectory(file)) {
      throw notWritten(file + " is a folder");
    }
    Path folder = file.getParent();
    if (!Files.isDirectory(folder)) {
      throw notWritten(
          Files.exists(folder) ? folder + " is no folder" : "there is no folder " + folder);
    }
    try {
      return Files.createTempFile(folder, name + ".", DurableFiles.TEMPORARY, OwnerOnly.FILE);
    } catch (IOException e) {
      throw notWritten(words(e));
    }
  }

  private static NotSavedException notWritten(String why) {
    return new NotSavedException("Error writing unverified snapshot file: " + why);
  }

  private static void fetch(AgentClient agent, QueryParameters reading, Path unverified)
      throws NotSavedException {
    try (InputStream snapshot = agent.stream("/v1/snapshot" + reading, SILENCE);
        FileChannel out = FileChannel.open(unverified, StandardOpenOption.WRITE)) {
      snapshot.transferTo(Channels.newOutputStream(out));
      out.force(true);
    } catch (AgentException e) {
      throw new NotSavedException("Error saving snapshot: " + e.getMessage());
    } catch (IOException e) {
      throw notWritten(words(e));
    }
  }

  private static Manifest verified(Path unverified) throws NotSavedException {
    try (InputStream written = new BufferedInputStream(Files.newInputStream(unverified))) {
      return ArchiveReader.read(written, rows -> {}).manifest();
    } catch (IOException e) {
      throw new NotSavedException(
          "Error verifying snapshot file: " + LogLine.excerpt(words(e), MAX_ERROR));
    }
  }

  private static void putInPlace(Path unverified, Path file) throws NotSavedException {
    try {
      Files.move(
          unverified, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      DurableFiles.syncDirectory(file.getParent());
    } catch (IOException e) {
      throw new NotSavedException(
          "Error renaming "
              + Arguments.quoted(unverified.toString())
              + " to "
              + Arguments.quoted(file.toString())
              + ": "
              + words(e));
    }
  }

  private static void discard(Path unverified) {
    try {
      Files.deleteIfExists(unverified);
    } catch (IOException e) {
      // it takes room, and is not read
    }
  }

  /** What went wrong with a file or a connection, without the names of classes. */
  static String words(IOException failure) {
    if (failure instanceof NoSuchFileException missing) {
      return missing.getFile() + ": no such file or directory";
    } else if (failure instanceof AccessDeniedException denied) {
      return denied.getFile() + ": permission denied";
    } else if (failure instanceof SocketTimeoutException) {
      return "nothing came from the agent for " + SILENCE.toSeconds() + " s";
    } else if (failure instanceof ClosedByInterruptException) {
      return "told to end";
    }
    return failure.getMessage() == null ? "input/output error" : failure.getMessage();
  }
}
