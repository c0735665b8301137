package org.comitia.agent.check;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A check that looks again and again: one look at a time, the next one an interval after the last
 * has ended, the first after a random part of it, so that many checks do not all begin at once.
 */
final class IntervalCheck implements CheckRunner {
  private final Probe probe;
  private final StatusCounter counter;
  private final Timer timer;
  private final long intervalNanos;
  private ScheduledFuture<?> next;
  private boolean running;

  IntervalCheck(Probe probe, StatusCounter counter, Timer timer, long intervalNanos) {
    this.probe = probe;
    this.counter = counter;
    this.timer = timer;
    this.intervalNanos = intervalNanos;
  }

  @Override
  public synchronized void start() {
    running = true;
    next = timer.cancellable(ThreadLocalRandom.current().nextLong(intervalNanos), this::look);
  }

  private void look() {
    synchronized (this) {
      if (!running) {
        return;
      }
    }
    try {
      probe.begin().whenComplete(this::seen);
    } catch (RuntimeException | Error e) { // else it would never look again
      seen(null, e);
    }
  }

  private synchronized void seen(Probe.Result result, Throwable problem) {
    if (!running) {
      return;
    }
    counter.count(problem == null ? result : Probe.Result.critical(String.valueOf(problem)));
    next = timer.cancellable(intervalNanos, this::look);
  }

  @Override
  public void close() {
    synchronized (this) {
      running = false;
      if (next != null) {
        next.cancel(false);
      }
    }
    probe.abandon();
  }
}
