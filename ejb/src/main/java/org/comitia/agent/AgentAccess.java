package org.comitia.agent;

import org.comitia.agent.event.Events;
import org.comitia.agent.local.LocalServices;
import org.comitia.cluster.Cluster;

/**
 * What the session bean of this node gives away: plain objects, the same each time, since a call
 * through the container costs as much as a write does in the engine. Safe for any thread.
 */
public interface AgentAccess {
  Agent agent();

  Telemetry telemetry();

  LocalServices services();

  Events events();

  Cluster cluster();
}
