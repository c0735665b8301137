package org.comitia.cluster;

import java.util.function.Function;
import org.comitia.state.CommandResult;

/** What became of a write. */
public sealed interface WriteOutcome {
  /** Decides by what became of it. */
  <T> T match(
      Function<Applied, ? extends T> applied,
      Function<NotApplied, ? extends T> notApplied,
      Function<Unknown, ? extends T> unknown);

  /** Durable on a majority and applied. @param index the entry's */
  record Applied(long index, CommandResult result) implements WriteOutcome {
    @Override
    public <T> T match(
        Function<Applied, ? extends T> applied,
        Function<NotApplied, ? extends T> notApplied,
        Function<Unknown, ? extends T> unknown) {
      return applied.apply(this);
    }
  }

  /** Surely not applied, now or later: safe to repeat. */
  record NotApplied(Failure failure, String message) implements WriteOutcome {
    @Override
    public <T> T match(
        Function<Applied, ? extends T> applied,
        Function<NotApplied, ? extends T> notApplied,
        Function<Unknown, ? extends T> unknown) {
      return notApplied.apply(this);
    }
  }

  /** It may or may not be applied, now or later. Nothing of ours repeats it. */
  record Unknown(String message) implements WriteOutcome {
    @Override
    public <T> T match(
        Function<Applied, ? extends T> applied,
        Function<NotApplied, ? extends T> notApplied,
        Function<Unknown, ? extends T> unknown) {
      return unknown.apply(this);
    }
  }
}
