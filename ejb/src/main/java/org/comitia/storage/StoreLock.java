package org.comitia.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.comitia.cluster.StoreException;
import org.comitia.files.OwnerOnly;

/**
 * Keeps a second agent, or a second copy of the engine in this JVM, off a directory. Within the JVM
 * the holder is noted among the system properties, which all class loaders share; against other
 * processes the file {@code lock} is locked, which the kernel undoes when a process dies.
 *
 * <p>The holder's text has a file of its own, and nobody in this JVM opens {@code lock} while it is
 * held: POSIX gives up all of a process's locks on a file as soon as any handle to it is closed.
 */
final class StoreLock implements AutoCloseable {
  private static final String PROPERTY = "comitia.store.lock:";

  private final String property;
  private final FileChannel channel;

  private StoreLock(String property, FileChannel channel) {
    this.property = property;
    this.channel = channel;
  }

  /**
   * @throws StoreException at once when somebody holds it, naming the holder
   */
  static StoreLock acquire(Path directory) throws StoreException {
    Path real;
    try {
      real = directory.toRealPath();
    } catch (IOException e) {
      throw unusable(directory, e);
    }
    String property = PROPERTY + real;
    String me =
        "process "
            + ProcessHandle.current().pid()
            + " since "
            + Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Object other = System.getProperties().putIfAbsent(property, me);
    if (other != null) {
      throw held(directory, "this very process (" + other + "): an earlier copy is not closed yet");
    }
    StoreLock lock = null;
    try {
      FileChannel channel = lock(real);
      if (channel == null) {
        throw held(directory, readHolder(real));
      }
      lock = new StoreLock(property, channel);
      Files.writeString(real.resolve("lock.holder"), me + "\n");
      leaveToOwner(real);
      return lock;
    } catch (IOException e) {
      if (lock != null) {
        lock.close();
        lock = null;
      }
      throw unusable(directory, e);
    } finally {
      if (lock == null) {
        System.getProperties().remove(property);
      }
    }
  }

  /** A command that root runs may be the first to make these files: the agent must open them. */
  private static void leaveToOwner(Path directory) {
    try {
      OwnerOnly.giveToOwnerOf(directory, directory.resolve("lock"));
      OwnerOnly.giveToOwnerOf(directory, directory.resolve("lock.holder"));
    } catch (IOException e) {
      // This user is neither root nor the owner: who cannot open them is told, COM1013.
    }
  }

  private static StoreException unusable(Path directory, IOException e) {
    return new StoreException(
        "COM1013: cannot lock " + directory + ": " + e + "; can this user write there?", e);
  }

  private static FileChannel lock(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // Held within this JVM by something that left no note: the same answer.
    }
    channel.close();
    return null;
  }

  private static String readHolder(Path directory) {
    try {
      return Files.readString(directory.resolve("lock.holder")).strip();
    } catch (IOException e) {
      return "another process";
    }
  }

  private static StoreException held(Path directory, String holder) {
    return new StoreException(
        "COM1014: "
            + directory
            + " is in use by "
            + holder
            + ": stop it, or use another data directory");
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // The kernel gives the lock up with the process at the latest.
    } finally {
      System.getProperties().remove(property);
    }
  }
}
