package org.comitia.agent.check;

import java.util.logging.Logger;
import org.comitia.state.CheckStatus;

/**
 * Counts equal results in a row, and lets a status through once there are as many as the check asks
 * for; the first result counts at once. Used by one thread at a time.
 */
final class StatusCounter {
  private static final Logger LOG = Logger.getLogger("agent");

  private final CheckSpec spec;
  private final CheckSink sink;
  private int successes;
  private int failures;

  StatusCounter(CheckSpec spec, CheckSink sink) {
    this.spec = spec;
    this.sink = sink;
    this.successes = spec.successBeforePassing();
    this.failures = spec.failuresBeforeCritical();
  }

  void count(Probe.Result result) {
    if (result.status() == CheckStatus.CRITICAL) {
      countFailure(result);
    } else {
      countSuccess(result);
    }
  }

  private void countSuccess(Probe.Result result) {
    successes = Math.max(successes, successes + 1);
    failures = 0;
    if (successes >= spec.successBeforePassing()) {
      LOG.fine(
          () -> "Check status updated: check=" + spec.id() + " status=" + result.status().text());
      sink.update(spec.id(), result.status(), result.output());
      return;
    }
    LOG.warning(
        "Check passed but has not reached success threshold: check="
            + spec.id()
            + " status="
            + result.status().text()
            + " success_count="
            + successes
            + " success_threshold="
            + spec.successBeforePassing());
  }

  private void countFailure(Probe.Result result) {
    failures = Math.max(failures, failures + 1);
    successes = 0;
    // Left out, the threshold of a warning is that of critical.
    int warning =
        spec.failuresBeforeWarning() > 0
            ? spec.failuresBeforeWarning()
            : spec.failuresBeforeCritical();
    if (failures >= spec.failuresBeforeCritical()) {
      LOG.warning("Check is now critical: check=" + spec.id());
      sink.update(spec.id(), CheckStatus.CRITICAL, result.output());
    } else if (failures >= warning) {
      LOG.warning("Check is now warning: check=" + spec.id());
      sink.update(spec.id(), CheckStatus.WARNING, result.output());
    } else {
      LOG.warning(
          "Check failed but has not reached warning/failure threshold: check="
              + spec.id()
              + " status="
              + result.status().text()
              + " failure_count="
              + failures
              + " warning_threshold="
              + warning
              + " failure_threshold="
              + spec.failuresBeforeCritical());
    }
  }
}
