package org.comitia.membership;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Connections that are open and in nobody's table. JGroups leaves such behind: one that came while
 * a view took others out of the table, one whose reader got no thread. The other side, which has it
 * in its own table, refuses each new one if its address is the higher. Safe for any thread.
 *
 * @param <C> a connection; two are the same when they are one object
 */
final class ForgottenConnections<C> {
  /**
   * One that is just established, or is being closed, is in no table for some moments; a thread may
   * stand still in between.
   */
  static final long MISSING_NANOS = 500_000_000L;

  private static final long NEVER = Long.MIN_VALUE;

  private final LongSupplier clock;

  /** With the time at which it was first in no table. */
  private final Map<C, Long> open = new IdentityHashMap<>();

  /**
   * @param clock monotonic nanoseconds
   */
  ForgottenConnections(LongSupplier clock) {
    this.clock = clock;
  }

  synchronized void established(C connection) {
    open.putIfAbsent(connection, NEVER);
  }

  /** Whether it was known until now. */
  synchronized boolean closed(C connection) {
    return open.remove(connection) != null;
  }

  /**
   * Takes out those that were in no table at an earlier look, long enough ago, and are in none now.
   * They are to be closed.
   *
   * @param table those that are
   */
  synchronized List<C> take(Collection<C> table) {
    Set<C> kept = Collections.newSetFromMap(new IdentityHashMap<>());
    kept.addAll(table);
    long now = clock.getAsLong();
    List<C> forgotten = new ArrayList<>();
    open.replaceAll(
        (connection, missing) -> {
          if (kept.contains(connection)) {
            return NEVER;
          }
          if (missing != NEVER && now - missing >= MISSING_NANOS) {
            forgotten.add(connection);
          }
          return missing == NEVER ? now : missing;
        });
    forgotten.forEach(open::remove);
    return forgotten;
  }
}
