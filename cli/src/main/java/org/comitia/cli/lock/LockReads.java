package org.comitia.cli.lock;

import java.time.Duration;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.QueryParameters;
import org.comitia.cli.kv.KvStore;

/**
 * The blocking reads of a recipe.
 *
 * @param limit how long an acquisition may take; zero: for ever
 * @param retries how many reads in a row may fail before a lock counts as lost
 * @param datacenter null for the agent's own
 */
record LockReads(Duration limit, int retries, String datacenter) {
  private static final Duration WAIT = Duration.ofSeconds(15);
  private static final Duration MONITOR_WAIT = Duration.ofMinutes(5);
  private static final Duration SLACK = Duration.ofSeconds(30);
  private static final long RETRY_MILLIS = 1_000;

  /** One read of a recipe, of a key or of a prefix. */
  interface Look {
    KvStore.Reading at(QueryParameters parameters, Duration timeout) throws AgentException;
  }

  interface Held {
    boolean by(KvStore.Reading reading) throws AgentException;
  }

  QueryParameters parameters() {
    return new QueryParameters().add("dc", datacenter);
  }

  /**
   * How long the next read may wait for a change.
   *
   * @param began when the acquisition began, monotonic
   * @return null when the time is over
   */
  Duration nextWait(long began, boolean first) {
    if (limit.isZero()) {
      return WAIT;
    }
    Duration left = limit.minusNanos(System.nanoTime() - began);
    if (!first && (left.isNegative() || left.isZero())) {
      return null;
    }
    return left.compareTo(WAIT) > 0 ? WAIT : left.isNegative() ? Duration.ZERO : left;
  }

  /** Reads once; blocks at most {@code wait} while the index is the one that was seen. */
  KvStore.Reading read(Look look, long index, Duration wait) throws AgentException {
    QueryParameters parameters = parameters();
    if (index > 0) {
      parameters
          .add("index", Long.toUnsignedString(index))
          .add("wait", Math.max(1, wait.toMillis()) + "ms");
    }
    return look.at(parameters, wait.plus(wait.dividedBy(16)).plus(SLACK));
  }

  /** Reads again and again, consistently, as long as it is held. */
  void monitor(Look look, Held held) throws InterruptedException {
    long index = 0;
    int left = retries;
    while (true) {
      try {
        QueryParameters parameters = parameters().flag("consistent", true);
        if (index > 0) {
          parameters
              .add("index", Long.toUnsignedString(index))
              .add("wait", MONITOR_WAIT.toSeconds() + "s");
        }
        KvStore.Reading reading =
            look.at(parameters, MONITOR_WAIT.plus(MONITOR_WAIT.dividedBy(16)).plus(SLACK));
        if (!held.by(reading)) {
          return;
        }
        left = retries;
        index = reading.index();
      } catch (AgentException e) {
        if (left == 0 || !e.passing()) {
          return;
        }
        left--;
        index = 0;
        Thread.sleep(RETRY_MILLIS);
      }
    }
  }
}
