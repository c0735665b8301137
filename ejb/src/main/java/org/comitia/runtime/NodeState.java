package org.comitia.runtime;

import java.util.Map;
import java.util.function.Function;
import org.comitia.agent.Agent;

/** Whether this node runs. */
sealed interface NodeState {
  /** Decides by it. */
  <T> T match(
      Function<NodeRuntime, ? extends T> running, Function<NotRunning, ? extends T> notRunning);

  record Running(NodeRuntime node) implements NodeState {
    @Override
    public <T> T match(
        Function<NodeRuntime, ? extends T> running, Function<NotRunning, ? extends T> notRunning) {
      return running.apply(node);
    }
  }

  /**
   * @param why in words
   * @param refused whether it never will; false while it starts
   * @param alwaysReady whether a refused one is to hold up nobody who shares its server
   */
  record NotRunning(String why, boolean refused, boolean alwaysReady) implements NodeState {
    static NotRunning starting(String why) {
      return new NotRunning(why, false, false);
    }

    static NotRunning refused(String why, boolean alwaysReady) {
      return new NotRunning(why, true, alwaysReady);
    }

    /**
     * @param shared whether the server has other applications: no restart of it mends this node
     */
    Agent.Health health(boolean shared) {
      return new Agent.Health(!refused || shared, false, alwaysReady, Map.of("reason", why));
    }

    @Override
    public <T> T match(
        Function<NodeRuntime, ? extends T> running, Function<NotRunning, ? extends T> notRunning) {
      return notRunning.apply(this);
    }
  }
}
