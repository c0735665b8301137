package org.comitia.agent.check;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Supplier;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.io.ModalCloseable;

/** One look over the network: the first of result, failure and timeout counts. */
final class Attempt {
  private final CompletableFuture<Probe.Result> result = new CompletableFuture<>();

  /**
   * @param late the result when the time is over
   */
  Attempt(Timer timer, long timeoutNanos, Supplier<Probe.Result> late) {
    ScheduledFuture<?> limit = timer.cancellable(timeoutNanos, () -> result.complete(late.get()));
    if (limit == null) {
      result.complete(Probe.Result.critical("this agent is stopping"));
    } else {
      result.whenComplete((done, problem) -> limit.cancel(false));
    }
  }

  CompletableFuture<Probe.Result> result() {
    return result;
  }

  void end(Probe.Result found) {
    result.complete(found);
  }

  /** Closed at the end, or at once when that is past. */
  void closeAtEnd(ModalCloseable resource) {
    result.whenComplete((done, problem) -> resource.close(CloseMode.IMMEDIATE));
  }
}
