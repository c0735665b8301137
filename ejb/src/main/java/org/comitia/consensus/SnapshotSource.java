package org.comitia.consensus;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.comitia.cluster.Forwarded;
import org.comitia.wire.SnapshotChunks;

/**
 * Gives other servers snapshots of the own state, piece by piece, as they ask for them. A state is
 * an immutable version: to keep one costs what has changed since. Each piece is made when it is
 * asked for. Safe for any thread.
 */
final class SnapshotSource {
  /** How many states are kept at most: for servers that fetch at the same time. */
  private static final int KEPT = 4;

  /**
   * One that nobody has asked about for so long is let go. Longer than writing a large state's
   * tables takes: until then the asker needs the log that follows it.
   */
  private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(3);

  private record Kept(Applier.View view, long usedAt) {}

  private final Applier applier;
  private final LongSupplier clock;
  private final int pieceBytes;
  private final ArrayDeque<Kept> kept = new ArrayDeque<>(); // under its own lock; newest use last

  /**
   * @param clock monotonic nanoseconds
   * @param pieceBytes what a piece aims at; a single row may be longer
   */
  SnapshotSource(Applier applier, LongSupplier clock, int pieceBytes) {
    this.applier = applier;
    this.clock = clock;
    this.pieceBytes = pieceBytes;
  }

  CompletionStage<Forwarded.SnapshotAnswer> answer(Forwarded.SnapshotRequest request) {
    if (request.index() == 0) {
      return applier.view().thenApply(view -> piece(view, request.cursor()));
    }
    return CompletableFuture.completedFuture(piece(find(request.index()), request.cursor()));
  }

  private Forwarded.SnapshotAnswer piece(Applier.View view, byte[] cursor) {
    if (view == null || view.point().cluster() == null) {
      return Forwarded.SnapshotAnswer.refused("COM3030: no such snapshot here (any more)");
    }
    keep(view);
    SnapshotChunks.Chunk chunk;
    try {
      chunk = SnapshotChunks.chunk(view.state(), cursor, pieceBytes);
    } catch (IllegalArgumentException e) {
      return Forwarded.SnapshotAnswer.refused("COM3030: " + e.getMessage());
    }
    return new Forwarded.SnapshotAnswer(
        view.point(), chunk.rows(), chunk.next(), checksum(chunk.rows()), "");
  }

  static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    return (int) crc.getValue();
  }

  private void keep(Applier.View view) {
    synchronized (kept) {
      kept.removeIf(k -> k.view().point().appliedIndex() == view.point().appliedIndex());
      kept.addLast(new Kept(view, clock.getAsLong()));
      while (kept.size() > KEPT) {
        kept.removeFirst();
      }
    }
  }

  private Applier.View find(long index) {
    synchronized (kept) {
      for (Kept k : kept) {
        if (k.view().point().appliedIndex() == index) {
          return k.view();
        }
      }
      return null;
    }
  }

  /**
   * The oldest state that somebody may be fetching: whoever goes on from it needs the log behind
   * it, and would never come to an end if that were cut meanwhile. {@link Long#MAX_VALUE} for none.
   */
  long oldestIndex() {
    synchronized (kept) {
      return kept.stream()
          .mapToLong(k -> k.view().point().appliedIndex())
          .min()
          .orElse(Long.MAX_VALUE);
    }
  }

  /** Lets go what nobody has asked about lately. To be called now and then. */
  void forgetIdle() {
    synchronized (kept) {
      Iterator<Kept> oldest = kept.iterator();
      while (oldest.hasNext() && clock.getAsLong() - oldest.next().usedAt() >= IDLE_NANOS) {
        oldest.remove();
      }
    }
  }
}
