package org.comitia.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What one agent has taken in one life, and when each is to be answered by, in its own ticks: it
 * need not answer while it is frozen.
 */
final class Promises {
  /** For ticks and tasks on the way. */
  private static final Duration SLACK = Duration.ofSeconds(1);

  private record Promise(Agent.Kind kind, CompletableFuture<?> answer, long until) {}

  private final String who;
  private final long tick;
  private final List<Promise> open = new ArrayList<>();
  private long ticks;

  Promises(String who, long tick) {
    this.who = who;
    this.tick = tick;
  }

  <T> CompletionStage<T> kept(Agent.Kind kind, Duration bound, CompletionStage<T> answer) {
    long until = ticks + bound.plus(SLACK).toNanos() / tick;
    open.add(new Promise(kind, answer.toCompletableFuture(), until));
    return answer;
  }

  void tick() {
    ticks++;
    open.removeIf(promise -> promise.answer.isDone());
    for (Promise promise : open) {
      Invariants.require(
          ticks <= promise.until,
          "every request is answered within its bound",
          () -> who + " owes the answer to a " + promise.kind + " for too long");
    }
  }

  /** How many are owed. */
  int size() {
    return open.size();
  }
}
