package org.comitia.cluster;

/** Small messages between agents, over the membership channel. Safe for any thread. */
public interface Gossip {
  /** Called on the channel's threads: returns at once. */
  interface Listener {
    /** Another agent fired it; once for each, in no promised order. */
    void onEvent(UserEvent event);

    /**
     * A ping was answered.
     *
     * @param node who answered
     * @param position where it believes to be
     */
    void onRoundTrip(String node, NetworkPosition position, long nanos);

    /** What is told to those who ping this agent. */
    NetworkPosition position();
  }

  /** Called once, before the membership starts. */
  void listen(Listener listener);

  /** Tells all other agents that are alive. Returns at once. */
  void fire(UserEvent event);

  /** Pings one other agent, chosen at random, if there is one. Returns at once. */
  void ping();
}
