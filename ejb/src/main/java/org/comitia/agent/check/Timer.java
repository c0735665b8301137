package org.comitia.agent.check;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Delayed work on a scheduler that may be gone before us. Safe for any thread. */
final class Timer {
  private static final Logger LOG = Logger.getLogger("agent");

  private final ScheduledExecutorService scheduled;

  Timer(ScheduledExecutorService scheduled) {
    this.scheduled = scheduled;
  }

  /**
   * @return false when nothing will run since the scheduler ends
   */
  boolean after(long nanos, Runnable work) {
    return cancellable(nanos, work) != null;
  }

  /**
   * @return null when nothing will run since the scheduler ends
   */
  ScheduledFuture<?> cancellable(long nanos, Runnable work) {
    try {
      return scheduled.schedule(() -> guarded(work), nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException | IllegalStateException e) {
      return null;
    }
  }

  private static void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "COM5003: a check's timer failed: error=" + e, e);
    }
  }
}
