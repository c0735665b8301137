package org.comitia.agent.check;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Lets a few tasks that block (looking up names, starting processes) into a shared executor at a
 * time; the others wait here and hold no thread. As many wait as there are checks, at most.
 */
final class BlockingLane implements Executor {
  private static final Logger LOG = Logger.getLogger("agent");

  private final Executor executor;
  private final int width;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int active;

  BlockingLane(Executor executor, int width) {
    this.executor = executor;
    this.width = width;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (this) {
      if (active == width) {
        waiting.add(task);
        return;
      }
      active++;
    }
    boolean taken = false;
    try {
      executor.execute(() -> run(task));
      taken = true;
    } finally {
      if (!taken) {
        free();
      }
    }
  }

  /** On the same thread goes on with those that wait: the executor might refuse to give another. */
  private void run(Runnable first) {
    for (Runnable task = first; task != null; task = next()) {
      try {
        task.run();
      } catch (Throwable e) {
        LOG.log(Level.WARNING, "COM5002: a check's task failed: error=" + e, e);
      }
    }
  }

  private synchronized void free() {
    active--;
  }

  private synchronized Runnable next() {
    Runnable task = waiting.poll();
    if (task == null) {
      active--;
    }
    return task;
  }
}
