package org.comitia.simulation;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Many seeds on two threads, until all are done or one fails. */
final class Batch {
  private static final int THREADS = 2;

  private final long first;
  private final int seeds;
  private final long events;
  private final Broken broken;

  private final AtomicLong next = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong eventsRun = new AtomicLong();
  private final AtomicLong simulated = new AtomicLong();

  private record Failure(long seed, AssertionError error) {}

  private final AtomicReference<Failure> failure = new AtomicReference<>();
  private long nanos;

  Batch(long first, int seeds, long events, Broken broken) {
    this.first = first;
    this.seeds = seeds;
    this.events = events;
    this.broken = broken;
  }

  void run() throws InterruptedException {
    long start = System.nanoTime();
    Thread[] threads = new Thread[THREADS];
    for (int i = 0; i < THREADS; i++) {
      threads[i] = new Thread(this::work, "simulation-" + i);
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    nanos = System.nanoTime() - start;
  }

  private void work() {
    while (failure.get() == null) {
      long number = next.getAndIncrement();
      if (number >= seeds) {
        return;
      }
      one(first + number);
    }
  }

  private void one(long seed) {
    World world = null;
    try {
      world = new World(seed, broken.breakage(), broken.cores(), null);
      world.run(events);
      done.incrementAndGet();
    } catch (Throwable e) { // an Error too: else it ends this thread, and nobody hears of it
      String how =
          "mvn -q -pl ejb test -Dtest=SimulationTest#replay -Dsim.seed="
              + seed
              + (broken.isSound() ? "" : " -Dsim.broken=" + broken);
      String where =
          world == null ? "making it" : world.scenario.kind() + ", event " + world.events;
      failure.compareAndSet(
          null,
          new Failure(
              seed,
              new AssertionError(
                  "seed " + seed + " (" + where + "): " + message(e) + "\nreplay: " + how, e)));
    } finally {
      eventsRun.addAndGet(world == null ? 0 : world.events);
      simulated.addAndGet(world == null ? 0 : world.now);
    }
  }

  /** The first failure seen; null when there is none. */
  AssertionError failure() {
    return failure.get() == null ? null : failure.get().error();
  }

  /** Of the first failure. */
  long failedSeed() {
    return failure.get().seed();
  }

  private static String message(Throwable e) {
    return e instanceof Violation ? e.getMessage() : e.toString();
  }

  long seedsRun() {
    return done.get();
  }

  String summary() {
    return String.format(
        "simulation: %d seeds, %d events, %.1f h simulated, %.1f s%s",
        done.get(),
        eventsRun.get(),
        simulated.get() / 3.6e12,
        nanos / 1e9,
        broken.isSound() ? "" : ", broken: " + broken);
  }
}
