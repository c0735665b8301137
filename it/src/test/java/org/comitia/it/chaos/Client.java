package org.comitia.it.chaos;

import java.util.Map;
import java.util.Random;
import org.comitia.it.Await;
import org.comitia.it.Http;
import org.comitia.it.chaos.Operation.Kind;
import org.comitia.it.chaos.Operation.Outcome;

/**
 * One thread that asks the server in one place for one thing after the other, and records each.
 * What it works on changes with time, so that histories stay short.
 */
abstract class Client {
  /** Between two operations. */
  private static final int PAUSE_MILLIS = 40;

  final String name;
  final Random random;
  private final int place;
  private final Cluster cluster;
  private final History history;
  private final long begun = System.nanoTime();
  private final Thread thread;
  private long values;
  private volatile boolean stopped;

  Client(String what, int place, Cluster cluster, History history, long seed) {
    this.name = what + place;
    this.place = place;
    this.cluster = cluster;
    this.history = history;
    this.random = new Random(seed * 31 + name.hashCode());
    this.thread = new Thread(this::loop, "client " + name);
    thread.setDaemon(true);
  }

  /** One operation, or a few that belong together. */
  abstract void next();

  /** Called once, at the end. */
  void ended() {}

  void start() {
    thread.start();
  }

  private void loop() {
    while (!stopped) {
      try {
        next();
      } catch (RuntimeException e) {
        history.violation(name + " got what it does not understand: " + e);
        stopped = true;
      }
      pause();
    }
    ended();
  }

  final void pause() {
    Await.pause(PAUSE_MILLIS / 2 + random.nextInt(PAUSE_MILLIS));
  }

  void stop() {
    stopped = true;
  }

  void join() {
    try {
      thread.join(6 * Reply.LIMIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      throw new AssertionError(name + " does not end");
    }
  }

  /** Each object is worked on for so many seconds, by all clients of its kind. */
  final long period(int seconds) {
    return (System.nanoTime() - begun) / (seconds * 1_000_000_000L);
  }

  /** A value that nobody else writes. */
  final String value() {
    return name + "." + ++values;
  }

  final Http http() {
    return cluster.http(place);
  }

  final History history() {
    return history;
  }

  /**
   * Records what was asked for, as far as the reply tells; reads of which nobody knows are left
   * out.
   */
  final void record(
      String object,
      Kind kind,
      Reply reply,
      boolean done,
      Map<String, String> expected,
      Map<String, String> seen,
      Map<String, String> written) {
    if (reply.fate() == Reply.Fate.NOT_DONE || (!reply.answered() && written.isEmpty())) {
      return;
    }
    Outcome outcome = !reply.answered() ? Outcome.UNKNOWN : done ? Outcome.DONE : Outcome.DECLINED;
    history.add(
        new Operation(
            object,
            kind,
            name,
            expected,
            seen,
            written,
            outcome,
            reply.invoked(),
            reply.answered() ? reply.responded() : Operation.NEVER));
  }
}
