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
 * changes, which it may not do for months; so until then one sender may say {@link #MAX_OF_SENDER},
 * and all together {@link #MAX}. Beyond that one more of a sender is let in each 10 s, and one more
 * of all: behind the border of a network agents come and go. Safe for any thread.
 */
final class Claims {
  /** Twice the connections of one sender. */
  static final int MAX_OF_SENDER = 256;

  static final int MAX = 16_384;
  static final long ONE_MORE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final LongSupplier clock;
  private final Set<InetSocketAddress> known = new HashSet<>();
  private final Map<InetAddress, Integer> ofSender = new HashMap<>();

  /** When one more was let in, by sender; under null of all. */
  private final Map<InetAddress, Long> lastMore = new HashMap<>();

  /**
   * @param clock nanoseconds
   */
  Claims(LongSupplier clock) {
    this.clock = clock;
  }

  /** The view has changed: JGroups forgets the locks after it has told so. */
  synchronized void forget() {
    known.clear();
    ofSender.clear();
    lastMore.clear();
  }

  /** Whether somebody who connects from {@code sender} may say that this is its address. */
  synchronized boolean admits(InetAddress sender, InetSocketAddress claimed) {
    if (known.contains(claimed)) {
      return true;
    }
    boolean many = ofSender.getOrDefault(sender, 0) >= MAX_OF_SENDER;
    if (many && !isOneMore(sender) || known.size() >= MAX && !isOneMore(null)) {
      return false;
    }
    ofSender.merge(sender, 1, Integer::sum);
    return known.add(claimed);
  }

  private boolean isOneMore(InetAddress sender) {
    long now = clock.getAsLong();
    Long last = lastMore.get(sender);
    if (last != null && now - last < ONE_MORE_NANOS) {
      return false;
    }
    lastMore.put(sender, now);
    return true;
  }
}
