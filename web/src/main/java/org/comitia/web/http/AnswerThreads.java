package org.comitia.web.http;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Where answers are made and sent. The container takes no tasks any more when it stops, and waits
 * for every answer: what it refuses is run by one thread of ours, never on the caller's, which may
 * be one of the engine's. What waits there is bounded by the requests under way. Safe for any
 * thread.
 */
final class AnswerThreads implements Executor {
  private final Executor container;

  /** Its thread is there only while there is something to do. */
  private final ThreadPoolExecutor last =
      new ThreadPoolExecutor(
          0,
          1,
          1,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> {
            Thread thread = new Thread(task, "comitia-last-answers");
            thread.setDaemon(true);
            return thread;
          });

  AnswerThreads(Executor container) {
    this.container = container;
  }

  /** Never throws. A task for which there is no thread at all waits for one. */
  @Override
  public void execute(Runnable task) {
    if (last.getPoolSize() == 0 && !last.getQueue().isEmpty()) {
      runLast(() -> {}); // starts its thread for those that wait
    }
    try {
      container.execute(task);
    } catch (RuntimeException | Error refused) { // it stops, or the system gives it no thread
      runLast(task);
    }
  }

  private void runLast(Runnable task) {
    try {
      last.execute(task);
    } catch (OutOfMemoryError noThread) {
      // The task is in the queue; the next one asks for the thread again.
    }
  }
}
