package org.comitia.web.http;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import org.comitia.agent.Agent;
import org.comitia.agent.AgentAccess;
import org.comitia.agent.Telemetry;
import org.comitia.agent.event.Events;
import org.comitia.agent.local.LocalServices;
import org.comitia.cluster.Cluster;

/**
 * Gives this node to whoever asks for it: the objects themselves, no proxies (no scope, static
 * producers), since a proxy of the container's is what this spares the requests.
 */
@ApplicationScoped
public class AgentSource {
  @Produces
  static Agent agent(AgentAccess node) {
    return node.agent();
  }

  @Produces
  static Telemetry telemetry(AgentAccess node) {
    return node.telemetry();
  }

  @Produces
  static LocalServices services(AgentAccess node) {
    return node.services();
  }

  @Produces
  static Events events(AgentAccess node) {
    return node.events();
  }

  @Produces
  static Cluster cluster(AgentAccess node) {
    return node.cluster();
  }
}
