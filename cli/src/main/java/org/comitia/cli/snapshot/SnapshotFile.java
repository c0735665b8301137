package org.comitia.cli.snapshot;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.QueryParameters;
import org.comitia.files.DiskRoom;
import org.comitia.files.DurableFiles;
import org.comitia.files.OwnerOnly;
import org.comitia.log.LogLine;
import org.comitia.snapshot.ArchiveReader;
import org.comitia.snapshot.Manifest;
import org.comitia.state.StateLimit;

/**
 * A snapshot's way into a file: fetched into another one beside it, synced, read again, and only
 * then given its name. Its owner alone reads it.
 */
final class SnapshotFile {
  /** UTF-16 units of an error that quotes what is in an archive. */
  static final int MAX_ERROR = 1_024;

  /** A server looks at all rows before it sends any: about a second for each million. */
  private static final Duration SILENCE = Duration.ofMinutes(2);

  /** So much of the folder's disk stays free, or a twentieth of it if that is less. */
  private static final long RESERVE = 64L << 20;

  /** With these a snapshot begins. */
  private static final byte[] GZIP = {0x1f, (byte) 0x8b};

  private static final int PIECE = 64 << 10;

  /** After so many bytes the disk is looked at again: others write to it as well. */
  private static final long STRIDE = 1 << 20;

  private SnapshotFile() {}

  /** Nothing was saved; the message says in one line why. */
  static final class NotSavedException extends Exception {
    private static final long serialVersionUID = 1L;

    NotSavedException(String message) {
      super(message);
    }
  }

  /**
   * Saves one; what the file was before stays until then. Blocks. Whatever the address sends, some
   * of the disk stays free.
   *
   * @param reading whom the agent is to ask
   * @param file absolute
   * @return what it says of itself
   */
  static Manifest save(AgentClient agent, QueryParameters reading, Path file)
      throws NotSavedException {
    Path unverified = beside(file);
    return save(
        agent,
        reading,
        file,
        unverified,
        DiskRoom.of(unverified, whole -> Math.min(RESERVE, whole / 20)));
  }

  /**
   * The same.
   *
   * @param unverified is there, and gone afterwards
   * @param room of its disk
   */
  static Manifest save(
      AgentClient agent, QueryParameters reading, Path file, Path unverified, DiskRoom room)
      throws NotSavedException {
    try {
      fetch(agent, reading, unverified, room);
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

  private static void fetch(
      AgentClient agent, QueryParameters reading, Path unverified, DiskRoom room)
      throws NotSavedException {
    try (InputStream snapshot = agent.stream("/v1/snapshot" + reading, SILENCE);
        FileChannel out = FileChannel.open(unverified, StandardOpenOption.WRITE)) {
      copy(snapshot, Channels.newOutputStream(out), room);
      out.force(true);
    } catch (AgentException e) {
      throw new NotSavedException("Error saving snapshot: " + e.getMessage());
    } catch (IOException e) {
      throw notWritten(words(e));
    }
  }

  private static void copy(InputStream snapshot, OutputStream out, DiskRoom room)
      throws IOException {
    byte[] piece = new byte[PIECE];
    long left = 0;
    long written = 0;
    for (int n = snapshot.read(piece); n >= 0; n = snapshot.read(piece)) {
      if (n > left) {
        left = Math.min(STRIDE, room.left());
      }
      if (n > left) {
        throw new IOException(
            "the folder's disk has no room for more than "
                + StateLimit.text(written)
                + " of it, beside the "
                + StateLimit.text(room.reserve().get())
                + " that stay free: make room there, or save elsewhere");
      }
      out.write(piece, 0, n);
      left -= n;
      written += n;
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

  /**
   * What may be a snapshot, to be read and closed.
   *
   * @throws IOException why it is none, or cannot be read, for {@link #words}
   */
  static InputStream opened(String name) throws IOException {
    InputStream in;
    try {
      Path file = Path.of(name);
      if (Files.isDirectory(file)) {
        throw new IOException(name + " is a folder");
      }
      in = new BufferedInputStream(Files.newInputStream(file));
    } catch (NoSuchFileException | InvalidPathException e) {
      throw new IOException("open " + name + ": no such file or directory");
    }
    String other = otherKind(in, name);
    if (other != null) {
      in.close();
      throw new IOException(other);
    }
    return in;
  }

  /** Null of what begins as a snapshot does. */
  private static String otherKind(InputStream in, String name) throws IOException {
    in.mark(GZIP.length);
    byte[] head = in.readNBytes(GZIP.length);
    in.reset();
    if (head.length == 0) {
      return name + " is empty";
    } else if (Arrays.equals(head, GZIP)) {
      return null;
    }
    return name
        + " is no snapshot"
        + (head[0] == '['
            ? ", it looks like what `comitia kv export` printed: use `comitia kv import @"
                + name
                + "`"
            : ": it does not begin as one");
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
