package org.comitia.membership;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The addresses that newcomers have said are theirs. JGroups keeps a lock for each until the view
 * changes, which it may not do for months; so one sender may say {@link #MAX_OF_SENDER}, and all
 * together {@link #MAX}. Beyond that one more is let in each 10 s: behind the border of a network
 * agents come and go. The accepting thread's.
 */
final class Claims {
  /** Twice the connections of one sender. */
  static final int MAX_OF_SENDER = 256;

  static final int MAX = 16_384;
  static final long ONE_MORE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final LongSupplier clock;
  private final Set<InetSocketAddress> known = new HashSet<>();
  private final Map<InetAddress, Integer> ofSender = new HashMap<>();
  private long lastMore;

  /**
   * @param clock nanoseconds
   */
  Claims(LongSupplier clock) {
    this.clock = clock;
    lastMore = clock.getAsLong() - ONE_MORE_NANOS;
  }

  /** Whether somebody who connects from {@code sender} may say that this is its address. */
  boolean admits(InetAddress sender, InetSocketAddress claimed) {
    if (known.contains(claimed)) {
      return true;
    }
    if (known.size() >= MAX || ofSender.getOrDefault(sender, 0) >= MAX_OF_SENDER) {
      long now = clock.getAsLong();
      if (now - lastMore < ONE_MORE_NANOS) {
        return false;
      }
      lastMore = now;
    }
    ofSender.merge(sender, 1, Integer::sum);
    return known.add(claimed);
  }
}
