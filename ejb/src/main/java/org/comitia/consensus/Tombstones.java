package org.comitia.consensus;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.comitia.state.StateVersion;
import org.pcollections.TreePMap;

/**
 * When tombstones are old enough to be forgotten: 15 minutes after they were seen, counted in steps
 * of 30 s, as in Consul. Not thread-safe.
 */
final class Tombstones {
  private static final long KEPT_NANOS = Duration.ofMinutes(15).toNanos();
  private static final long STEP_NANOS = Duration.ofSeconds(30).toNanos();

  /** Everything up to this index was there at that time. */
  private record Mark(long index, long atNanos) {}

  private final Deque<Mark> marks = new ArrayDeque<>();
  private TreePMap<String, Long> marked;

  /** Forgets what was seen: the time begins anew. */
  void restart() {
    marks.clear();
    marked = null;
  }

  /** Up to which index tombstones are to be reaped now; 0 for none. */
  long over(StateVersion state, long now) {
    boolean due = marks.isEmpty() || now - marks.peekLast().atNanos >= STEP_NANOS;
    if (due && state.tombstones() != marked && !state.tombstones().isEmpty()) {
      marks.addLast(new Mark(state.appliedIndex(), now));
      marked = state.tombstones();
    }
    Mark oldest = marks.peekFirst();
    return oldest != null && now - oldest.atNanos >= KEPT_NANOS ? oldest.index : 0;
  }

  /** A reaping up to this index was proposed and has its outcome. */
  void reaped(long index) {
    if (!marks.isEmpty() && marks.peekFirst().index == index) {
      marks.removeFirst();
    }
  }
}
