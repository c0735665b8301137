package org.comitia.agent.check;

/** One check being carried out until it is closed. */
public interface CheckRunner extends AutoCloseable {
  /** Begins. Returns at once; the first result comes after a part of the interval. */
  void start();

  /**
   * Whether a result that was reported still counts when its turn comes to be taken over: something
   * newer may have come meanwhile.
   */
  default boolean counts() {
    return true;
  }

  /** Ends it: no result is reported afterwards. Does not block on the network. */
  @Override
  void close();
}
