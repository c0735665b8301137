package org.comitia.web.http;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.comitia.config.GoDuration;
import org.comitia.consensus.Read;
import org.comitia.consensus.Read.Consistency;
import org.comitia.state.Query;

/**
 * What a read's parameters say: consistency and blocking, with Consul's defaults, bounds and texts.
 *
 * @param minIndex 0 does not block
 * @param maxWait jitter included
 * @param maxStale null for any age
 */
public record ReadOptions(
    Consistency consistency, long minIndex, Duration maxWait, Duration maxStale) {
  private static final Duration DEFAULT_WAIT = Duration.ofSeconds(300);
  private static final Duration MAX_WAIT = Duration.ofSeconds(600);

  /** The jitter is up to this part of the wait: it spreads the returns of many waiting clients. */
  private static final int JITTER_FRACTION = 16;

  private static final ReadOptions PLAIN =
      new ReadOptions(Consistency.DEFAULT, 0, Duration.ZERO, null);

  /**
   * @throws Refusal 400 with Consul's text
   */
  public static ReadOptions of(QueryString query) {
    if (query == QueryString.EMPTY) {
      return PLAIN;
    }
    boolean stale = query.has("stale");
    boolean consistent = query.has("consistent");
    Duration maxStale = maxStale(query.get("max_stale"));
    if (maxStale != null) {
      stale = true;
    }
    if (stale && consistent) {
      throw conflict("stale");
    }
    if (consistent && query.has("cached")) {
      throw conflict("cached");
    }
    Duration wait = waitTime(query.get("wait"));
    long index = index(query.get("index"));
    Consistency consistency =
        stale ? Consistency.STALE : consistent ? Consistency.CONSISTENT : Consistency.DEFAULT;
    return new ReadOptions(
        consistency, index, index == 0 ? Duration.ZERO : jittered(wait), maxStale);
  }

  private static Refusal conflict(String mode) {
    return Refusal.badRequest(
        "Cannot specify ?" + mode + " with ?consistent, conflicting semantics.");
  }

  private static Duration maxStale(String text) {
    if (text.isEmpty()) {
      return null;
    }
    try {
      Duration duration = GoDuration.parse(text);
      return duration.isZero() || duration.isNegative() ? null : duration;
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest("Invalid max_stale value \"" + text + "\"");
    }
  }

  private static Duration waitTime(String text) {
    if (text.isEmpty()) {
      return DEFAULT_WAIT;
    }
    try {
      Duration duration = GoDuration.parse(text);
      if (duration.isZero() || duration.isNegative()) {
        return DEFAULT_WAIT;
      }
      return duration.compareTo(MAX_WAIT) > 0 ? MAX_WAIT : duration;
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest("Invalid wait time");
    }
  }

  private static long index(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    try {
      long index = Numbers.parseUnsigned(text);
      // Beyond any log: waits the whole time.
      return index < 0 ? Long.MAX_VALUE : index;
    } catch (NumberFormatException e) {
      throw Refusal.badRequest("Invalid index");
    }
  }

  private static Duration jittered(Duration wait) {
    return wait.plusNanos(
        ThreadLocalRandom.current().nextLong(wait.toNanos() / JITTER_FRACTION + 1));
  }

  public Read read(Query query) {
    return new Read(query, consistency, minIndex, maxWait, maxStale);
  }

  /** The value of {@code X-Consul-Effective-Consistency}. */
  public String effectiveConsistency() {
    return switch (consistency) {
      case DEFAULT -> "leader";
      case CONSISTENT -> "consistent";
      case STALE -> "stale";
    };
  }
}
