package org.comitia.cluster;

import java.time.Duration;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;

/**
 * A read, possibly blocking.
 *
 * @param <R> its result
 * @param caller on whose behalf
 * @param minIndex answer when the result's index is above this, or {@code maxWait} is over; 0 does
 *     not block
 * @param maxWait how long to block, jitter included
 * @param maxStale with {@link Consistency#STALE}: ask the leader when our knowledge is older; null
 *     for any age
 */
public record Read<R extends QueryResult>(
    Caller caller,
    Query<R> query,
    Consistency consistency,
    long minIndex,
    Duration maxWait,
    Duration maxStale) {
  /** Design §4. */
  public enum Consistency {
    DEFAULT,
    CONSISTENT,
    STALE
  }
}
