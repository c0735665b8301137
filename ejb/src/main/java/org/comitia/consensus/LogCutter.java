package org.comitia.consensus;

import java.util.function.Supplier;

/** Has the own log cut behind the saved tables when it is time to. One thread at a time looks. */
final class LogCutter {
  private final Engine engine;
  private final TableSaver saver;
  private final SnapshotSource snapshots;
  private final Supplier<LogKeeping> keeping;
  private volatile long cutAtNanos = System.nanoTime(); // written in the core's turn

  /**
   * @param keeping asked again and again: it may change
   */
  LogCutter(
      Engine engine, TableSaver saver, SnapshotSource snapshots, Supplier<LogKeeping> keeping) {
    this.engine = engine;
    this.saver = saver;
    this.snapshots = snapshots;
    this.keeping = keeping;
  }

  /** What somebody may go on from; nothing any more once all servers have what follows it. */
  private long heldIndex() {
    long oldest = snapshots.oldestIndex();
    Status status = engine.status();
    boolean allHave =
        status.isLeader() && status.peers().stream().allMatch(p -> p.matchIndex() >= oldest);
    return allHave ? Long.MAX_VALUE : oldest;
  }

  /** To be called about twice a second. Does not block. */
  void look() {
    LogKeeping now = keeping.get();
    long since = System.nanoTime() - cutAtNanos;
    engine.cutLog(
        now,
        saver.savedIndex(),
        heldIndex(),
        since >= now.interval().toNanos(),
        () -> cutAtNanos = System.nanoTime());
  }
}
