package org.comitia.consensus;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.comitia.access.AccessTable;
import org.comitia.access.Token;

/**
 * Which tokens have expired and are to be deleted. Nothing hangs on when that is: whoever looks a
 * token up looks at the clock as well. All tokens are looked through when one has expired or the
 * table is another one, once a second at most. Not thread-safe.
 */
final class ExpiredTokens {
  private static final long STEP_NANOS = Duration.ofSeconds(1).toNanos();

  private AccessTable seen; // null: look in any case
  private long looked;
  private long firstMillis; // when the next of those in seen expires

  /** Forgets what was seen. */
  void restart() {
    seen = null;
  }

  /**
   * The accessors of some that have expired.
   *
   * @param millis the wall clock, since 1970
   * @param nanos the monotonic clock
   * @param most how many
   */
  List<String> over(AccessTable table, long millis, long nanos, int most) {
    boolean due = seen == null || table != seen || millis >= firstMillis;
    if (!due || seen != null && nanos - looked < STEP_NANOS) {
      return List.of();
    }
    seen = table;
    looked = nanos;
    firstMillis = Long.MAX_VALUE;
    List<String> over = new ArrayList<>();
    for (Token token : table.tokens()) {
      if (token.isExpired(millis) && over.size() < most) {
        over.add(token.id());
      }
      if (token.expirationMillis() != 0) {
        firstMillis = Math.min(firstMillis, token.expirationMillis());
      }
    }
    return over;
  }
}
