package org.comitia.cli.watch;

import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;

/**
 * Follows what is watched: hands on what it is at first, and then each change. Blocks its thread
 * for as long as it is wanted; a read that has begun is waited for.
 */
final class Follower {
  /** Takes what was seen. */
  interface Handler {
    /**
     * @return false to end
     */
    boolean handle(WatchQuery.Seen seen) throws InterruptedException;
  }

  /** Is told of a failed read, and how long the next one will wait. */
  interface Failures {
    void tell(AgentException problem, Duration pause);
  }

  private static final long RETRY_SECONDS = 5;
  private static final long MAX_RETRY_SECONDS = 180;
  private static final long NO_INDEX_MILLIS = 1_000;

  private final AgentClient agent;
  private final WatchQuery query;
  private final Failures failures;

  Follower(AgentClient agent, WatchQuery query, Failures failures) {
    this.agent = agent;
    this.query = query;
    this.failures = failures;
  }

  /**
   * Returns when it is not wanted any more, or when the handler wants no more.
   *
   * @param wanted asked before each read and before each hand-over
   */
  void follow(BooleanSupplier wanted, Handler handler) throws InterruptedException {
    boolean fresh = true;
    long index = 0;
    int failed = 0;
    JsonValue last = JsonValue.NULL;
    while (wanted.getAsBoolean()) {
      WatchQuery.Seen seen;
      try {
        seen = query.read(agent, index);
      } catch (AgentException e) {
        failed++;
        fresh = true;
        index = 0;
        pause(e, failed);
        continue;
      }
      failed = 0;
      boolean same = !fresh && (seen.index() == index || seen.value().equals(last));
      if (seen.index() == 0) {
        Thread.sleep(NO_INDEX_MILLIS); // nothing to wait for: this must not become a storm
      }
      index = fresh ? seen.index() : query.next(index, seen.index());
      if (same) {
        continue;
      }
      fresh = false;
      last = seen.value();
      if (!wanted.getAsBoolean() || !handler.handle(seen)) {
        return;
      }
    }
  }

  /** The longer it fails, the longer it waits. */
  private void pause(AgentException problem, int failed) throws InterruptedException {
    Duration pause =
        Duration.ofSeconds(Math.min(RETRY_SECONDS * failed * failed, MAX_RETRY_SECONDS));
    failures.tell(problem, pause);
    Thread.sleep(pause.toMillis());
  }
}
