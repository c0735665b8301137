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
  /** A new connection is established before it is put into the table. */
  static final long AGE_NANOS = 1_000_000_000L;

  private final LongSupplier clock;
  private final Map<C, Long> open = new IdentityHashMap<>();

  /**
   * @param clock monotonic nanoseconds
   */
  ForgottenConnections(LongSupplier clock) {
    this.clock = clock;
  }

  synchronized void established(C connection) {
    open.putIfAbsent(connection, clock.getAsLong());
  }

  /** Whether it was known until now. */
  synchronized boolean closed(C connection) {
    return open.remove(connection) != null;
  }

  /**
   * Takes out those that are old enough to be in the table and are not. They are to be closed.
   *
   * @param table those that are
   */
  synchronized List<C> take(Collection<C> table) {
    Set<C> kept = Collections.newSetFromMap(new IdentityHashMap<>());
    kept.addAll(table);
    long now = clock.getAsLong();
    List<C> forgotten = new ArrayList<>();
    open.forEach(
        (connection, since) -> {
          if (!kept.contains(connection) && now - since >= AGE_NANOS) {
            forgotten.add(connection);
          }
        });
    forgotten.forEach(open::remove);
    return forgotten;
  }
}
