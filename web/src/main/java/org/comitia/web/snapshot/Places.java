package org.comitia.web.snapshot;

import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.comitia.web.http.RequestLog;

/**
 * The places of the snapshots that are sent at the same time: few, since each holds a version of
 * the state. No client keeps one for ever: it has to take what it asked for ({@link
 * SnapshotStream#requirePace}), and after ten minutes it makes room for whoever comes. Thread safe.
 */
final class Places {
  private static final int MOST = 2;
  private static final long SAFE_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final Semaphore free = new Semaphore(MOST);
  private final Set<SnapshotStream> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  /** Whether there is a place; then {@link #giveBack} or {@link #hold} follows. */
  boolean take() {
    return free.tryAcquire() || (cutOldestOff() && free.tryAcquire());
  }

  private boolean cutOldestOff() {
    SnapshotStream oldest =
        open.stream().max(Comparator.comparingLong(SnapshotStream::ageNanos)).orElse(null);
    if (oldest == null || oldest.ageNanos() <= SAFE_NANOS) {
      return false;
    }
    oldest.cutOff("it has taken more than ten minutes, and another client wants its place");
    return true;
  }

  /** There was nothing to send. */
  void giveBack() {
    free.release();
  }

  /** The place that was taken is this one's, until it {@linkplain #leave leaves}. */
  void hold(SnapshotStream stream) {
    open.add(stream);
  }

  void leave(SnapshotStream stream) {
    open.remove(stream);
    free.release();
  }

  /** To be called every few seconds. */
  void requirePace() {
    for (SnapshotStream stream : open) {
      try {
        stream.requirePace();
      } catch (RuntimeException | Error e) { // of the container; to be called again
        RequestLog.unexpected("COM4043: a snapshot was cut off: " + e, e);
      }
    }
  }

  /** The agent stops, and waits for no client. */
  void end() {
    ended = true;
    open.forEach(SnapshotStream::end);
  }

  /** Looked at after a stream has begun: {@link #end} finds it, or whoever looks does. */
  boolean isEnded() {
    return ended;
  }
}
