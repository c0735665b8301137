package org.comitia.cluster;

import org.comitia.state.CommandResult;

/** What became of a write. */
public sealed interface WriteOutcome {
  /** Durable on a majority and applied. @param index the entry's */
  record Applied(long index, CommandResult result) implements WriteOutcome {}

  /** Surely not applied, now or later: safe to repeat. */
  record NotApplied(Failure failure, String message) implements WriteOutcome {}

  /** It may or may not be applied, now or later. Nothing of ours repeats it. */
  record Unknown(String message) implements WriteOutcome {}
}
