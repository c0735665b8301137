package org.comitia.agent.check;

import java.util.concurrent.CompletionStage;
import org.comitia.state.CheckStatus;

/** A way to look once at what is checked. Never begun again before its stage is complete. */
interface Probe {
  /** What was found. */
  record Result(CheckStatus status, String output) {
    static Result passing(String output) {
      return new Result(CheckStatus.PASSING, output);
    }

    static Result critical(String output) {
      return new Result(CheckStatus.CRITICAL, output);
    }
  }

  /** Begins and returns at once. The stage completes within the check's timeout, on any thread. */
  CompletionStage<Result> begin();

  /** Gives up what is under way. */
  default void abandon() {}
}
