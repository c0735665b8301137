package org.comitia.web.http;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
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

  @Override
  public void execute(Runnable task) {
    try {
      container.execute(task);
    } catch (RejectedExecutionException | IllegalStateException stopping) {
      last.execute(task);
    }
  }
}
