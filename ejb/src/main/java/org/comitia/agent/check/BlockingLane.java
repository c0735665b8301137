package org.comitia.agent.check;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * Lets a few tasks that block (looking up names, starting processes) into a shared executor at a
 * time; the others wait here and hold no thread. As many wait as there are checks, at most.
 */
final class BlockingLane implements Executor {
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
    run(task);
  }

  private void run(Runnable task) {
    executor.execute(
        () -> {
          try {
            task.run();
          } finally {
            next();
          }
        });
  }

  private void next() {
    Runnable task;
    synchronized (this) {
      task = waiting.poll();
      if (task == null) {
        active--;
        return;
      }
    }
    run(task);
  }
}
