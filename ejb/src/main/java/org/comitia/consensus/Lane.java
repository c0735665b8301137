package org.comitia.consensus;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A share of the container's executor for one kind of work: so many threads, so many tasks that
 * wait. Never runs anything on the caller's thread. When the executor takes nothing, the tasks wait
 * here and {@link #startAgain} tries anew. In order. A thread that has nothing to do may wait for
 * the next task, one at a time, before the executor has it back. Safe for any thread.
 */
public final class Lane implements Executor {
  private static final Logger LOG = Logger.getLogger("agent");

  private record Waiting(Runnable task, long sinceNanos) {}

  private final String name;
  private final Executor executor;
  private final int width;
  private final int bound;
  private final long idleNanos;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private int running;
  private boolean idle;

  /**
   * @param executor may refuse; runs what it takes on threads of its own
   * @param width how many of its threads work here at once
   * @param bound how many tasks may wait
   */
  public Lane(String name, Executor executor, int width, int bound) {
    this(name, executor, width, bound, 0);
  }

  /**
   * The same.
   *
   * @param idleNanos how long a thread that has nothing to do waits for the next task before the
   *     executor has it back: to wake it costs a part of what the executor takes to start a task
   */
  Lane(String name, Executor executor, int width, int bound, long idleNanos) {
    this.name = name;
    this.executor = executor;
    this.width = width;
    this.bound = bound;
    this.idleNanos = idleNanos;
  }

  /**
   * @throws RejectedExecutionException when too many wait; nothing happened then
   */
  @Override
  public void execute(Runnable task) {
    synchronized (this) {
      if (waiting.size() >= bound) {
        throw new RejectedExecutionException(
            "too much is under way: " + bound + " tasks wait in the lane for " + name);
      }
      waiting.add(new Waiting(task, System.nanoTime()));
      notify();
    }
    start();
  }

  /**
   * To be called periodically: what the executor refused is offered to it again.
   *
   * @return false when it refused again
   */
  boolean startAgain() {
    return start();
  }

  /** Runs some of the tasks that wait, on the caller's thread. */
  void runHere(int max) {
    for (int i = 0; i < max; i++) {
      Waiting first;
      synchronized (this) {
        first = waiting.poll();
      }
      if (first == null) {
        return;
      }
      run(first.task);
    }
  }

  /** How long the first of those that wait has waited so far, nanoseconds; 0 when none does. */
  public synchronized long waitedNanos(long now) {
    return waiting.isEmpty() ? 0 : Math.max(1, now - waiting.peek().sinceNanos);
  }

  public synchronized int waiting() {
    return waiting.size();
  }

  private boolean start() {
    synchronized (this) {
      if (running == width || waiting.size() <= (idle ? 1 : 0)) {
        return true; // everybody is at work, or who is idle has been told
      }
      running++;
    }
    try {
      executor.execute(this::work);
      return true;
    } catch (RuntimeException | Error refused) {
      synchronized (this) {
        running--;
      }
      if (refused instanceof Error error && !(error instanceof OutOfMemoryError)) {
        throw error;
      }
      // Out of memory is also what the JVM says when the system gives it no thread.
      LOG.log(Level.FINE, "no thread for " + name + ", will retry", refused);
      return false;
    }
  }

  private void work() {
    for (Runnable task = next(); task != null; task = next()) {
      run(task);
    }
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable t) { // an Error too: this thread's place in the lane must not be lost
      LOG.log(Level.SEVERE, "COM3024: a task failed: lane=" + name + " error=" + t, t);
    }
  }

  private synchronized Runnable next() {
    if (!idle) {
      awaitTask();
    }
    Waiting first = waiting.poll();
    if (first == null) {
      running--;
      return null;
    }
    return first.task;
  }

  private void awaitTask() {
    idle = true;
    try {
      long end = System.nanoTime() + idleNanos;
      for (long left = idleNanos; left > 0 && waiting.isEmpty(); left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      // The container ends its threads. Whoever still has a task here is not to be disturbed by it.
    } finally {
      idle = false;
    }
  }
}
