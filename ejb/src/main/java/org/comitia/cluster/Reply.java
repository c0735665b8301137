package org.comitia.cluster;

import java.util.function.Function;

/**
 * What became of a request to another agent.
 *
 * @param <A> what it answers
 */
public sealed interface Reply<A> {
  /** Decides by what became of it; each case has its own answer. */
  <R> R match(
      Function<? super A, ? extends R> answered,
      Function<String, ? extends R> notSent,
      Function<String, ? extends R> unknown);

  record Answered<A>(A answer) implements Reply<A> {
    @Override
    public <R> R match(
        Function<? super A, ? extends R> answered,
        Function<String, ? extends R> notSent,
        Function<String, ? extends R> unknown) {
      return answered.apply(answer);
    }
  }

  /** It surely never reached the other side: trying again, here or elsewhere, is safe. */
  record NotSent<A>(String reason) implements Reply<A> {
    @Override
    public <R> R match(
        Function<? super A, ? extends R> answered,
        Function<String, ? extends R> notSent,
        Function<String, ? extends R> unknown) {
      return notSent.apply(reason);
    }
  }

  /** It may have been carried out. */
  record Unknown<A>(String reason) implements Reply<A> {
    @Override
    public <R> R match(
        Function<? super A, ? extends R> answered,
        Function<String, ? extends R> notSent,
        Function<String, ? extends R> unknown) {
      return unknown.apply(reason);
    }
  }
}
