package org.comitia.runtime;

import java.util.function.Function;

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
   */
  record NotRunning(String why, boolean refused) implements NodeState {
    @Override
    public <T> T match(
        Function<NodeRuntime, ? extends T> running, Function<NotRunning, ? extends T> notRunning) {
      return notRunning.apply(this);
    }
  }
}
