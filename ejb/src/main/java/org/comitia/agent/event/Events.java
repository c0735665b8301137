package org.comitia.agent.event;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.comitia.consensus.port.UserEvent;

/** User events as this agent fires and sees them. Safe for any thread; nothing blocks. */
public interface Events {
  /**
   * Tells all agents, this one included; nobody confirms.
   *
   * @return null when it was sent, else Consul's text
   */
  String fire(UserEvent event);

  /** The last 256 that concern this agent, oldest first. */
  List<UserEvent> recent();

  /** Completes at the next event that concerns this agent, or when the time is over. */
  CompletionStage<Void> next(Duration wait);
}
