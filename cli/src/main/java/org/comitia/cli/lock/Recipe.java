package org.comitia.cli.lock;

import org.comitia.cli.client.AgentException;

/**
 * How several processes agree on who may go on, by keys that sessions hold. Each call is made once,
 * in this order.
 */
interface Recipe {
  /**
   * Takes it; blocks until then.
   *
   * @return false when the time was over before
   */
  boolean acquire(String session) throws AgentException, InterruptedException;

  /** Blocks until it is lost, or until nobody can tell any more whether it is held. */
  void awaitLoss(String session) throws InterruptedException;

  /** Gives it back. One that was lost already is no error. */
  void release(String session) throws AgentException;

  /**
   * Deletes what it left behind.
   *
   * @return false when somebody else uses it
   */
  boolean cleanUp() throws AgentException;
}
