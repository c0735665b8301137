package org.comitia.cluster;

import java.util.function.Function;
import org.comitia.state.QueryResult;

/**
 * What became of a {@link Read}. Reads are safe to repeat.
 *
 * @param <R> the result
 */
public sealed interface ReadOutcome<R extends QueryResult> {
  /** Decides by what became of it. */
  <T> T match(Function<Answer<R>, ? extends T> answered, Function<Failed<R>, ? extends T> failed);

  /**
   * The outcome of a read for a result of this kind, from an agent that may have answered another.
   *
   * @return null when its result is of another kind
   */
  <S extends QueryResult> ReadOutcome<S> as(Class<S> kind);

  /**
   * @param lastContactMillis since this server last heard from the leader; 0 on the leader
   * @param filtered whether something is left out that the caller may not see
   */
  record Answer<R extends QueryResult>(
      R result, boolean knownLeader, long lastContactMillis, boolean filtered)
      implements ReadOutcome<R> {
    @Override
    public <T> T match(
        Function<Answer<R>, ? extends T> answered, Function<Failed<R>, ? extends T> failed) {
      return answered.apply(this);
    }

    @Override
    public <S extends QueryResult> ReadOutcome<S> as(Class<S> kind) {
      return kind.isInstance(result)
          ? new Answer<>(kind.cast(result), knownLeader, lastContactMillis, filtered)
          : null;
    }
  }

  /**
   * @param message Consul's text, e.g. {@code No cluster leader} or {@code No known Consul servers}
   */
  record Failed<R extends QueryResult>(Failure failure, String message) implements ReadOutcome<R> {
    @Override
    public <T> T match(
        Function<Answer<R>, ? extends T> answered, Function<Failed<R>, ? extends T> failed) {
      return failed.apply(this);
    }

    @Override
    public <S extends QueryResult> ReadOutcome<S> as(Class<S> kind) {
      return new Failed<>(failure, message);
    }
  }
}
