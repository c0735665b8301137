package org.comitia.agent.event;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.UserEvent;

/** User events as this agent fires and sees them. Safe for any thread; nothing blocks. */
public interface Events {
  /**
   * Why an event was not fired.
   *
   * @param text Consul's where Consul has one
   * @param overLimit whether a regular expression is over a bound, rather than wrong
   */
  record Problem(String text, boolean overLimit) {}

  /**
   * Tells all agents, this one included; nobody confirms.
   *
   * @return null when it was sent
   */
  Problem fire(UserEvent event);

  /** The last 256 that concern this agent, oldest first. */
  List<UserEvent> recent();

  /**
   * Completes at the next event that concerns this agent, with true; with false when the time is
   * over, or when this node is about to stop. On another thread than the caller's, unless it is
   * complete already.
   *
   * @return nothing when too many wait already
   */
  Optional<CompletionStage<Boolean>> next(Duration wait);
}
