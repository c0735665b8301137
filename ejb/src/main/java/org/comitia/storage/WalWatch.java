package org.comitia.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.logging.Logger;

/**
 * Notices a write-ahead log of SQLite that only grows: it begins anew when all of it is in the
 * database, and while somebody else reads the database it never is. Tells at 64 MiB and at each
 * doubling, once, and again after it was small in between. Looks every ten seconds at most. The
 * writing thread's.
 */
final class WalWatch {
  /** The largest transaction of ours makes a small part of it. */
  static final long LARGE = 64L << 20;

  private static final long PAUSE_NANOS = 10_000_000_000L;
  private static final Logger LOG = Logger.getLogger("agent");

  private final Path file;
  private final LongSupplier clock;
  private long lookedNanos;
  private long tellAt = LARGE;

  /**
   * @param file the write-ahead log; there need be none
   * @param clock nanoseconds
   */
  WalWatch(Path file, LongSupplier clock) {
    this.file = file;
    this.clock = clock;
    this.lookedNanos = clock.getAsLong();
  }

  /** To be called after each write. */
  void look() {
    long now = clock.getAsLong();
    if (now - lookedNanos < PAUSE_NANOS) {
      return;
    }
    lookedNanos = now;
    long size = size();
    if (size < LARGE) {
      tellAt = LARGE;
    } else if (size >= tellAt) {
      tellAt = 2 * size;
      LOG.warning(
          "COM3105: "
              + file
              + " has grown to "
              + (size >> 20)
              + " MiB: another program reads the database (sqlite3, a backup) and keeps it from beginning anew."
              + " End that program; only catalog.db may be read while the agent runs");
    }
  }

  private long size() {
    try {
      return Files.size(file);
    } catch (IOException none) {
      return 0;
    }
  }
}
