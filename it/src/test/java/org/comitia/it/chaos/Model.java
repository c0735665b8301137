package org.comitia.it.chaos;

/**
 * What an object does when operations come one after the other.
 *
 * @param <S> its state: immutable, with {@code equals} and {@code hashCode}
 */
interface Model<S> {
  /** The state before all operations. */
  S initial();

  /**
   * The state after an operation that had the outcome which it had; one of unknown outcome is taken
   * as done.
   *
   * @return null when the operation cannot have had that outcome in this state
   */
  S after(S state, Operation operation);
}
