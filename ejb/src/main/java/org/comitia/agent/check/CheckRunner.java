package org.comitia.agent.check;

/** One check being carried out until it is closed. */
public interface CheckRunner extends AutoCloseable {
  /** Begins. Returns at once; the first result comes after a part of the interval. */
  void start();

  /** Ends it: no result is reported afterwards. Does not block on the network. */
  @Override
  void close();
}
