package org.comitia.membership;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;
import org.comitia.wire.proto.SavedMembers;

/**
 * {@code <data-dir>/serf/members}: who was known, for the next start. Replaced as a whole, synced
 * before it takes the old one's place. It is a memory only: when it cannot be read or written,
 * membership goes on without, and says so.
 */
final class RosterFile {
  private static final Logger LOG = Logger.getLogger("serf");
  private static final long MAX_BYTES = 16 << 20;

  private final Path file;
  private final Executor executor;
  private final AtomicReference<SavedMembers> next = new AtomicReference<>();

  /** Whether the executor has a task that saves and has not begun. */
  private final AtomicBoolean asked = new AtomicBoolean();

  /**
   * @param dataDir null: nothing is remembered
   */
  RosterFile(Path dataDir, Executor executor) {
    this.file = dataDir == null ? null : dataDir.resolve("serf").resolve("members");
    this.executor = executor;
  }

  SavedMembers load() {
    if (file == null || !Files.exists(file)) {
      return SavedMembers.getDefaultInstance();
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IOException("it is longer than " + MAX_BYTES + " bytes");
      }
      return SavedMembers.parseFrom(Files.readAllBytes(file));
    } catch (IOException e) { // damaged bytes too
      LOG.warning("COM2018: cannot read " + file + ", members of the last run are not known: " + e);
    }
    return SavedMembers.getDefaultInstance();
  }

  /** Saves soon, on the executor; of several in a row only the last. */
  void saveSoon(SavedMembers members) {
    if (file != null) {
      next.set(members);
      saveDue();
    }
  }

  /** Tries again what the executor did not take; to be called now and then. Returns at once. */
  void saveDue() {
    if (next.get() == null || !asked.compareAndSet(false, true)) {
      return;
    }
    try {
      executor.execute(
          () -> {
            asked.set(false);
            saveNow(null);
          });
    } catch (RejectedExecutionException busy) {
      asked.set(false);
      LOG.fine(() -> "the members are saved later: " + busy.getMessage());
    }
  }

  /**
   * Saves before it returns.
   *
   * @param members null: whatever is due
   */
  synchronized void saveNow(SavedMembers members) {
    SavedMembers due = next.getAndSet(null);
    SavedMembers chosen = members != null ? members : due;
    if (file == null || chosen == null) {
      return;
    }
    try {
      Files.createDirectories(file.getParent());
      Path fresh = file.resolveSibling("members.new");
      try (FileChannel channel =
          FileChannel.open(
              fresh,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        ByteBuffer bytes = ByteBuffer.wrap(chosen.toByteArray());
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warning(
          "COM2019: cannot write " + file + ", a restart may not find the members again: " + e);
    }
  }
}
