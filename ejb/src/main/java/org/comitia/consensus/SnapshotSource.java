package org.comitia.consensus;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.comitia.cluster.Forwarded;
import org.comitia.state.StateDigest;
import org.comitia.wire.SnapshotChunks;

/**
 * Gives other servers snapshots of the own state, chunk by chunk, as they ask for them. A state is
 * an immutable version: to keep one costs what has changed since. Each chunk is made when it is
 * asked for. Safe for any thread.
 */
final class SnapshotSource {
  /** How many states are kept at most. */
  private static final int KEPT = 4;

  /** Who begins gets the newest one that is kept, if it is not older. */
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(30);

  /**
   * One that nobody has asked about for so long is let go. Longer than writing a large state's
   * tables takes: until then the asker needs the log that follows it.
   */
  private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(3);

  /** The log is held for no longer than this: whoever asks on and on must not hold it for ever. */
  private static final long HOLD_NANOS = TimeUnit.MINUTES.toNanos(15);

  /** And each is let go after so long, whoever asks: enough for a large state on a slow link. */
  private static final long OLDEST_NANOS = TimeUnit.HOURS.toNanos(2);

  /** A state while it is kept. */
  private static final class Kept {
    final Applier.View view;
    final long since;
    long usedAt;
    private String digest;

    Kept(Applier.View view, long now) {
      this.view = view;
      this.since = now;
    }

    long index() {
      return view.point().appliedIndex();
    }

    /** Made once, by whoever needs it first; takes a walk over the state. */
    synchronized String digest() {
      if (digest == null) {
        digest = StateDigest.of(view.state());
      }
      return digest;
    }
  }

  private final Supplier<CompletableFuture<Applier.View>> views;
  private final Executor executor;
  private final LongSupplier logBase;
  private final LongSupplier confirmedAt;
  private final LongSupplier clock;
  private final int chunkBytes;
  private final ArrayDeque<Kept> kept = new ArrayDeque<>(); // under its own lock; newest last

  /**
   * @param views the state that a log goes on from; null when it stands still
   * @param executor makes the chunks: the lane for what blocks, since a digest takes its time
   * @param logBase where the own log begins: who goes on from an older state needs another one
   * @param confirmedAt the entry by which the own state was last found to be the cluster's: who
   *     differs takes no state that was not looked at since
   * @param clock monotonic nanoseconds
   * @param chunkBytes what a chunk aims at; a single row may be longer
   */
  SnapshotSource(
      Supplier<CompletableFuture<Applier.View>> views,
      Executor executor,
      LongSupplier logBase,
      LongSupplier confirmedAt,
      LongSupplier clock,
      int chunkBytes) {
    this.views = views;
    this.executor = executor;
    this.logBase = logBase;
    this.confirmedAt = confirmedAt;
    this.clock = clock;
    this.chunkBytes = chunkBytes;
  }

  CompletionStage<Forwarded.SnapshotAnswer> answer(Forwarded.SnapshotRequest request) {
    Kept found = find(request.index());
    CompletionStage<Kept> from =
        found == null && request.index() == 0
            ? views.get().thenApply(this::keep)
            : CompletableFuture.completedFuture(found);
    return from.thenApplyAsync(kept -> chunk(kept, request.cursor()), executor);
  }

  private Forwarded.SnapshotAnswer chunk(Kept from, byte[] cursor) {
    if (from == null) {
      return Forwarded.SnapshotAnswer.refused("COM3030: no such snapshot here (any more)");
    }
    SnapshotChunks.Chunk chunk;
    try {
      chunk = SnapshotChunks.chunk(from.view.state(), cursor, chunkBytes);
    } catch (IllegalArgumentException e) {
      return Forwarded.SnapshotAnswer.refused("COM3030: " + e.getMessage());
    }
    return new Forwarded.SnapshotAnswer(
        from.view.point(),
        from.view.state().bytes(),
        chunk.rows(),
        chunk.next(),
        checksum(from.index(), cursor, chunk.rows(), chunk.next()),
        chunk.next().length == 0 ? from.digest() : "",
        from.view.confirmedAt(),
        "");
  }

  /** CRC-32C of a chunk and of where it belongs. */
  static int checksum(long index, byte[] cursor, byte[] rows, byte[] next) {
    CRC32C crc = new CRC32C();
    crc.update(
        ByteBuffer.allocate(16).putLong(index).putInt(cursor.length).putInt(rows.length).flip());
    crc.update(cursor);
    crc.update(rows);
    crc.update(next);
    return (int) crc.getValue();
  }

  /**
   * @return null when there is nothing to give
   */
  private Kept keep(Applier.View view) {
    if (view == null || view.point().cluster() == null) {
      return null;
    }
    synchronized (kept) {
      long now = clock.getAsLong();
      Kept newest = kept.peekLast();
      if (newest == null
          || newest.index() != view.point().appliedIndex()
          || newest.view.confirmedAt() != view.confirmedAt()) {
        newest = new Kept(view, now);
        kept.addLast(newest);
      }
      newest.usedAt = now;
      if (kept.size() > KEPT) {
        kept.remove(Collections.min(kept, Comparator.comparingLong(k -> k.usedAt - now)));
      }
      return newest;
    }
  }

  /**
   * @param index 0: the newest, if it is fresh
   */
  private Kept find(long index) {
    synchronized (kept) {
      long now = clock.getAsLong();
      Kept found = null;
      for (Kept k : kept) {
        boolean fresh =
            now - k.since < FRESH_NANOS
                && k.index() >= logBase.getAsLong()
                && k.view.confirmedAt() >= confirmedAt.getAsLong();
        if (index == 0 ? fresh : k.index() == index) {
          found = k;
        }
      }
      if (found != null) {
        found.usedAt = now;
      }
      return found;
    }
  }

  /**
   * The oldest state that somebody may be fetching: whoever goes on from it needs the log behind
   * it, and would never come to an end if that were cut meanwhile. {@link Long#MAX_VALUE} for none.
   */
  long oldestIndex() {
    synchronized (kept) {
      long now = clock.getAsLong();
      return kept.stream()
          .filter(k -> now - k.since < HOLD_NANOS)
          .mapToLong(Kept::index)
          .min()
          .orElse(Long.MAX_VALUE);
    }
  }

  /** Lets all go: the own state was found not to be the cluster's. */
  void forgetAll() {
    synchronized (kept) {
      kept.clear();
    }
  }

  /** Lets go what nobody has asked about lately. To be called now and then. */
  void forgetIdle() {
    synchronized (kept) {
      long now = clock.getAsLong();
      kept.removeIf(k -> now - k.usedAt >= IDLE_NANOS || now - k.since >= OLDEST_NANOS);
    }
  }
}
