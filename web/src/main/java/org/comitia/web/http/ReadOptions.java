package org.comitia.web.http;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.comitia.cluster.Read;
import org.comitia.cluster.Read.Consistency;
import org.comitia.config.GoDuration;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;

/**
 * What a read's parameters say: consistency and blocking, with Consul's defaults, bounds and texts.
 *
 * @param minIndex 0 does not block
 * @param maxWait jitter included
 * @param maxStale null for any age
 */
public record ReadOptions(
    Consistency consistency, long minIndex, Duration maxWait, Duration maxStale) {
  /** The jitter is up to this part of the wait: it spreads the returns of many waiting clients. */
  private static final int JITTER_FRACTION = 16;

  /**
   * What a request says, and the settings where it says nothing.
   *
   * @throws Refusal 400 with Consul's text
   */
  public static ReadOptions of(Call call, HttpOptions options) {
    QueryString query = call.query();
    boolean stale = query.has("stale");
    boolean consistent = query.has("consistent");
    Duration maxStale = maxStale(query.get("max_stale"));
    if (maxStale != null) {
      stale = true;
    }
    if (!stale
        && isUndecided(query)
        && isDiscovery(call)
        && !options.discoveryMaxStale().isZero()) {
      stale = true;
      maxStale = options.discoveryMaxStale();
    }
    if (stale && consistent) {
      throw conflict("stale");
    }
    if (consistent && query.has("cached")) {
      throw conflict("cached");
    }
    AgentCache.check(call);
    Duration wait = waitTime(query.get("wait"), options);
    long index = index(query.get("index"));
    Consistency consistency =
        stale ? Consistency.STALE : consistent ? Consistency.CONSISTENT : Consistency.DEFAULT;
    return new ReadOptions(
        consistency, index, index == 0 ? Duration.ZERO : jittered(wait), maxStale);
  }

  /**
   * How long a request waits at most, jitter included.
   *
   * @throws Refusal 400 with Consul's text
   */
  static Duration wait(Call call, HttpOptions options) {
    return jittered(waitTime(call.query().get("wait"), options));
  }

  /** Whether a read names no consistency; {@code leader} names the default one. */
  private static boolean isUndecided(QueryString query) {
    return !query.has("consistent") && !query.has("leader") && !query.has("cached");
  }

  private static boolean isDiscovery(Call call) {
    String pattern = call.endpoint().pattern();
    return pattern.startsWith("/v1/catalog/") || pattern.startsWith("/v1/health/");
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

  private static Duration waitTime(String text, HttpOptions options) {
    if (text.isEmpty()) {
      return options.defaultWait();
    }
    try {
      Duration duration = GoDuration.parse(text);
      if (duration.isZero() || duration.isNegative()) {
        return options.defaultWait();
      }
      return duration.compareTo(options.maxWait()) > 0 ? options.maxWait() : duration;
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

  /** Reads so, on behalf of whoever asks. */
  public <R extends QueryResult> Read<R> read(Call call, Query<R> query) {
    return new Read<>(call.caller(), query, consistency, minIndex, maxWait, maxStale);
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
