package org.comitia.agent.local;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Runs tasks one after the other, in their order, on a thread of another executor, and holds none
 * while there is nothing to do. When that executor takes nothing, the tasks wait for the next one,
 * which tries again. Safe for any thread. Its queue is as long as there are callers: one task a
 * request under way and one a check.
 */
class SerialExecutor implements Executor {
  private static final Logger LOG = Logger.getLogger("agent");

  private final Executor executor;
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private boolean running;

  SerialExecutor(Executor executor) {
    this.executor = executor;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (tasks) {
      tasks.add(task);
      if (running) {
        return;
      }
      running = true;
    }
    try {
      executor.execute(this::run);
    } catch (RejectedExecutionException full) {
      synchronized (tasks) {
        running = false;
      }
      LOG.log(Level.FINE, "no thread for the local services, the next task tries again", full);
    }
  }

  private void run() {
    for (Runnable task = next(); task != null; task = next()) {
      try {
        run(task);
      } catch (Throwable e) { // an Error too: the tasks behind it must not be lost
        LOG.log(Level.SEVERE, "COM5004: a change of the local services failed: error=" + e, e);
      }
    }
  }

  /** Runs one task; others wait for its end. */
  void run(Runnable task) {
    task.run();
  }

  private Runnable next() {
    synchronized (tasks) {
      Runnable task = tasks.poll();
      running = task != null;
      return task;
    }
  }
}
